package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A consumer's state in a file of {@link ConsumerFrames}. The first holds the whole state, each
 * further one what changed until a flush; a long file is replaced by one of a single frame. What is
 * damaged is passed over: later frames count, and what they can't tell is {@linkplain #isUnknown
 * unknown}.
 */
final class FileConsumerStore extends RecordingConsumerStore {
  private static final Log logger = Log.of(FileConsumerStore.class);
  private static final int PREFIX = ConsumerFrames.PREFIX;
  private static final int MIN_REPLACED = 1024 * 1024;
  private static final long MAX_FILE = 1L << 30;

  private final FileSystem disk;
  private final Path directory;
  private final Path path;
  private final Syncer syncer;
  private final ConsumerFrames frames;
  private @Nullable StoreFile file; // open from the first change on
  private long size;
  private long replacedAt = MIN_REPLACED;
  private boolean tailDirty;
  private boolean damaged; // a part of the file, and not only its end
  private long unknownAfter; // deliveries up to here are known in spite of that
  private final SequenceTable settled = new SequenceTable(); // acknowledged behind that part

  /**
   * Opens the state in a directory.
   *
   * @param identity distinguishes the consumer from others
   */
  FileConsumerStore(FileSystem disk, Path directory, Syncer syncer, String identity) {
    super(PREFIX);
    this.disk = disk;
    this.frames = new ConsumerFrames(identity);
    this.directory = directory;
    this.syncer = syncer;
    path = directory.resolve("state");
    load();
    record();
  }

  private void load() {
    if (!disk.exists(path)) {
      return;
    }
    byte[] content;
    try (StoreFile open = disk.open(path)) {
      if (open.size() > MAX_FILE) {
        throw new StoreException.Corrupt(path, "too long");
      }
      content = new byte[(int) open.size()];
      open.read(content, 0, content.length, 0);
      if (FileKey.isEncrypted(content)) {
        throw WrongKeyException.noKey();
      }
    } catch (IOException e) {
      throw StoreException.of("can't read " + path, path, e);
    }
    replay(content);
    if (damaged) {
      keepCopy();
      replacedAt = 0; // or every start would find the damage
      if (lastPending() > deliveredStream()) {
        deliver(Math.max(deliveredConsumer(), pendingConsumer(lastPending())), lastPending());
      }
    }
  }

  private void replay(byte[] content) {
    int at = 0;
    while (at < content.length) {
      int length = frames.length(content, at);
      if (length >= 0 && ConsumerJournal.replay(content, at + PREFIX, at + PREFIX + length, this)) {
        at += PREFIX + length;
        size = at;
        continue;
      }
      int next = frames.next(content, at + 1);
      if (next < content.length && !damaged) {
        damaged = true;
        unknownAfter = deliveredStream();
      }
      logger.warn(
          "{}: bytes {} to {} of {} are damaged, or were cut short; what they say is lost",
          path,
          at,
          next,
          content.length);
      at = next;
    }
    tailDirty = size < content.length;
    damaged |= size == 0 && content.length > 0;
  }

  /** What can't be understood is kept for somebody to look at. */
  private void keepCopy() {
    try {
      Path copy = DamagedFiles.keepCopy(disk, path);
      logger.warn("{}: a copy of the damaged file is {}", path, copy);
    } catch (IOException e) {
      logger.warn("{}: no copy of the damaged file can be made", path, e);
    }
  }

  @Override
  public boolean tellsDelivered() {
    return true;
  }

  @Override
  public boolean isRecorded() {
    return size > 0;
  }

  @Override
  public boolean hasUnknown() {
    return damaged;
  }

  @Override
  public boolean isUnknown(long streamSequence) {
    return damaged
        && streamSequence > Math.max(unknownAfter, floorStream())
        && streamSequence <= deliveredStream()
        && !isPending(streamSequence)
        && !settled.contains(streamSequence);
  }

  @Override
  public void resolveUnknown() {
    damaged = false;
    settled.clear();
  }

  @Override
  public boolean removePending(long streamSequence) {
    boolean removed = super.removePending(streamSequence);
    if (damaged && !isRecording()) {
      settled.put(streamSequence, 1, 0);
    }
    return removed;
  }

  @Override
  public void reset(long streamSequence) {
    super.reset(streamSequence);
    if (damaged) {
      unknownAfter = streamSequence; // all that counts is behind the damage
      settled.clear();
    }
  }

  @Override
  public void flush() {
    super.flush();
    if (!finishChanges()) {
      return;
    }
    try {
      if (size > replacedAt) {
        replace();
      } else {
        append();
      }
    } catch (IOException e) {
      throw StoreException.of("can't write to " + path, path, e);
    }
    clearChanges();
  }

  private void append() throws IOException {
    ConsumerJournal changes = changes();
    StoreFile open = opened();
    if (tailDirty) {
      open.truncate(size);
    }
    frames.seal(changes, size);
    tailDirty = true;
    open.write(changes.bytes(), 0, changes.length(), size);
    syncer.written(open);
    tailDirty = false;
    size += changes.length();
  }

  private StoreFile opened() throws IOException {
    StoreFile open = file;
    if (open == null) {
      syncer.createDirectories(directory);
      boolean isNew = !disk.exists(path);
      open = disk.open(path);
      if (isNew) {
        syncer.renamed(directory);
      }
      file = open;
    }
    return open;
  }

  /** Writes the whole state into a file that takes the place of this one. */
  private void replace() throws IOException {
    ConsumerJournal whole = new ConsumerJournal();
    whole.clear(PREFIX);
    whole.delivered(ConsumerJournal.DELIVERED, deliveredConsumer(), deliveredStream());
    whole.delivered(ConsumerJournal.FLOOR, floorConsumer(), floorStream());
    for (long at = nextPending(0); at != 0; at = nextPending(at + 1)) {
      whole.pending(at, pendingConsumer(at), pendingSince(at));
    }
    for (long at = nextRedelivered(0); at != 0; at = nextRedelivered(at + 1)) {
      whole.redelivered(at, redelivered(at));
    }
    frames.seal(whole, 0);
    Path temporary = directory.resolve("state.tmp");
    disk.delete(temporary);
    try (StoreFile copy = disk.open(temporary)) {
      copy.write(whole.bytes(), 0, whole.length(), 0);
      // Or a loss of power could leave an empty file in the place of one that was safe.
      copy.sync();
    } catch (IOException e) {
      disk.delete(temporary);
      throw e;
    }
    closeFile();
    disk.replace(temporary, path);
    // At once: what is appended from here on has its place in this file, whatever fails.
    size = whole.length();
    tailDirty = false;
    syncer.renamed(directory);
    replacedAt = Math.max(MIN_REPLACED, 4 * size);
  }

  private void closeFile() throws IOException {
    StoreFile open = file;
    if (open != null) {
      file = null;
      syncer.closed(open);
      open.close();
    }
  }

  @Override
  public void sync() {
    flush();
    try {
      syncer.syncNow();
    } catch (IOException e) {
      throw StoreException.of("can't sync " + path, path, e);
    }
  }

  @Override
  public void close() {
    if (isClosed()) {
      return;
    }
    try {
      flush();
    } finally {
      release();
    }
  }

  private void release() {
    super.close();
    syncer.close();
    try {
      closeFile();
    } catch (IOException e) {
      logger.warn("Can't close {}", path, e);
    }
  }

  @Override
  public void delete() {
    release();
    try {
      RemovedDirectory.remove(directory, disk, syncer.syncsAlways());
    } catch (IOException e) {
      throw StoreException.of("can't delete " + directory, directory, e);
    }
  }
}
