package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Batch;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The consumers of one stream. On the stream's lane, but for {@link #count}. */
final class Consumers {

  /**
   * Makes an empty set.
   *
   * @param directory where consumers are kept over a restart, may not exist yet; null for a stream
   *     in memory
   */
  Consumers(Stream stream, @Nullable Path directory) {}

  /** Brings back the consumers of the directory, before the stream gets its first message. */
  void recover() {}

  /** How many there are, as the stream's state counts them. Any thread. */
  int count() {
    return 0;
  }

  /** A message is stored and safe. Called in the order of sequences, at the end of a batch. */
  void appended(long sequence, String subject, Batch batch) {}

  /** All of a batch have been told by {@link #appended}: time to deliver. */
  void committed(Batch batch) {}

  /** A message is gone, for whatever reason. Must not change the store. */
  void removed(long sequence, String subject) {}

  /** Many messages are gone at once; what is pending has to be counted anew. */
  void recount() {}

  /** A purge is done: of the messages {@code subject} selects, of all when it is empty. */
  void purged(String subject, Batch batch) {}

  /** Is there a consumer that would get a message of this subject? */
  boolean isInterested(String subject) {
    return false;
  }

  /** Is there a consumer that has yet to acknowledge this message? */
  boolean isNeeded(long sequence, String subject) {
    return false;
  }

  /** The stream has got another configuration, already in force. */
  void streamUpdated(StreamConfig before, Batch batch) {}

  /** The stream is closed with the server; what is to survive is written. */
  void close() {}

  /** The stream is deleted, and the consumers with it. */
  void delete(Batch batch) {}

  /** Registers what answers the consumer part of the API. */
  static void register(ApiRouter router) {}
}
