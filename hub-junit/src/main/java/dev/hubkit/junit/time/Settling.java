package dev.hubkit.junit.time;

import dev.hubkit.nats.NatsServer;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Waits between one timer and the next until the server is idle; after a server has not become idle
 * in time, waits no more. Used by one thread.
 */
final class Settling implements Runnable {
  /** How long a server that does not become idle may delay an advance, by the machine's clock. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Supplier<List<NatsServer>> nats;
  private boolean patient = true;
  private boolean first = true;
  private boolean interrupted;

  Settling(Supplier<List<NatsServer>> nats) {
    this.nats = nats;
  }

  @Override
  public void run() {
    List<NatsServer> servers = nats.get();
    for (NatsServer server : servers) {
      settle(server);
    }
    // What one had to do may have given the others something to do.
    for (int i = 0; i < servers.size() && patient && !areQuiet(servers); i++) {
      servers.forEach(this::settle);
    }
    first = false;
  }

  private static boolean areQuiet(List<NatsServer> servers) {
    return servers.size() == 1 || servers.stream().allMatch(NatsServer::isQuiet);
  }

  private void settle(NatsServer server) {
    if (!patient) {
      return;
    }
    try {
      patient = first ? server.awaitQuiet(PATIENCE) : server.awaitQuietAgain(PATIENCE);
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
