package dev.hubkit.workspace;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.log.Log;
import dev.hubkit.workspace.WorkspaceException.Reason;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A process that is to own a workspace and to outlive the one that launched it: its standard
 * streams are the workspace's log, and it leads a {@linkplain Setsid session of its own} where the
 * system offers that, so that neither Ctrl-C nor a hang-up of the launcher's terminal reaches it.
 * Elsewhere the child has to ignore those signals itself ({@link #ignoreTerminalSignals()}).
 */
public final class DetachedProcess {
  private static final int TAIL_BYTES = 8192;

  private static final int LOOK_AGAIN_MILLIS = 20;

  // Another launch that created the directory may delete it between any two steps of this one.
  private static final int MOST_TRIES = 3;

  // The child, or the one that waits for it and ends as it does.
  private final Process process;
  private final boolean waitedFor;
  private final Path log;
  private final long logStart;
  private final String launch;

  private DetachedProcess(
      Process process, String launch, boolean waitedFor, Path log, long logStart) {
    this.process = process;
    this.launch = launch;
    this.waitedFor = waitedFor;
    this.log = log;
    this.logStart = logStart;
  }

  /**
   * Launches {@code command} with the workspace's root as its working directory.
   *
   * @param launchVariable the environment variable that will hold the value of {@link #launch()}
   */
  public static DetachedProcess launch(
      List<String> command,
      Map<String, String> environment,
      String launchVariable,
      Workspace workspace) {
    for (int tries = 1; ; tries++) {
      try {
        return tryToLaunch(command, environment, launchVariable, workspace);
      } catch (IOException e) {
        if (tries == MOST_TRIES) {
          throw new WorkspaceException(
              Reason.INACCESSIBLE,
              "cannot launch a hub in "
                  + workspace
                  + ": "
                  + Workspace.reason(e)
                  + "; check owner and permissions, and the space left",
              e);
        }
      }
    }
  }

  private static DetachedProcess tryToLaunch(
      List<String> command,
      Map<String, String> environment,
      String launchVariable,
      Workspace workspace)
      throws IOException {
    workspace.makeDirectory();
    Path log = workspace.log();
    // The JDK would create it readable by everybody, and follow any link.
    PrivateFiles.createIfMissing(log);
    long start = Files.size(log);
    Optional<Setsid> session = Setsid.find();
    ProcessBuilder builder =
        new ProcessBuilder(session.map(found -> found.waiting(command)).orElse(command));
    builder.environment().putAll(environment);
    String launch = UUID.randomUUID().toString();
    builder.environment().put(launchVariable, launch);
    builder.directory(workspace.root().toFile());
    builder.redirectInput(Redirect.from(nothing()));
    builder.redirectOutput(Redirect.appendTo(log.toFile()));
    builder.redirectErrorStream(true);
    boolean waitedFor = session.isPresent() && session.get().waits();
    return new DetachedProcess(builder.start(), launch, waitedFor, log, start);
  }

  private static File nothing() {
    return new File(File.separatorChar == '\\' ? "NUL" : "/dev/null");
  }

  /**
   * Makes this process ignore interrupt and hang-up, as {@code nohup} does. The child calls it
   * first.
   */
  public static void ignoreTerminalSignals() {
    // A JVM has no other access to signals, and no compiler accepts this one without a warning.
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ignore = handler.getField("SIG_IGN").get(null);
      var handle = signal.getMethod("handle", signal, handler);
      for (String name : List.of("INT", "HUP")) {
        if (name.equals("INT") || File.separatorChar != '\\') {
          handle.invoke(null, signal.getConstructor(String.class).newInstance(name), ignore);
        }
      }
    } catch (ReflectiveOperationException e) {
      // This runtime lacks jdk.unsupported: a session of its own, where there is one, has to do.
      Log.of(DetachedProcess.class).warn("Cannot ignore the terminal's signals: {}", e.toString());
    }
  }

  /** An identifier that no other launch has. */
  public String launch() {
    return launch;
  }

  /** Returns whether the child still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The exit status of the child. */
  public int exitStatus() {
    return process.exitValue();
  }

  /** The text that was added to the log since the launch; at most its last 8 KiB. */
  public String logTail() {
    try {
      return tail(log, logStart, TAIL_BYTES);
    } catch (IOException e) {
      return "(the log " + log + " cannot be read: " + Workspace.reason(e) + ")";
    }
  }

  /** Ends the child: asks it to end, and kills it after {@code timeout}. */
  public void end(Duration timeout) {
    long patience = System.nanoTime() + timeout.toNanos();
    Set<ProcessHandle> told = new HashSet<>();
    try {
      while (process.isAlive()) {
        boolean patient = System.nanoTime() - patience < 0;
        for (ProcessHandle one : children()) {
          if (!patient) {
            one.destroyForcibly();
          } else if (told.add(one)) {
            one.destroy();
          }
        }
        process.waitFor(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      children().forEach(ProcessHandle::destroyForcibly);
      Thread.currentThread().interrupt();
    }
  }

  /** The child alone; empty while the process that waits for it has not started it yet. */
  private List<ProcessHandle> children() {
    return waitedFor ? process.children().toList() : List.of(process.toHandle());
  }

  /**
   * Releases a child that has become the owner of its workspace. This object cannot be used
   * afterwards.
   */
  public void release() {
    if (waitedFor) {
      try {
        process.destroyForcibly().waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static String tail(Path file, long from, int limit) throws IOException {
    if (!Files.exists(file)) {
      return "";
    }
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      long end = in.length();
      // It is shorter than at the launch, so it was rotated.
      long start = Math.max(from > end ? 0 : from, end - limit);
      byte[] bytes = new byte[(int) (end - start)];
      in.seek(start);
      in.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8).strip();
    }
  }
}
