package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The files of one stream: what it and its consumers are ({@code meta}, checked and replaced as a
 * whole), its messages, and the states of its consumers.
 *
 * <pre>
 * meta                     the metadata of the stream
 * msgs/                    the segments of its messages
 * consumers/NAME/meta      the metadata of a consumer
 * consumers/NAME/state     its state
 * </pre>
 *
 * <p>Names of streams and consumers have no character that has a meaning in paths; who makes a
 * directory of one checks that. Not thread-safe.
 */
public final class StreamDirectory {
  private static final String META = "meta";

  private final Path directory;
  private final StoreOptions options;
  private final Disk disk;

  /** The files of a stream, there or not, in this directory. */
  public StreamDirectory(Path directory, StoreOptions options) {
    this.directory = directory;
    this.options = options;
    disk = options.disk();
  }

  /**
   * The names of the directories of streams in {@code parent}; none when it is missing.
   *
   * @throws StoreException.Io if it can't be read
   */
  public static List<String> list(Path parent, StoreOptions options) {
    return withMetadata(parent, options.disk());
  }

  /** What was written by {@link #writeMetadata}; null when there is no such stream. */
  public byte @Nullable [] readMetadata() {
    return read(directory.resolve(META));
  }

  /**
   * Replaces the metadata, safe against the end of this process when this returns; with sync
   * always, against loss of power too. Others may find what was there before, after a loss of
   * power, but never a part.
   */
  public void writeMetadata(byte[] json) {
    write(directory, json, true);
  }

  /**
   * Opens the messages; there may be none yet.
   *
   * @param compress keep what is no longer appended to in compressed form
   * @param async let {@link StreamStore#commit} leave the writing to a later flush, and sync from
   *     time to time even if the options say always
   */
  public StreamStore open(StoreLimits limits, boolean compress, boolean async) {
    StoreOptions syncing =
        async && options.syncAlways()
            ? options.withSyncInterval(StoreOptions.DEFAULT_SYNC_INTERVAL)
            : options;
    FileLog log =
        new FileLog(
            disk,
            directory.resolve("msgs"),
            new Syncer(syncing),
            segmentSize(limits, compress),
            compress);
    return IndexedStore.open(log, limits, async);
  }

  private static int segmentSize(StoreLimits limits, boolean compress) {
    int size = compress ? 8 << 20 : 32 << 20;
    if (limits.maxBytes() > 0) {
      // What is gone is reclaimed by segment, so a small stream needs small ones.
      size = (int) Math.min(size, Math.max(1 << 20, limits.maxBytes() / 4));
    }
    return size;
  }

  /** The names of the consumers that have metadata. */
  public List<String> consumers() {
    return withMetadata(directory.resolve("consumers"), disk);
  }

  /** What was written by {@link #writeConsumerMetadata}; null when there is no such consumer. */
  public byte @Nullable [] readConsumerMetadata(String name) {
    return read(consumer(name).resolve(META));
  }

  /**
   * Replaces the metadata of a consumer, safe against the end of this process when this returns;
   * with sync always, against loss of power too. Many consumers live shortly, so others don't wait
   * for the disk.
   */
  public void writeConsumerMetadata(String name, byte[] json) {
    write(consumer(name), json, options.syncAlways());
  }

  /**
   * Opens the state of a consumer; it may be empty, and is when the consumer has no metadata: then
   * it is a new one, to which nothing comes of another of its name whose removal was cut short. Its
   * {@code delete} takes the metadata too.
   */
  public ConsumerStore openConsumer(String name) {
    clear(consumer(name));
    return new FileConsumerStore(disk, consumer(name), new Syncer(options));
  }

  /**
   * Removes what was left of a stream whose removal was cut short; nothing of one that is there. To
   * be called before a new stream is made.
   *
   * @throws StoreException.Io if it can't be removed
   */
  public void clear() {
    clear(directory);
  }

  private void clear(Path target) {
    try {
      if (!disk.exists(target.resolve(META))) {
        disk.deleteTree(target);
      }
    } catch (IOException e) {
      throw StoreException.of("can't delete " + target, target, e);
    }
  }

  /** Removes every trace of the stream. Its stores must be closed. */
  public void delete() {
    try {
      Path meta = directory.resolve(META);
      if (disk.exists(meta)) {
        // Without its metadata the stream is gone, should this be cut short.
        disk.delete(meta);
        if (options.syncAlways()) {
          disk.sync(directory);
        }
      }
      disk.deleteTree(directory);
    } catch (IOException e) {
      throw StoreException.of("can't delete " + directory, directory, e);
    }
  }

  /**
   * Moves the stream to another directory, in the same file system, in one step. Its stores must be
   * closed; what is in the other directory without being a stream is removed.
   */
  public void moveTo(Path other) {
    try {
      new Syncer(options).createDirectories(parentOf(other));
      clear(other);
      disk.replace(directory, other);
      disk.sync(parentOf(other));
    } catch (IOException e) {
      throw StoreException.of("can't move " + directory, directory, e);
    }
  }

  private static Path parentOf(Path file) {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " is in no directory");
    }
    return parent;
  }

  private Path consumer(String name) {
    return directory.resolve("consumers").resolve(name);
  }

  private static List<String> withMetadata(Path parent, Disk disk) {
    try {
      List<String> found = new ArrayList<>();
      for (String name : disk.list(parent)) {
        if (disk.exists(parent.resolve(name).resolve(META))) {
          found.add(name);
        }
      }
      return found;
    } catch (IOException e) {
      throw StoreException.of("can't list " + parent, parent, e);
    }
  }

  // A metadata file is its text, a line end, and the CRC-32C of the text in hex.

  private byte @Nullable [] read(Path file) {
    if (!disk.exists(file)) {
      return null;
    }
    byte[] content;
    try (StoreFile open = disk.open(file)) {
      content = new byte[(int) Math.min(open.size(), 64 << 20)];
      open.read(content, 0, content.length, 0);
    } catch (IOException e) {
      throw StoreException.of("can't read " + file, file, e);
    }
    int length = content.length - 9;
    if (length < 0
        || !new String(content, length, 9, StandardCharsets.ISO_8859_1)
            .equals(seal(content, length))) {
      throw new StoreException.Corrupt(file, "the checksum is wrong");
    }
    return Arrays.copyOf(content, length);
  }

  private void write(Path target, byte[] json, boolean sync) {
    Path temporary = target.resolve(META + ".tmp");
    try {
      new Syncer(options).createDirectories(target);
      disk.delete(temporary);
      byte[] seal = seal(json, json.length).getBytes(StandardCharsets.ISO_8859_1);
      byte[] content = Arrays.copyOf(json, json.length + seal.length);
      System.arraycopy(seal, 0, content, json.length, seal.length);
      try (StoreFile open = disk.open(temporary)) {
        open.write(content, 0, content.length, 0);
        if (sync) {
          open.sync();
        }
      }
      disk.replace(temporary, target.resolve(META));
      if (options.syncAlways()) {
        disk.sync(target);
      }
    } catch (IOException e) {
      try {
        disk.delete(temporary);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw StoreException.of("can't write " + target.resolve(META), target, e);
    }
  }

  private static String seal(byte[] content, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(content, 0, length);
    return String.format("\n%08x", checksum.getValue());
  }
}
