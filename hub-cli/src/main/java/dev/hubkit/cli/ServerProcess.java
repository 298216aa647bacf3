package dev.hubkit.cli;

import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsServer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The process of a nats-server, which handles signals from the first moment on; signals for a
 * running server wait until it runs. Thread-safe.
 */
final class ServerProcess {
  // How long a start may take when the process has been asked to end.
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  // What a shell says when a signal has ended a process.
  private static final int ENDED_BY_SIGNAL = 128;
  private static final int INT = 2;
  private static final int TERM = 15;

  private final CompletableFuture<NatsServer> server = new CompletableFuture<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean ending = new AtomicBoolean();
  private final AtomicBoolean reloadWaits = new AtomicBoolean();
  private final BiConsumer<NatsServer, ServerLog> reload;
  private volatile @Nullable ServerLog log;
  private @Nullable String untrapped;

  private ServerProcess(BiConsumer<NatsServer, ServerLog> reload) {
    this.reload = reload;
  }

  /**
   * Handles signals from now on.
   *
   * @param reload reloads the configuration of a server; throws {@link NatsException} if it cannot
   */
  static ServerProcess begin(BiConsumer<NatsServer, ServerLog> reload) {
    ServerProcess process = new ServerProcess(reload);
    Runtime.getRuntime().addShutdownHook(new Thread(process::end, "nats-server-shutdown"));
    process.trap("INT", "interrupt", () -> process.end(INT));
    process.trap("TERM", "terminated", process::terminate);
    process.trap("HUP", "hangup", process::reloadSoon);
    process.trap("USR1", "user defined signal 1", process::reopenLog);
    if (!isFlightRecorded()) {
      process.trap(
          "USR2", "user defined signal 2", () -> process.whenRunning(NatsServer::lameDuck));
    }
    return process;
  }

  private void trap(String signal, String name, Runnable action) {
    String problem =
        ShutdownHook.onSignal(
            signal,
            () -> {
              try {
                ServerLog to = log;
                if (to != null) {
                  to.info("Trapped \"" + name + "\" signal");
                }
              } finally {
                action.run();
              }
            });
    // Shells have jobs in the background ignore INT, which nobody sends to those.
    if (problem != null && !(signal.equals("INT") && problem.equals(ShutdownHook.IGNORED))) {
      untrapped = "Signal " + signal + " can't be trapped: " + problem;
    }
  }

  // HotSpot's flight recorder uses a signal too, and what it sends to itself would look like the
  // request of an operator.
  private static boolean isFlightRecorded() {
    if (System.getenv("_JAVA_SR_SIGNUM") != null) {
      return false;
    }
    Stream<String> arguments =
        Stream.concat(
            Stream.of(ProcessHandle.current().info().arguments().orElse(new String[0])),
            Stream.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")
                .map(name -> System.getenv().getOrDefault(name, "")));
    return arguments.anyMatch(argument -> argument.contains("-XX:StartFlightRecording"));
  }

  /** Sets the log. */
  void logsTo(ServerLog target) {
    log = target;
    if (untrapped != null) {
      target.warn(untrapped);
    }
    if (isFlightRecorded()) {
      target.warn(
          "Signal USR2 is left to the flight recorder of this JVM, which has its threads looked at"
              + " with it; _JAVA_SR_SIGNUM can name another, and lame duck mode begin with it then");
    }
  }

  /** Throws when the process has been asked to end. */
  void requireWanted() {
    if (ending.get()) {
      throw new NatsException("asked to end while starting");
    }
  }

  /** Notes that the server runs. */
  void started(NatsServer running) {
    ServerLog target = requireLog();
    running.onReload(() -> reload.accept(running, target));
    server.complete(running);
    var unused = running.closed().thenRun(ended::countDown);
  }

  /**
   * Notes that the server has not started.
   *
   * @return whether the start ended because the process was asked to end
   */
  boolean failed(Throwable cause) {
    server.completeExceptionally(cause);
    return ending.getAndSet(true);
  }

  /** Waits until the server has ended. */
  void awaitEnd() throws InterruptedException {
    ended.await();
  }

  private void whenRunning(Consumer<NatsServer> action) {
    try {
      action.accept(server.join());
    } catch (CompletionException e) {
      // The server has not started, which is reported elsewhere.
    }
  }

  // As in nats-server, many signals at once are one reload more: whichever reads the files, reads
  // them after the last signal.
  private void reloadSoon() {
    if (reloadWaits.compareAndSet(false, true)) {
      whenRunning(
          running -> {
            synchronized (reloadWaits) {
              reloadWaits.set(false);
              reload(running);
            }
          });
    }
  }

  private void reload(NatsServer running) {
    ServerLog target = requireLog();
    try {
      reload.accept(running, target);
    } catch (NatsException e) {
      target.error("Failed to reload server configuration: " + e.getMessage());
    }
  }

  private ServerLog requireLog() {
    ServerLog target = log;
    if (target == null) {
      throw new IllegalStateException("A server runs that has no log");
    }
    return target;
  }

  private void reopenLog() {
    ServerLog target = log;
    if (target != null) {
      target.reopen();
    }
  }

  private void terminate() {
    NatsServer running = server.isCompletedExceptionally() ? null : server.getNow(null);
    // An operator asked for lame duck mode, so clients leave slowly.
    if (running == null || !running.isLameDuck()) {
      end(TERM);
    }
  }

  private void end(int signal) {
    if (log == null) {
      // The start has not begun.
      System.exit(ENDED_BY_SIGNAL + signal);
    }
    end();
  }

  private void end() {
    ServerLog target = log;
    if (target == null || !ending.compareAndSet(false, true)) {
      return;
    }
    try {
      target.info("Initiating Shutdown...");
      NatsServer running = server.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      boolean jetStream = running.options().storeDir() != null;
      if (jetStream) {
        target.info("Initiating JetStream Shutdown...");
      }
      running.close();
      if (jetStream) {
        target.info("JetStream Shutdown");
      }
    } catch (ExecutionException e) {
      // Then there is nothing to close.
    } catch (TimeoutException e) {
      target.warn("The start does not come to its end; exiting without it");
      Runtime.getRuntime().halt(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // Whatever was thrown, the process was asked to end.
      ended.countDown();
    }
  }
}
