package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
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
 * <p>Before a directory is deleted it gets, in one step, a name that no stream and no consumer can
 * have. So any other directory was meant to stay, even when it is damaged, and is never deleted;
 * metadata that can't be read is kept under another name when new metadata takes its place.
 *
 * <p>Any name can be that of an account, a stream or a consumer: {@link FileNames} says where it is
 * kept. Not thread-safe.
 */
public final class StreamDirectory {
  static final String META = "meta";
  private static final String TEMPORARY = "meta.tmp";
  private static final Log logger = Log.of(StreamDirectory.class);

  private final Path directory;
  private final String name;
  private final StoreOptions options;
  private final @Nullable StoreKeys keys;
  private final FileSystem disk;

  /** The files of a stream, there or not, in this directory, which has its name. */
  public StreamDirectory(Path directory, StoreOptions options) {
    this(directory, String.valueOf(directory.getFileName()), options);
  }

  /**
   * The files of a stream, there or not, in this directory.
   *
   * @param name the name of the stream, which distinguishes its files from those of others
   */
  public StreamDirectory(Path directory, String name, StoreOptions options) {
    this.directory = directory;
    this.name = name;
    this.options = options;
    StoreKeys ofAccount = options.keys();
    keys = ofAccount == null ? null : ofAccount.forStream(name);
    disk = keys == null ? options.disk() : new EncryptedFileSystem(options.disk(), keys);
  }

  /** Where its files are read and written, decrypted. */
  FileSystem disk() {
    return disk;
  }

  /** Whether a name is one that nats-server's file store can make a directory for. */
  public static boolean canHold(String name) {
    return FileNames.fits(name);
  }

  /** The directory for an account, or the stream of one, of this name in {@code parent}. */
  public static Path pathOf(Path parent, String name, StoreOptions options) {
    return FileNames.in(parent, name, options.disk());
  }

  /** The name that a directory was made for; the name of the directory where that is not said. */
  public static String nameOf(String fileName) {
    return FileNames.nameOf(fileName);
  }

  /** Whether a file name that does not say its name may have been made for this one. */
  public static boolean isKeptAs(String name, String fileName) {
    return FileNames.isHashOf(name, fileName);
  }

  /**
   * The names of the streams in {@code parent}, also of damaged and of former ones; none when it is
   * missing. The remains of a stream that was never complete, and held nothing, are not listed.
   *
   * @throws StoreException.Io if it can't be read
   */
  public static List<String> list(Path parent, StoreOptions options) {
    return listed(parent, options.disk());
  }

  /**
   * Deletes the remains in {@code parent} of streams whose removal was cut short.
   *
   * @throws StoreException.Io if it can't be deleted
   */
  public static void finishRemovals(Path parent, StoreOptions options) {
    finishRemovals(parent, options.disk());
  }

  /** Whether a directory of this name is of a stream that was removed, and not yet deleted. */
  public static boolean isRemoved(String name) {
    return RemovedDirectory.isName(name);
  }

  private static void finishRemovals(Path parent, FileSystem disk) {
    try {
      for (String name : disk.list(parent)) {
        if (RemovedDirectory.isName(name) && disk.isDirectory(parent.resolve(name))) {
          disk.deleteTree(parent.resolve(name));
        }
      }
    } catch (IOException e) {
      throw StoreException.of("can't delete what is removed in " + parent, parent, e);
    }
  }

  /** Deletes a directory, and those in it, when there are no files in them. */
  public static void deleteBlank(Path directory, StoreOptions options) {
    FileSystem disk = options.disk();
    try {
      if (!holdsAnything(directory, disk)) {
        disk.deleteTree(directory);
      }
    } catch (IOException e) {
      throw StoreException.of("can't delete " + directory, directory, e);
    }
  }

  /**
   * Encrypts the files as the options say, should they be encrypted otherwise or not at all. To be
   * called before anything is read. When it is cut short, the next time goes on.
   *
   * @param beginning is told what is about to be done, if anything is
   * @throws StoreException.Encrypted if the files are encrypted with a key that is not known
   */
  public void encrypt(Consumer<StoreConversion.Conversion> beginning) {
    if (keys == null) {
      return;
    }
    try {
      StoreConversion conversion = new StoreConversion(options.disk(), keys, directory);
      if (conversion.kind() != StoreConversion.Conversion.NONE) {
        beginning.accept(conversion.kind());
        conversion.run();
      }
    } catch (IOException e) {
      throw StoreException.of("can't encrypt the files in " + directory, directory, e);
    }
  }

  /** Returns what {@link #writeMetadata} has written; null when there is no such stream. */
  public byte @Nullable [] readMetadata() {
    return read(directory.resolve(META));
  }

  /**
   * Replaces the metadata, safe against the end of this process when this returns; with sync
   * always, against loss of power too. Otherwise a loss of power may bring back what was there
   * before, but never leaves a part.
   */
  public void writeMetadata(byte[] json) {
    write(directory, json, true);
  }

  /**
   * Opens the messages; there may be none yet.
   *
   * @param compress compress the segments that are no longer appended to
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
            name,
            new Syncer(syncing),
            segmentSize(limits, compress),
            compress);
    return new FailStopStore(IndexedStore.open(log, limits, async));
  }

  private static int segmentSize(StoreLimits limits, boolean compress) {
    int size = compress ? 8 << 20 : 32 << 20;
    if (limits.maxBytes() > 0) {
      // What is gone is reclaimed by segment, so a small stream needs small ones.
      size = (int) Math.min(size, Math.max(1 << 20, limits.maxBytes() / 4));
    }
    return size;
  }

  /**
   * The names of consumers that exist or existed, damaged ones too; see {@link #list}. For a few of
   * them only the metadata has the name.
   */
  public List<String> consumers() {
    List<String> names = listed(directory.resolve("consumers"), disk);
    names.replaceAll(FileNames::nameOf);
    return names;
  }

  /**
   * Returns what {@link #writeConsumerMetadata} has written; null when there is no such consumer.
   */
  public byte @Nullable [] readConsumerMetadata(String name) {
    return read(consumer(name).resolve(META));
  }

  /**
   * Replaces the metadata of a consumer, safe against the end of this process when this returns;
   * with sync always, against loss of power too. Without it nobody waits for the disk, as many
   * consumers live only for a short time.
   */
  public void writeConsumerMetadata(String name, byte[] json) {
    write(consumer(name), json, options.syncAlways());
  }

  /**
   * Opens the state of a consumer; it is empty when there is none yet. When the metadata is lost it
   * goes to the next consumer of the same name, as with nats-server. Its {@code delete} takes the
   * metadata too.
   */
  public ConsumerStore openConsumer(String consumer) {
    Path own = consumer(consumer);
    String tag = name + "/" + FileNames.nameOf(String.valueOf(own.getFileName()));
    return new FileConsumerStore(disk, own, new Syncer(options), tag);
  }

  /** Whether there are any files of a stream, damaged ones too. */
  public boolean holdsAnything() {
    try {
      return holdsAnything(directory, disk);
    } catch (IOException e) {
      throw StoreException.of("can't read " + directory, directory, e);
    }
  }

  /**
   * Checks that there are no files yet.
   *
   * @throws StoreException.Corrupt if there are some
   */
  public void requireBlank() {
    if (holdsAnything()) {
      throw occupied(directory);
    }
  }

  private static StoreException occupied(Path directory) {
    return new StoreException.Corrupt(
        directory, "holds files of a stream that could not be recovered");
  }

  /** Deletes the remains of consumers whose removal was cut short. */
  public void finishRemovals() {
    finishRemovals(directory.resolve("consumers"), disk);
  }

  /** Removes every trace of the stream. Its stores must be closed. */
  public void delete() {
    try {
      RemovedDirectory.remove(directory, disk, options.syncAlways());
    } catch (IOException e) {
      throw StoreException.of("can't delete " + directory, directory, e);
    }
  }

  /**
   * Moves the stream to another directory, in the same file system, in one step. Its stores must be
   * closed.
   *
   * @throws StoreException.Corrupt if there are files that may be of another stream
   */
  public void moveTo(Path other) {
    try {
      new Syncer(options).createDirectories(parentOf(other));
      if (holdsAnything(other, disk)) {
        throw occupied(other);
      }
      disk.deleteTree(other);
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

  private Path consumer(String consumer) {
    return FileNames.in(directory.resolve("consumers"), consumer, disk);
  }

  private static List<String> listed(Path parent, FileSystem disk) {
    try {
      List<String> found = new ArrayList<>();
      for (String name : disk.list(parent)) {
        if (!RemovedDirectory.isName(name)
            && (disk.exists(parent.resolve(name).resolve(META))
                || holdsAnything(parent.resolve(name), disk))) {
          found.add(name);
        }
      }
      return found;
    } catch (IOException e) {
      throw StoreException.of("can't list " + parent, parent, e);
    }
  }

  /** Whether a directory has a file in it, or in those in it; one that only was begun is none. */
  private static boolean holdsAnything(Path directory, FileSystem disk) throws IOException {
    if (!disk.isDirectory(directory)) {
      return disk.exists(directory);
    }
    for (String name : disk.list(directory)) {
      if (!name.equals(TEMPORARY)
          && !RemovedDirectory.isName(name)
          && holdsAnything(directory.resolve(name), disk)) {
        return true;
      }
    }
    return false;
  }

  // A metadata file is its text, a line end, and the CRC-32C of the text in hex.

  private byte @Nullable [] read(Path file) {
    if (!disk.exists(file)) {
      return null;
    }
    byte[] content = readAll(file);
    requireDecrypted(file, content);
    int length = content.length - 9;
    if (length < 0
        || !new String(content, length, 9, StandardCharsets.ISO_8859_1)
            .equals(seal(content, length))) {
      throw new StoreException.Corrupt(file, "the checksum is wrong");
    }
    return Arrays.copyOf(content, length);
  }

  private void requireDecrypted(Path file, byte[] content) {
    if (keys == null && FileKey.isEncrypted(content)) {
      throw StoreException.of("can't read " + file, file, WrongKeyException.noKey());
    }
  }

  private byte[] readAll(Path file) {
    byte[] content;
    try (StoreFile open = disk.open(file)) {
      content = new byte[(int) Math.min(open.size(), 64 << 20)];
      open.read(content, 0, content.length, 0);
    } catch (IOException e) {
      throw StoreException.of("can't read " + file, file, e);
    }
    return content;
  }

  private void write(Path target, byte[] json, boolean sync) {
    Path temporary = target.resolve(TEMPORARY);
    try {
      new Syncer(options).createDirectories(target);
      keepDamaged(target);
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

  /** Metadata that can't be read stays, under another name. */
  private void keepDamaged(Path target) throws IOException {
    Path meta = target.resolve(META);
    try {
      read(meta);
    } catch (StoreException.Corrupt e) {
      Path kept = DamagedFiles.keep(disk, meta);
      logger.warn("{}; it is kept as {}", e.getMessage(), kept.getFileName());
    }
  }

  private static String seal(byte[] content, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(content, 0, length);
    return String.format("\n%08x", checksum.getValue());
  }
}
