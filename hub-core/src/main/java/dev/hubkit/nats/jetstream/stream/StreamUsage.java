package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reports to the account what one stream takes: bytes of its storage, and about how many bytes of
 * the heap. Confined to the stream's executor.
 */
final class StreamUsage {
  // About what a stream without messages takes of the heap, and a message besides its bytes.
  private static final long STREAM_OVERHEAD = 16 * 1024;
  private static final int MESSAGE_OVERHEAD = 128;
  // A round that stores more than this reports before its end.
  private static final int REPORT_THRESHOLD = 128 * 1024;

  private final StreamContext stream;
  private final LongSupplier parts;
  private long reportedStorage;
  private long reportedHeap;
  private long grown; // since the last report
  private @Nullable StreamConfig measured; // the configuration that measuredBytes belongs to
  private long measuredBytes;

  /**
   * Makes one that has reported nothing yet.
   *
   * @param parts returns about what the parts of the stream other than its store take of the heap
   */
  StreamUsage(StreamContext stream, LongSupplier parts) {
    this.stream = stream;
    this.parts = parts;
  }

  /** Reports what the stream takes now. */
  void report() {
    reportStorage(stream.store().bytes());
    reportHeap();
  }

  /** Notes that a message of so many bytes was stored; reports when the round has stored much. */
  void grew(long bytes) {
    grown += MESSAGE_OVERHEAD + bytes;
    if (grown > REPORT_THRESHOLD) {
      reportHeap();
    }
  }

  /** Returns how many bytes were stored, less those removed, since the last report. */
  long unreportedStorage() {
    return stream.store().bytes() - reportedStorage;
  }

  /** Reports that the stream takes nothing of its storage any more. */
  void releaseStorage() {
    reportStorage(0);
  }

  /** Reports that the stream takes nothing of the heap any more. */
  void releaseHeap() {
    reportHeap(0);
  }

  private void reportStorage(long bytes) {
    if (bytes != reportedStorage) {
      stream.jetStream().resources().used(stream.config().storage(), bytes - reportedStorage);
      reportedStorage = bytes;
    }
  }

  private void reportHeap() {
    grown = 0;
    reportHeap(STREAM_OVERHEAD + configBytes() + stream.store().footprint() + parts.getAsLong());
  }

  private void reportHeap(long bytes) {
    if (bytes != reportedHeap) {
      stream.jetStream().resources().heapUsed(bytes - reportedHeap);
      reportedHeap = bytes;
    }
  }

  @SuppressWarnings("ReferenceEquality") // only another object needs to be measured
  private long configBytes() {
    StreamConfig config = stream.config();
    if (measured != config) {
      measured = config;
      measuredBytes = config.footprint();
    }
    return measuredBytes;
  }
}
