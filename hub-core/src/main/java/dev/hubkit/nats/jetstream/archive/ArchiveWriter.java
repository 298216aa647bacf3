package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Writes the archive of a stream: {@link #stream}, then {@link #messages} until there are no more,
 * then {@link #consumer} for each, then {@link #finish}. What is written waits until it is {@link
 * #take taken}. Not thread-safe.
 */
public final class ArchiveWriter {
  private static final int BLOCK = 1 << 20;

  private final String stream;
  private final long now;
  private final FrameWriter frames;
  private final ArchiveTarWriter tar;
  private byte[] ready = new byte[1 << 17];
  private int from;
  private int to;
  private int blocks;

  /**
   * Begins an archive.
   *
   * @param stream the name of the stream
   * @param now nanoseconds since the Unix epoch
   */
  public ArchiveWriter(String stream, long now) {
    this.stream = stream;
    this.now = now;
    this.frames = new FrameWriter(this::hold);
    this.tar = new ArchiveTarWriter(frames, now / 1_000_000_000L);
  }

  private void hold(byte[] bytes, int offset, int length) {
    if (ready.length - to < length) {
      System.arraycopy(ready, from, ready, 0, to - from);
      to -= from;
      from = 0;
      if (ready.length - to < length) {
        ready = Arrays.copyOf(ready, Math.max(to + length, 2 * ready.length));
      }
    }
    System.arraycopy(bytes, offset, ready, to, length);
    to += length;
  }

  /** How many bytes can be taken. */
  public int available() {
    return to - from;
  }

  /** Takes bytes, at most this many. */
  public byte[] take(int limit) {
    int length = Math.min(limit, available());
    byte[] taken = Arrays.copyOfRange(ready, from, from + length);
    from += length;
    return taken;
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

  /**
   * Writes a block of messages, or says that there are none left.
   *
   * @param sequence the first that was not written yet
   * @param last the last that is to be written
   * @return the sequence to go on with; beyond {@code last} when all are written
   */
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

  /** Writes a consumer and its state. */
  public void consumer(String name, byte[] json, ConsumerStore state) {
    String directory = "obs/" + name + "/";
    meta(directory, json, stream + "/" + name);
    byte[] position = ConsumerPosition.write(state, now);
    tar.file(directory + "o.dat", position, position.length);
  }

  /** Writes the end. */
  public void finish() {
    tar.finish();
    frames.flush();
  }
}
