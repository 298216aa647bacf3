package dev.hubkit.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The program setsid(1), which Linux systems have and others mostly lack. It runs another program
 * as the leader of a session without a terminal.
 *
 * <p>That of util-linux can also wait for the other program, in a process of its own, and end with
 * the same status. This matters to a JVM that launches what outlives it: in a JVM whose own child
 * runs, a thread waits for that child outside of Java, and for such threads a JVM waits 0.3 s when
 * it ends (HotSpot's {@code VM_Exit::wait_for_threads_in_native_to_block}). One whose child is the
 * waiting setsid ends it first.
 *
 * @param program where it is
 * @param waits whether it can wait
 */
public record Setsid(Path program, boolean waits) {
  /** Finds the program on the {@code PATH}. */
  public static Optional<Setsid> find() {
    @Nullable String path = System.getenv("PATH");
    if (path == null || File.separatorChar == '\\') {
      return Optional.empty();
    }
    for (String directory : path.split(File.pathSeparator, -1)) {
      Path program = Path.of(directory, "setsid");
      if (program.isAbsolute() && Files.isExecutable(program)) {
        String help = help(program);
        return Optional.of(new Setsid(program, help.contains("--fork") && help.contains("--wait")));
      }
    }
    return Optional.empty();
  }

  private static String help(Path program) {
    try {
      Process process =
          new ProcessBuilder(program.toString(), "--help").redirectErrorStream(true).start();
      process.getOutputStream().close();
      return new String(process.getInputStream().readAllBytes(), UTF_8);
    } catch (IOException e) {
      // Then it does what it can.
      return "";
    }
  }

  /**
   * Returns the command that runs {@code command} as a session leader, and waits for it if it can.
   */
  List<String> waiting(List<String> command) {
    return with(waits ? List.of("--fork", "--wait") : List.of(), command);
  }

  /**
   * Returns the command that starts {@code command} as a session leader, and does not wait if it
   * can.
   */
  public List<String> detaching(List<String> command) {
    return with(waits ? List.of("--fork") : List.of(), command);
  }

  private List<String> with(List<String> options, List<String> command) {
    List<String> all = new ArrayList<>();
    all.add(program.toString());
    all.addAll(options);
    all.addAll(command);
    return all;
  }
}
