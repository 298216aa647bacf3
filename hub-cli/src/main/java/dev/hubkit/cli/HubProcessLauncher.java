package dev.hubkit.cli;

import dev.hubkit.Hub;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes the commands that run other parts of this program in processes of their own. */
final class HubProcessLauncher {
  // The first release of Java that warns of libraries that load native code (JEP 472).
  private static final int WARNS_OF_NATIVE_ACCESS = 24;

  /** The environment variable with options for the JVM of a hub. */
  static final String MORE_OPTIONS = "HUB_JAVA_OPTS";

  private HubProcessLauncher() {}

  /** Starts a hub in a process of its own, or finds the running one. */
  static Hub detached(Path directory, StartSettings settings, Output output) {
    List<String> arguments = new ArrayList<>();
    arguments.add(directory.toAbsolutePath().toString());
    arguments.addAll(settings.toArguments());
    Hub hub;
    try (ProgressBar bar = output.progress("Seeding")) {
      hub =
          Hub.launch(
              directory, settings.options(null, bar), hub(arguments), settings.toEnvironment());
    }
    StartupCache.makeInBackground();
    return hub;
  }

  /** Returns the command for a hub, with the options of {@code HUB_JAVA_OPTS}. */
  private static List<String> hub(List<String> arguments) {
    List<String> options = new ArrayList<>();
    StartupCache.ofThisJvm().ifPresent(cache -> options.addAll(cache.options()));
    // Half a hub is worse than none: acknowledged data survives, and a new start brings it back.
    options.add("-XX:+ExitOnOutOfMemoryError");
    // The default of newer JDKs; older ones search another set of locales for each date format.
    options.add("-Djava.locale.providers=CLDR");
    @Nullable String more = System.getenv(MORE_OPTIONS);
    if (more != null && !more.isBlank()) {
      options.addAll(List.of(more.strip().split("\\s+")));
    }
    return java(options, HubProcessMain.class, arguments);
  }

  /** Returns the command for a JVM like this one, with the same classes. */
  static List<String> java(List<String> options, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xshare:auto");
    // An archive of classes that does not fit only slows the start, which is not worth a log line.
    command.add("-Xlog:disable");
    command.add("-Xlog:all=error:stderr");
    // This avoids a file in the temporary directory, which a kill would leave behind.
    command.add("-XX:-UsePerfData");
    if (File.separatorChar == '/') {
      // Git's and Fossil's file names are UTF-8, whatever the locale is.
      command.add("-Dsun.jnu.encoding=UTF-8");
    }
    if (Runtime.version().feature() >= WARNS_OF_NATIVE_ACCESS) {
      // SQLite is native, and Java's warning about that belongs in no log.
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(options);
    command.add("-cp");
    command.add(classPath());
    command.add(main.getName());
    command.addAll(arguments);
    return command;
  }

  // The new process works in a directory of its own, where a relative path would lead nowhere.
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
