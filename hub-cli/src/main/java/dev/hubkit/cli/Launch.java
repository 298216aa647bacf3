package dev.hubkit.cli;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The command that runs another part of this program in a process of its own. */
final class Launch {
  private Launch() {}

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
