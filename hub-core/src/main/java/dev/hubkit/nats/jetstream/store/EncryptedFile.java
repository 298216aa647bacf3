package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file whose content is encrypted, in frames of {@link FrameCipher} behind what {@link FileKey}
 * says. Positions count as if nothing were encrypted.
 *
 * <p>Each write makes frames of its own, so that one that is cut short takes nothing with it that
 * was there before. No nonce comes twice: they count from a random number, a new one for each time
 * that the file is opened. What was changed by others than this class reads as bytes that nobody
 * has written, which then are damage to whoever reads them: as zeros where the file has zeros, else
 * as 255.
 */
final class EncryptedFile implements StoreFile {
  private static final int DAMAGED = 0xFF;

  private final StoreFile file;
  private final Path path;
  private final StoreKeys keys;
  private final byte[] nonce = FileKey.random(FrameCipher.NONCE);
  // The rest is guarded by this object's monitor.
  private @Nullable FileKey key; // null until something is written
  private FrameTable frames = new FrameTable();
  private boolean hasRemains; // of a write that was cut short, behind all frames
  private int unreadable; // so many bytes can't be read, as it is not known what the key is
  private volatile boolean foundDamaged;

  private EncryptedFile(StoreFile file, Path path, StoreKeys keys) {
    this.file = file;
    this.path = path;
    this.keys = keys;
  }

  /**
   * Opens a file.
   *
   * @param file the encrypted bytes; is closed if this fails
   */
  static EncryptedFile open(StoreFile file, Path path, StoreKeys keys) throws IOException {
    EncryptedFile opened = new EncryptedFile(file, path, keys);
    try {
      opened.load();
      return opened;
    } catch (IOException | RuntimeException | Error e) {
      try {
        file.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private synchronized void load() throws IOException {
    long size = file.size();
    byte[] begin = begin(file, size);
    FileKey found = FileKey.open(keys, begin);
    key = found;
    frames = found == null ? new FrameTable() : FrameScanner.scan(file, found, size);
    hasRemains = found == null ? size > 0 : size > frames.fileEnd();
    unreadable = found == null ? (int) Math.min(Integer.MAX_VALUE, size) : 0;
  }

  /** What an encrypted file says about its key. */
  static byte[] begin(StoreFile file, long size) throws IOException {
    byte[] begin = new byte[(int) Math.min(FileKey.HEADER, size)];
    int read = file.read(begin, 0, begin.length, 0);
    return read < begin.length ? Arrays.copyOf(begin, read) : begin;
  }

  /** Whether something that was read could not be decrypted. */
  boolean isFoundDamaged() {
    return foundDamaged;
  }

  /** Whether a new file would be encrypted in the same way. */
  synchronized boolean isCurrent() {
    FileKey own = key;
    return own != null && own.isCurrent();
  }

  @Override
  public synchronized long size() {
    return key == null ? unreadable : frames.end();
  }

  @Override
  public boolean isOverwritable() {
    return false;
  }

  @Override
  public synchronized boolean canCutAt(long position) {
    return position >= frames.end() || frames.start(frames.find((int) position)) == position;
  }

  // --- reading ---

  @Override
  public int read(byte[] target, int offset, int length, long position) throws IOException {
    int done = 0;
    while (done < length) {
      int step = step(target, offset + done, length - done, position + done);
      if (step == 0) {
        break;
      }
      done += step;
    }
    return done;
  }

  /** Reads what one frame has of the wanted bytes; returns how many. */
  private int step(byte[] target, int offset, int length, long position) throws IOException {
    FileKey own;
    int start;
    int size;
    int place;
    synchronized (this) {
      own = key;
      if (position >= size()) {
        return 0;
      }
      if (own == null) {
        int step = (int) Math.min(length, unreadable - position);
        Arrays.fill(target, offset, offset + step, (byte) DAMAGED);
        foundDamaged = true;
        return step;
      }
      int frame = frames.find((int) position);
      start = frames.start(frame);
      size = frames.length(frame);
      place = frames.isReadable(frame) ? frames.place(frame) : ~frames.place(frame);
    }
    int from = (int) position - start;
    int step = Math.min(length, size - from);
    if (place < 0) {
      fill(target, offset, step, ~place, size);
      return step;
    }
    FrameCipher cipher = FrameCipher.take(own.cipher());
    try {
      int all = size + FrameCipher.OVERHEAD;
      byte[] content = cipher.content();
      if (file.read(cipher.room(all), 0, all, place) == all
          && FrameCipher.start(cipher.room(all), 0) == start
          && cipher.decrypt(own, size, content)) {
        System.arraycopy(content, from, target, offset, step);
      } else {
        fill(target, offset, step, place + FrameCipher.PREFIX, size);
      }
    } finally {
      cipher.giveBack();
    }
    return step;
  }

  private void fill(byte[] target, int offset, int length, int place, int size) throws IOException {
    foundDamaged = true;
    byte[] there = new byte[size];
    int read = file.read(there, 0, size, place);
    boolean isZero = true;
    for (int i = 0; i < read && isZero; i++) {
      isZero = there[i] == 0;
    }
    Arrays.fill(target, offset, offset + length, isZero && read > 0 ? 0 : (byte) DAMAGED);
  }

  // --- writing ---

  @Override
  public void write(byte[] source, int offset, int length, long position) throws IOException {
    write(source, offset, length, position, 0);
  }

  @Override
  public synchronized void write(byte[] source, int offset, int length, long position, int tail)
      throws IOException {
    if (length == 0) {
      return;
    }
    if (key == null && position == 0) {
      frames = new FrameTable();
    }
    if (position > frames.end() || (key == null && position > 0)) {
      throw new IOException("nothing is in front of byte " + position + " of " + path);
    }
    int frame = position == frames.end() ? frames.count() : frames.find((int) position);
    byte[] before = frame == frames.count() ? new byte[0] : headOf(frame, (int) position);
    byte[] all = source;
    int from = offset;
    int count = length;
    if (before.length > 0) {
      count = before.length + length;
      all = Arrays.copyOf(before, count);
      System.arraycopy(source, offset, all, before.length, length);
      from = 0;
    }
    put(frame, all, from, count, Math.min(tail, length));
  }

  /** What a frame has in front of a position. */
  private byte[] headOf(int frame, int position) throws IOException {
    byte[] head = new byte[position - frames.start(frame)];
    if (head.length > 0 && !frames.isReadable(frame)) {
      throw new StoreException.Corrupt(path, "byte " + position + " is in a damaged part");
    }
    read(head, 0, head.length, frames.start(frame));
    return head;
  }

  /** Writes frames in the place of one and those behind it, as far as they reach. */
  private void put(int frame, byte[] source, int offset, int length, int tail) throws IOException {
    FileKey own = key == null ? FileKey.create(keys) : key;
    int head = key == null ? FileKey.HEADER : 0;
    boolean isLast = frame == frames.count();
    int start = isLast ? frames.end() : frames.start(frame);
    int place = isLast ? frames.fileEnd() : frames.place(frame);
    FrameCipher cipher = FrameCipher.take(own.cipher());
    try {
      int most = length + (length / FrameCipher.MAX_CONTENT + 2) * FrameCipher.OVERHEAD;
      byte[] out = cipher.room(head + most);
      System.arraycopy(own.header(), 0, out, 0, head);
      int at = head;
      for (int done = 0; done < length; ) {
        int step = contentLength(length - done, tail);
        at += cipher.encrypt(own, nextNonce(), start + done, source, offset + done, step, at);
        done += step;
      }
      requireRoom(frame, place + at - head);
      if (isLast) {
        cutRemains(place - head);
      }
      write(out, at, place - head);
    } finally {
      cipher.giveBack();
    }
    key = own;
    unreadable = 0;
    wrote(frame, place, length, tail);
  }

  /** How much of the rest of a write the next frame takes. */
  private static int contentLength(int rest, int tail) {
    return Math.min(rest > tail ? rest - tail : rest, FrameCipher.MAX_CONTENT);
  }

  /** Checks that what mends a damaged part damages no other. */
  private void requireRoom(int frame, int end) {
    if (frame + 1 < frames.count() && !frames.isReadable(frame) && frames.place(frame + 1) < end) {
      throw new StoreException.Corrupt(path, "there is no room to mend it");
    }
  }

  private void cutRemains(int end) throws IOException {
    if (hasRemains) {
      file.truncate(end);
      hasRemains = false;
    }
  }

  private void wrote(int frame, int place, int length, int tail) {
    FrameTable old = frame + 1 < frames.count() ? frames.copy() : null;
    int fileEnd = frames.fileEnd();
    frames.cut(frame);
    int at = place;
    for (int done = 0; done < length; ) {
      int step = contentLength(length - done, tail);
      frames.add(step, at);
      at += step + FrameCipher.OVERHEAD;
      done += step;
    }
    if (old != null) {
      frames.addRest(old, frame);
    }
    hasRemains |= fileEnd > frames.fileEnd();
  }

  private void write(byte[] bytes, int length, int place) throws IOException {
    try {
      file.write(bytes, 0, length, place);
    } catch (IOException e) {
      try {
        load(); // some of it may be there
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private byte[] nextNonce() {
    for (int i = 0; i < nonce.length && ++nonce[i] == 0; i++) {
      // carries
    }
    return nonce;
  }

  @Override
  public synchronized void truncate(long size) throws IOException {
    if (key != null && size >= frames.end()) {
      cutRemains(frames.fileEnd());
      return;
    }
    if (size == 0 || key == null) {
      file.truncate(size);
      load();
      return;
    }
    int frame = frames.find((int) size);
    byte[] head = headOf(frame, (int) size);
    if (head.length > 0) {
      put(frame, head, 0, head.length, 0);
      frame++;
    }
    frames.cut(frame);
    file.truncate(frames.fileEnd());
    hasRemains = false;
  }

  @Override
  public void movedTo(Path place) {
    file.movedTo(place);
  }

  @Override
  public void sync() throws IOException {
    file.sync();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
