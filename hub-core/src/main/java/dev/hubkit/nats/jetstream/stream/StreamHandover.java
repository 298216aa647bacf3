package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.runtime.StreamFiles;
import dev.hubkit.nats.jetstream.store.StreamStore;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a stream leaves to the one that replaces it: its messages, and its consumers, which have
 * ended but keep their states open.
 *
 * @param stream the name of the stream
 * @param store the messages, still open
 * @param files the files of the stream; null for a stream in memory
 * @param consumers the consumers by name, their states still open
 */
record StreamHandover(
    String stream,
    StreamStore store,
    @Nullable StreamFiles files,
    Map<String, Consumer> consumers) {

  /** Closes everything if no stream takes over; files stay. */
  public void close() {
    consumers.values().forEach(consumer -> consumer.state().close());
    store.close();
  }
}
