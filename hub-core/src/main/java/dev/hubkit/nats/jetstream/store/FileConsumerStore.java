package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A consumer's state in a file of frames. The first holds the whole state, each further one what
 * changed until a flush; a long file is replaced by one of a single frame. A frame is 4 bytes of
 * CRC-32C over what follows, 4 of length, and a {@link ConsumerJournal}. The highest bit of the
 * length says that the checksum is xor the place of the frame, so that a copy elsewhere is none;
 * frames without are read, too.
 */
final class FileConsumerStore extends MemoryConsumerStore {
  private static final Logger logger = LoggerFactory.getLogger(FileConsumerStore.class);
  private static final int PREFIX = 8;
  private static final int PLACED = 1 << 31;
  private static final int MIN_REPLACED = 1024 * 1024;
  private static final long MAX_FILE = 1L << 30;

  private final Disk disk;
  private final Path directory;
  private final Path path;
  private final Syncer syncer;
  private final CRC32C checksum = new CRC32C();
  private final ConsumerJournal changes = new ConsumerJournal();
  private @Nullable StoreFile file; // open from the first change on
  private long size;
  private long replacedAt = MIN_REPLACED;
  private boolean tailDirty;
  private boolean deliveredChanged;
  private boolean floorChanged;
  private boolean recording;

  FileConsumerStore(Disk disk, Path directory, Syncer syncer) {
    this.disk = disk;
    this.directory = directory;
    this.syncer = syncer;
    path = directory.resolve("state");
    changes.clear(PREFIX);
    load();
    recording = true;
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
    } catch (IOException e) {
      throw StoreException.of("can't read " + path, path, e);
    }
    int at = 0;
    while (at < content.length) {
      int length = frameLength(content, at);
      if (length < 0 || !ConsumerJournal.replay(content, at + PREFIX, at + PREFIX + length, this)) {
        logger.warn(
            "{}: the changes from byte {} of {} on are damaged, or were cut short, and are ignored",
            path,
            at,
            content.length);
        break;
      }
      at += PREFIX + length;
    }
    size = at;
    tailDirty = at < content.length;
  }

  /** The length of the journal in the frame at this place; negative when there is no whole one. */
  private int frameLength(byte[] content, int at) {
    if (content.length - at < PREFIX) {
      return -1;
    }
    int said = LogRecord.getInt(content, at + 4);
    int length = said & ~PLACED;
    if (length > content.length - at - PREFIX) {
      return -1;
    }
    int place = (said & PLACED) == 0 ? 0 : at;
    return LogRecord.getInt(content, at) == (sum(content, at, length + PREFIX) ^ place)
        ? length
        : -1;
  }

  private int sum(byte[] bytes, int at, int length) {
    checksum.reset();
    checksum.update(bytes, at + 4, length - 4);
    return (int) checksum.getValue();
  }

  @Override
  public void deliver(long consumerSequence, long streamSequence) {
    super.deliver(consumerSequence, streamSequence);
    deliveredChanged = recording;
  }

  @Override
  public void raiseFloor(long consumerSequence, long streamSequence) {
    super.raiseFloor(consumerSequence, streamSequence);
    floorChanged = recording;
  }

  @Override
  public void addPending(long streamSequence, long consumerSequence, long timestamp) {
    super.addPending(streamSequence, consumerSequence, timestamp);
    if (recording) {
      changes.pending(streamSequence, consumerSequence, timestamp);
    }
  }

  @Override
  public boolean removePending(long streamSequence) {
    boolean removed = super.removePending(streamSequence);
    if (removed && recording) {
      changes.done(streamSequence);
    }
    return removed;
  }

  @Override
  public void setRedelivered(long streamSequence, long times) {
    if (redelivered(streamSequence) == times) {
      requireOpen();
      return;
    }
    super.setRedelivered(streamSequence, times);
    if (recording) {
      changes.redelivered(streamSequence, times);
    }
  }

  @Override
  public void reset(long streamSequence) {
    super.reset(streamSequence);
    if (recording) {
      changes.clear(PREFIX);
      changes.reset(streamSequence);
      deliveredChanged = false;
      floorChanged = false;
    }
  }

  @Override
  public void flush() {
    super.flush();
    if (deliveredChanged) {
      changes.delivered(ConsumerJournal.DELIVERED, deliveredConsumer(), deliveredStream());
      deliveredChanged = false;
    }
    if (floorChanged) {
      changes.delivered(ConsumerJournal.FLOOR, floorConsumer(), floorStream());
      floorChanged = false;
    }
    if (changes.length() == PREFIX) {
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
    changes.clear(PREFIX);
  }

  private void append() throws IOException {
    StoreFile open = opened();
    if (tailDirty) {
      open.truncate(size);
    }
    seal(changes, size);
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

  private void seal(ConsumerJournal journal, long place) {
    LogRecord.putInt(journal.bytes(), 4, (journal.length() - PREFIX) | PLACED);
    LogRecord.putInt(journal.bytes(), 0, sum(journal.bytes(), 0, journal.length()) ^ (int) place);
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
    seal(whole, 0);
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
    syncer.renamed(directory);
    size = whole.length();
    tailDirty = false;
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
