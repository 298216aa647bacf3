package dev.hubkit.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Sends running servers a signal, for {@code -sl command[=pid]}, as nats-server does (ProcessSignal
 * in its {@code signal.go}).
 */
final class ServerSignal {
  private static final String PROGRAM = "nats-server";
  private static final Map<String, String> SIGNALS =
      Map.of(
          "stop", "KILL",
          "quit", "INT",
          "reopen", "USR1",
          "reload", "HUP",
          "ldm", "USR2",
          "term", "TERM");

  private ServerSignal() {}

  /** Thrown when a signal cannot be sent; the message is nats-server's. */
  static final class SignalException extends Exception {
    private static final long serialVersionUID = 1L;

    SignalException(String message) {
      super(message);
    }
  }

  /**
   * Sends a signal.
   *
   * @param request a command, and behind an equals sign a process id, the beginning of one with an
   *     asterisk, or a file that holds one; without that, the only server that runs is meant
   * @throws SignalException if that cannot be done
   */
  static void send(String request) throws InterruptedException, SignalException {
    send(request, ServerSignal::running);
  }

  /** As above, with the processes of the servers that run. */
  static void send(String request, Supplier<List<Long>> running)
      throws InterruptedException, SignalException {
    String[] parts = request.split("=", -1);
    if (parts.length > 2) {
      List<String> rest = List.of(parts).subList(2, parts.length);
      throw new SignalException("invalid signal parameters: [" + String.join(" ", rest) + "]");
    }
    List<Long> pids = chosen(parts.length < 2 ? "" : content(parts[1]), running);
    String signal = SIGNALS.get(parts[0]);
    if (signal == null) {
      throw new SignalException("unknown signal \"" + parts[0] + "\"");
    }
    StringBuilder problems = new StringBuilder();
    for (long pid : pids) {
      String problem = kill(signal, pid);
      if (!problem.isEmpty()) {
        problems.append("\nsignal \"" + parts[0] + "\" " + pid + ": " + problem);
      }
    }
    if (!problems.isEmpty()) {
      throw new SignalException(problems.toString());
    }
  }

  private static List<Long> chosen(String expression, Supplier<List<Long>> running)
      throws SignalException {
    boolean isPattern = expression.endsWith("*");
    String start = isPattern ? expression.substring(0, expression.length() - 1) : expression;
    long named = 0;
    if (!start.isEmpty()) {
      try {
        named = Long.parseLong(start);
      } catch (NumberFormatException e) {
        throw new SignalException("invalid pid: " + start);
      }
      if (!isPattern) {
        return List.of(named);
      }
    }
    List<Long> pids = running.get();
    if (pids.size() > 1 && !isPattern) {
      StringBuilder problem = new StringBuilder("multiple " + PROGRAM + " processes running:");
      pids.forEach(pid -> problem.append('\n').append(pid));
      throw new SignalException(problem.toString());
    }
    if (pids.isEmpty()) {
      throw new SignalException("no " + PROGRAM + " processes running");
    }
    return pids.stream().filter(pid -> Long.toString(pid).startsWith(start)).toList();
  }

  // A JVM has another name than its program, so its arguments are looked at, too.
  private static List<Long> running() {
    long own = ProcessHandle.current().pid();
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != own && isServer(process.info()))
        .map(ProcessHandle::pid)
        .sorted()
        .toList();
  }

  private static boolean isServer(ProcessHandle.Info info) {
    String command = info.command().orElse("");
    if (command.substring(command.lastIndexOf('/') + 1).contains(PROGRAM)) {
      return true;
    }
    List<String> arguments = List.of(info.arguments().orElse(new String[0]));
    int at = arguments.indexOf(PROGRAM);
    return at > 0
        && (arguments.get(at - 1).endsWith(".jar")
            || arguments.get(at - 1).equals(HubCommand.class.getName()))
        && Stream.of("-sl", "--sl", "-signal", "--signal").noneMatch(arguments::contains);
  }

  private static String kill(String signal, long pid) throws InterruptedException {
    try {
      List<String> line = new ArrayList<>(List.of("kill", "-" + signal, Long.toString(pid)));
      Process kill = new ProcessBuilder(line).redirectErrorStream(true).start();
      kill.getOutputStream().close();
      String output = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (kill.waitFor() == 0) {
        return "";
      }
      String problem = output.strip();
      return problem.substring(problem.lastIndexOf(':') + 1).strip().toLowerCase(Locale.ROOT);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  // A text is read as the name of a file first.
  private static String content(String text) {
    try {
      Path file = Path.of(text);
      return text.isEmpty() || !Files.isRegularFile(file) ? text : Files.readString(file);
    } catch (IOException | RuntimeException e) {
      return text;
    }
  }
}
