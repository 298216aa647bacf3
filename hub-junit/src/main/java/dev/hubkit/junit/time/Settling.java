package dev.hubkit.junit.time;

import dev.hubkit.nats.NatsServer;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits between one timer and the next until the server is idle; after a server has not become idle
 * in time, waits no more. Used by one thread.
 */
final class Settling implements Runnable {
  /** How long a server that does not become idle may delay an advance, by the machine's clock. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Supplier<@Nullable NatsServer> nats;
  private boolean patient = true;
  private boolean first = true;
  private boolean interrupted;

  Settling(Supplier<@Nullable NatsServer> nats) {
    this.nats = nats;
  }

  @Override
  public void run() {
    NatsServer server = nats.get();
    if (server == null || !patient) {
      return;
    }
    try {
      patient = first ? server.awaitQuiet(PATIENCE) : server.awaitQuietAgain(PATIENCE);
      first = false;
    } catch (InterruptedException e) {
      interrupt();
    }
  }

  /** Settles also what clients have sent on their own. */
  void runFirst() {
    first = true;
    run();
  }

  /** Returns false after the server has not become idle in time. */
  boolean isPatient() {
    return patient;
  }

  /** Remembers an interrupt: whoever interrupts the test wants it to end soon. */
  void interrupt() {
    interrupted = true;
    patient = false;
  }

  boolean isInterrupted() {
    return interrupted;
  }

  /** Passes a remembered interrupt on. */
  void interruptAgain() {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
