package dev.hubkit.junit.explore;

import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The clients of which operations or deliveries are held back, until others have gone on. Confined
 * to the monitor of its {@link Adversary}.
 */
final class HeldClients {
  private final Map<Long, HeldClient> clients = new LinkedHashMap<>();

  /** One such client. */
  private static final class HeldClient {
    private final Errand.Release release;
    // The subject that it subscribes to; null for another operation.
    private final @Nullable String subscription;
    private final long since = System.nanoTime();
    private boolean overtaken;

    HeldClient(Errand.Release release, @Nullable String subscription) {
      this.release = release;
      this.subscription = subscription;
    }
  }

  boolean mayHold(Connection client) {
    return !clients.containsKey(client.id());
  }

  boolean isEmpty() {
    return clients.isEmpty();
  }

  /** Holds a client that is about to subscribe; the caller has the server hold it. */
  void holdSubscription(Connection client, String subject) {
    add(new Errand.Release(client, null, Duration.ZERO, false), subject);
  }

  /** Holds what a client sends, beginning with this message. */
  void holdMessage(Connection client, Message message, Duration advance) {
    client.holdOperations();
    add(new Errand.Release(client, message, advance, false), null);
  }

  /** Notes that the link of a client is stalled. */
  void stall(Connection client, Duration advance) {
    add(new Errand.Release(client, null, advance, true), null);
  }

  private void add(Errand.Release release, @Nullable String subscription) {
    clients.put(release.client().id(), new HeldClient(release, subscription));
  }

  /** Notes that another client publishes. */
  void overtake(Connection other, String subject) {
    for (HeldClient each : clients.values()) {
      if (each.release.client().id() != other.id()
          && each.release.advance().isZero()
          && (each.subscription == null || Subjects.matches(subject, each.subscription))) {
        each.overtaken = true;
      }
    }
  }

  /** Removes a client that may go on, and returns how; null if there is none. */
  Errand.@Nullable Release next(long idle, WaitPolicy policy) {
    for (HeldClient each : clients.values()) {
      if (policy.mayRelease(idle, System.nanoTime() - each.since, each.overtaken)) {
        clients.remove(each.release.client().id());
        return each.release;
      }
    }
    return null;
  }

  void forget(Connection client) {
    clients.remove(client.id());
  }

  void clear() {
    clients.clear();
  }

  List<Errand.Release> removeAll() {
    List<Errand.Release> all = new ArrayList<>();
    clients.values().forEach(each -> all.add(each.release));
    clients.clear();
    return all;
  }
}
