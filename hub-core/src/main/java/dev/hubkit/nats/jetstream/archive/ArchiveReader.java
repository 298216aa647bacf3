package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.json.JsonStruct;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.snappy.ByteSink;
import dev.hubkit.nats.snappy.FrameException;
import dev.hubkit.nats.snappy.FrameReader;
import dev.hubkit.text.GoNumber;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the archive of a stream, which comes in pieces of any size, and passes on its contents as
 * they come: first what the stream is, then its messages, then its consumers; or, from an archive
 * of nats-server 2.15, which does not say what the stream is, its consumers and then its messages.
 * Holds no more of it in memory than the message or the small file that is incomplete. Not
 * thread-safe.
 */
public final class ArchiveReader {
  private static final int MAX_META = 1 << 20;
  private static final int MAX_STATE = 256 << 20;
  private static final Pattern BLOCK = Pattern.compile("msgs/(\\d{1,9})\\.blk");
  private static final Pattern CONSUMER = Pattern.compile("obs/([^/\\\\]+)/(meta\\.inf|o\\.dat)");

  /** What is done with what an archive holds. What it throws ends the reading. */
  public interface Target {
    /** What the stream is: its configuration and when it was created, as JSON. */
    void stream(byte[] json);

    /**
     * Begins an archive of entries, which tells before all else how the stream began and how many
     * bytes its messages take, as an unsigned number.
     */
    default void begin(long first, long bytes) {}

    /** Returns how many bytes any message of the server may have, with its headers. */
    default long largestPayload() {
      return Long.MAX_VALUE;
    }

    /** Returns how many bytes a message may have, with its headers. */
    default long largestMessage() {
      return Long.MAX_VALUE;
    }

    /**
     * A message. Bytes {@code offset} to {@code offset + length} of {@code buffer}, the first
     * {@code headerLength} of which are the header block, are good until this returns.
     */
    void message(
        long sequence,
        long timestamp,
        String subject,
        byte[] buffer,
        int offset,
        int headerLength,
        int length);

    /** A sequence whose message is gone, in its place among the messages. */
    void deleted(long sequence, long timestamp);

    /** The messages of these sequences are gone; they may have come before. */
    void gone(long from, long to);

    /** The stream begins and ends here; the messages alone need not show that. */
    void bounds(long first, long last, long lastTimestamp);

    /** A consumer: its configuration and when it was created, as JSON. */
    void consumer(String name, byte[] json);

    /** Where the state of the consumer that came last, by its entry's name, is to be put. */
    ConsumerStore state(String consumer);
  }

  private final String stream;
  private final Target target;
  private final FrameReader frames;
  private final TarReader tar;
  private final ArchiveEntryReader entries;
  private final byte[] beginning = new byte[ArchiveEntryReader.MAGIC.length];
  private int begun;
  private boolean isTar;
  private boolean hasMeta;

  /**
   * Reads the archive of the stream with this name.
   *
   * @param stateType what the state of a stream is read as
   * @param consumerType what a consumer in an archive of entries is read as
   */
  public ArchiveReader(
      String stream, Target target, JsonStruct stateType, JsonStruct consumerType) {
    this.stream = stream;
    this.target = target;
    this.tar = new TarReader(new Files());
    this.entries = new ArchiveEntryReader(target, stateType, consumerType);
    this.frames = new FrameReader(this::expanded);
  }

  /** Takes expanded bytes, of which the first tell which of the two forms this is. */
  private void expanded(byte[] bytes, int offset, int length) {
    int taken = Math.min(length, beginning.length - begun);
    if (taken > 0) {
      System.arraycopy(bytes, offset, beginning, begun, taken);
      begun += taken;
      if (begun < beginning.length) {
        return;
      }
      isTar = !Arrays.equals(beginning, ArchiveEntryReader.MAGIC);
      if (isTar) {
        tar.write(beginning, 0, begun);
      }
    }
    ByteSink reader = isTar ? tar : entries;
    reader.write(bytes, offset + taken, length - taken);
  }

  /**
   * Takes the next piece.
   *
   * @throws ArchiveException if it is wrong
   */
  public void accept(byte[] bytes, int offset, int length) {
    try {
      if (!entries.isComplete()) {
        frames.write(bytes, offset, length);
      }
    } catch (ArchiveException e) {
      checkGoesOn(e);
    } catch (FrameException e) {
      checkGoesOn(new ArchiveException(e));
    }
  }

  // What follows the end does not count.
  private void checkGoesOn(ArchiveException problem) {
    if (!entries.isComplete()) {
      throw problem;
    }
  }

  /**
   * The last piece has come.
   *
   * @throws ArchiveException if something is missing
   */
  public void finish() {
    try {
      if (!entries.isComplete()) {
        frames.finish();
      }
    } catch (FrameException e) {
      throw new ArchiveException(e);
    }
    if (begun < beginning.length) {
      throw new ArchiveException(begun == 0 ? "EOF" : "unexpected EOF");
    }
    if (!isTar) {
      entries.finish();
      return;
    }
    tar.finish();
    if (!hasMeta) {
      throw new ArchiveException("there is no meta.inf");
    }
  }

  private final class Files implements TarReader.Files {
    private String name = "";
    private @Nullable BlockReader block;
    private @Nullable ByteArrayOutputStream small;
    private int limit;

    @Override
    public void begin(String file, long size) {
      name = file;
      block = null;
      small = null;
      Matcher found = BLOCK.matcher(file);
      if (found.matches()) {
        requireMeta();
        block =
            new BlockReader(
                stream, (int) GoNumber.integer32(found.group(1)).orElseThrow(), file, target);
        return;
      }
      boolean isMeta = file.endsWith("meta.inf");
      if (isMeta || file.equals("msgs/index.db") || CONSUMER.matcher(file).matches()) {
        limit = isMeta ? MAX_META : MAX_STATE;
        if (size > limit) {
          throw new ArchiveException(file + " has more than " + limit + " bytes");
        }
        small = new ByteArrayOutputStream();
      }
      // The checksums of metadata guard files on a disk; the frames have their own.
    }

    @Override
    public void content(byte[] bytes, int offset, int length) {
      if (block != null) {
        block.content(bytes, offset, length);
      } else if (small != null) {
        small.write(bytes, offset, length);
      }
    }

    @Override
    public void end() {
      if (block != null) {
        block.end();
      } else if (small != null) {
        file(small.toByteArray());
      }
    }

    private void file(byte[] content) {
      Matcher consumer = CONSUMER.matcher(name);
      if (name.equals("meta.inf")) {
        hasMeta = true;
        target.stream(content);
      } else if (name.equals("msgs/index.db")) {
        requireMeta();
        StreamIndex.read(content, stream, name, target);
      } else if (consumer.matches()) {
        requireMeta();
        String which = consumer.group(1);
        if (consumer.group(2).equals("meta.inf")) {
          target.consumer(which, content);
        } else {
          ConsumerPosition.read(content, name, target.state(which));
        }
      }
    }

    private void requireMeta() {
      if (!hasMeta) {
        throw new ArchiveException(name + " comes before meta.inf");
      }
    }
  }
}
