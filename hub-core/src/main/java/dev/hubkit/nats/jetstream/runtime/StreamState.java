package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.store.StoreSnapshot;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import java.util.List;

/**
 * A stream at one moment.
 *
 * @param created when it was created, in nanoseconds since the Unix epoch
 */
public record StreamState(
    StreamConfig config, long created, StoreSnapshot messages, List<ConsumerState> consumers) {

  /**
   * Returns the messages that the maximum age or a time to live would remove at some time, as text;
   * empty for none.
   *
   * @param now in nanoseconds since the Unix epoch
   */
  public String expiredAt(long now) {
    long expired =
        messages.messages().stream()
            .filter(
                message ->
                    isOver(config.maxAge(), message, now) || isOver(message.ttl(), message, now))
            .count();
    int all = messages.messages().size();
    return expired == 0 ? "" : expired + " of " + all + " messages of " + config.name();
  }

  private static boolean isOver(long age, StoredMessage message, long now) {
    return age > 0 && now - message.timestamp() >= age;
  }

  /** Returns this with all times moved by so many nanoseconds. */
  public StreamState shifted(long nanos) {
    return new StreamState(
        config,
        created + nanos,
        messages.shifted(nanos),
        consumers.stream().map(consumer -> consumer.shifted(nanos)).toList());
  }
}
