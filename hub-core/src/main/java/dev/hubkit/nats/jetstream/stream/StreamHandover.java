package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.runtime.StreamFiles;
import dev.hubkit.nats.jetstream.store.StreamStore;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a stream leaves to the one that takes its place: its messages, and its consumers, which have
 * ended but for what they keep.
 *
 * @param stream the name of the stream
 * @param store its messages, which are still open
 * @param files where it is kept; null for a stream in memory
 * @param consumers its consumers by name, whose states are still open
 */
record StreamHandover(
    String stream,
    StreamStore store,
    @Nullable StreamFiles files,
    Map<String, Consumer> consumers) {

  /** Nobody takes it: what is in files stays there. */
  public void close() {
    consumers.values().forEach(consumer -> consumer.state().close());
    store.close();
  }
}
