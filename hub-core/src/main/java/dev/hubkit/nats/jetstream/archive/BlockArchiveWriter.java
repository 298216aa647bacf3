package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Writes the archive of a stream in the form that every nats-server reads: a tar file with what is
 * on its disk, blocks of messages first and then the consumers. Not thread-safe.
 */
public final class BlockArchiveWriter extends ArchiveWriter {
  private final String stream;
  private final long now;
  private final ArchiveTarWriter tar;
  private int blocks;

  /**
   * Begins an archive.
   *
   * @param stream the name of the stream
   * @param now nanoseconds since the Unix epoch
   */
  public BlockArchiveWriter(String stream, long now) {
    this.stream = stream;
    this.now = now;
    this.tar = new ArchiveTarWriter(frames(), now / 1_000_000_000L);
  }

  /** Writes what the stream is. */
  public void stream(byte[] json) {
    meta("", json, stream);
  }

  private void meta(String directory, byte[] json, String key) {
    tar.file(directory + "meta.inf", json, json.length);
    HighwayHash hash = new HighwayHash(key);
    hash.add(json, 0, json.length);
    byte[] sum = new byte[8];
    BlockWriter.LONGS.set(sum, 0, hash.finish());
    byte[] hex = HexFormat.of().formatHex(sum).getBytes(StandardCharsets.US_ASCII);
    tar.file(directory + "meta.sum", hex, hex.length);
  }

  @Override
  public long messages(StreamStore store, long sequence, long last) {
    BlockWriter block = new BlockWriter(stream, blocks + 1, BLOCK + (1 << 16));
    long next = sequence;
    StoredMessage message = store.next(SubjectFilter.ALL, next);
    while (message != null && message.sequence() <= last && block.size() < BLOCK) {
      block.message(message);
      next = message.sequence() + 1;
      message = store.next(SubjectFilter.ALL, next);
    }
    if (message == null || message.sequence() > last) {
      if (next <= last) {
        // Nothing is left of the last sequences but that they were given out.
        block.deleted(last, store.state().lastTimestamp());
      }
      next = last + 1;
    }
    if (block.size() > 0) {
      blocks++;
      tar.file("msgs/" + blocks + ".blk", block.bytes(), block.size());
    }
    return next;
  }

  @Override
  public void consumer(String name, byte[] json, ConsumerStore state) {
    String directory = "obs/" + name + "/";
    meta(directory, json, stream + "/" + name);
    byte[] position = ConsumerPosition.write(state, now);
    tar.file(directory + "o.dat", position, position.length);
  }

  @Override
  public void finish() {
    tar.finish();
    frames().flush();
  }
}
