package dev.hubkit.junit.explore;

import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.wire.Message;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link Pacemaker} is to do to the hub, since threads that serve clients may not. */
sealed interface Errand {
  /** Cuts a connection. */
  record Cut(Connection client) implements Errand {}

  /** Lets the hub finish its work, crashes it, and recovers it. */
  record Crash() implements Errand {}

  /** Lets time pass. */
  record Advance(Duration by) implements Errand {}

  /**
   * Lets a client go on.
   *
   * @param message the message of the client that was held back; null for none
   * @param advance how much time passes before
   * @param stalled whether the link is stalled, rather than the client's operations held
   */
  record Release(Connection client, @Nullable Message message, Duration advance, boolean stalled)
      implements Errand {}

  /** Publishes what the toolkit's client has sent while the hub was crashing. */
  record Publish(Connection client, List<Message> messages) implements Errand {}

  /** Ends the pacemaker. */
  record End() implements Errand {}
}
