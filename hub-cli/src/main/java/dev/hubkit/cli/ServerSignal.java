package dev.hubkit.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Sends a running server a signal, for {@code -sl command=pid}. */
final class ServerSignal {
  private static final Map<String, String> SIGNALS =
      Map.of(
          "stop", "KILL",
          "quit", "INT",
          "reopen", "USR1",
          "reload", "HUP",
          "ldm", "USR2",
          "term", "TERM");

  private ServerSignal() {}

  /**
   * Sends a signal.
   *
   * @param request a command, an equals sign, and a process id or a file that holds one
   * @return the exit status
   */
  static int send(String request, PrintStream err) throws InterruptedException {
    String[] parts = request.split("=", 2);
    String signal = SIGNALS.get(parts[0]);
    if (signal == null) {
      err.println("nats-server: unknown signal \"" + parts[0] + "\"");
      return 1;
    }
    if (parts.length < 2) {
      err.println("nats-server: say which process: -sl " + parts[0] + "=<pid>");
      return 1;
    }
    String pid = pid(parts[1]);
    try {
      Long.parseLong(pid);
      Process kill =
          new ProcessBuilder("kill", "-" + signal, pid).redirectErrorStream(true).start();
      kill.getOutputStream().close();
      String output = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (kill.waitFor() != 0) {
        err.println("nats-server: unable to signal process " + pid + ": " + output.strip());
        return 1;
      }
      return 0;
    } catch (NumberFormatException e) {
      err.println("nats-server: invalid pid: " + pid);
      return 1;
    } catch (IOException e) {
      err.println("nats-server: unable to signal process " + pid + ": " + e.getMessage());
      return 1;
    }
  }

  private static String pid(String text) {
    Path file = Path.of(text);
    if (!Files.isRegularFile(file)) {
      return text;
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return text;
    }
  }
}
