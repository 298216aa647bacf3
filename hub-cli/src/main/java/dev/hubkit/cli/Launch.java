package dev.hubkit.cli;

import dev.hubkit.Hub;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The command that runs another part of this program in a process of its own. */
final class Launch {
  private Launch() {}

  /** Starts a hub in a process of its own, or finds the one that runs. */
  static Hub detached(Path directory, StartSettings settings) {
    List<String> arguments = new ArrayList<>();
    arguments.add(directory.toAbsolutePath().toString());
    arguments.addAll(settings.toArguments());
    return Hub.launch(
        directory,
        settings.options(null),
        command(HubProcessMain.class, arguments),
        settings.toEnvironment());
  }

  /** Java as it runs here, with the same classes and what {@code HUB_JAVA_OPTS} adds. */
  static List<String> command(Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xshare:auto");
    if (File.separatorChar == '/') {
      // Git's and Fossil's file names are UTF-8, whatever the locale is.
      command.add("-Dsun.jnu.encoding=UTF-8");
    }
    @Nullable String more = System.getenv("HUB_JAVA_OPTS");
    if (more != null && !more.isBlank()) {
      command.addAll(List.of(more.strip().split("\\s+")));
    }
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    return command;
  }
}
