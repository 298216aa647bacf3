package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubException;
import dev.hubkit.log.Log;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Closes the hub of a process that is asked to end, and then ends the process. When asked during
 * the start, it closes the hub as soon as that has started, but does not wait long: the next start
 * copes with the remains of an interrupted one.
 */
final class ShutdownHook {
  private static final Log log = Log.of(ShutdownHook.class);

  // How long a start may take when the process has been asked to end.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** The problem with a signal that whoever started the process has it ignore, as nohup does. */
  static final String IGNORED =
      "the process was started with it ignored, and a JVM cannot change that";

  // HotSpot installs no handler for these where they were ignored (JVM_RegisterSignal).
  private static final List<String> STAY_IGNORED = List.of("HUP", "INT", "TERM");

  private final CompletableFuture<@Nullable Hub> hub = new CompletableFuture<>();
  private final AtomicReference<@Nullable Long> told = new AtomicReference<>();

  private ShutdownHook() {}

  /**
   * Handles signals from now on.
   *
   * @param withTerminal whether to handle the terminal's signals too
   * @param status the exit status when all went well
   */
  static ShutdownHook expected(boolean withTerminal, int status) {
    ShutdownHook termination = new ShutdownHook();
    Runtime.getRuntime().addShutdownHook(new Thread(termination::close, "hub-shutdown"));
    // Without this, the JVM ends with 128 + n after the hooks, although all went well.
    for (String signal : withTerminal ? List.of("TERM", "INT") : List.of("TERM")) {
      String problem = onSignal(signal, () -> termination.end(status));
      if (problem != null) {
        log.debug("No handler for {}, the shutdown hook does without: {}", signal, problem);
      }
    }
    return termination;
  }

  /** Sets the hub to close. */
  void closes(Hub started) {
    hub.complete(started);
  }

  /** Notes that there is no hub to close. */
  void closesNothing() {
    hub.complete(null);
  }

  private void end(int status) {
    int result = 1;
    try {
      result = close() ? status : 1;
    } finally {
      // Whatever was thrown, the process was asked to end.
      System.exit(result);
    }
  }

  private boolean close() {
    try {
      Hub started = hub.get(patience(), TimeUnit.NANOSECONDS);
      if (started != null) {
        started.close();
      }
      return true;
    } catch (HubException | ExecutionException e) {
      log.error("Stopping failed: {}", e.getMessage());
    } catch (TimeoutException e) {
      log.error("Ending in the midst of a start that took too long to wait for");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  // However many signals come, the first has begun the wait.
  private long patience() {
    long now = System.nanoTime();
    told.compareAndSet(null, now);
    return Math.max(0, Objects.requireNonNull(told.get()) + PATIENCE.toNanos() - now);
  }

  // Without memory for a thread, this runs on that of the signal: better late than never.
  private static void start(Runnable action, String signal) {
    boolean started = false;
    try {
      new Thread(action, "hub-" + signal).start();
      started = true;
    } catch (OutOfMemoryError e) {
      log.error("No thread for signal {}", signal, e);
    } finally {
      if (!started) {
        action.run();
      }
    }
  }

  /**
   * Runs {@code action}, on a thread of its own, each time the process gets a signal.
   *
   * @return null, or why this is impossible: the JVM reserves some signals
   */
  // A JVM has no other access to signals than sun.misc.Signal, and no compiler accepts it silently.
  static @Nullable String onSignal(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              ShutdownHook.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  start(action, name);
                }
                return null;
              });
      Object before =
          signal
              .getMethod("handle", signal, handler)
              .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
      boolean wasIgnored = before == handler.getField("SIG_IGN").get(null);
      return wasIgnored && STAY_IGNORED.contains(name) ? IGNORED : null;
    } catch (InvocationTargetException e) {
      return String.valueOf(Objects.requireNonNullElse(e.getCause(), e).getMessage());
    } catch (ReflectiveOperationException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
