package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.jetstream.store.StreamStore;
import java.nio.file.Path;

/** Opens the stores of streams in files. */
final class FileStores {
  private FileStores() {}

  @SuppressWarnings("DoNotCallSuggester")
  static StreamStore open(Path messages, StreamConfig config, JetStreamOptions options) {
    throw ApiError.STREAM_STORE_FAILED.exception("storage in files is not supported: " + messages);
  }
}
