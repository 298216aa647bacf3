package dev.hubkit.http;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.work.WorkStep;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that have arrived and are read later: in memory while they are few, else in a temporary
 * file that no other user can read and that the spool deletes. Thread-safe.
 */
final class Spool implements Closeable {
  private static final int BLOCK = 8 * 1024;

  private final SpoolSpace space;
  private final int inMemory;
  private final List<byte[]> blocks = new ArrayList<>();
  private @Nullable FileChannel file;
  private long size;
  private boolean closed;

  /**
   * Makes an empty spool.
   *
   * @param inMemory the most bytes to hold in memory
   */
  Spool(SpoolSpace space, int inMemory) {
    this.space = space;
    this.inMemory = inMemory;
  }

  synchronized long size() {
    return size;
  }

  synchronized boolean isOnDisk() {
    return file != null;
  }

  /**
   * Adds bytes behind the others.
   *
   * @throws NoSpoolSpaceException if there is no room; nothing has been added
   * @throws IOException if they cannot be written, or the spool is closed
   */
  synchronized void append(ByteBuffer bytes) throws IOException {
    if (closed) {
      throw new IOException("what waits for the peer has been dropped");
    }
    if (file == null && fitsInMemory(bytes.remaining())) {
      while (bytes.hasRemaining()) {
        int used = (int) (size % BLOCK);
        int count = Math.min(bytes.remaining(), BLOCK - used);
        bytes.get(blocks.get((int) (size / BLOCK)), used, count);
        size += count;
      }
      return;
    }
    int count = bytes.remaining();
    long more = file == null ? size + count : count;
    if (!space.takeDisk(more)) {
      throw new NoSpoolSpaceException();
    }
    boolean written = false;
    try {
      FileChannel target = file == null ? moveToFile() : file;
      writeFully(target, bytes, size);
      size += count;
      written = true;
    } finally {
      if (!written) {
        space.giveDisk(file == null ? more : count);
      }
    }
  }

  private boolean fitsInMemory(int more) {
    if (size + more > inMemory) {
      return false;
    }
    while ((long) blocks.size() * BLOCK < size + more) {
      if (!space.takeMemory(BLOCK)) {
        return false;
      }
      boolean made = false;
      try {
        blocks.add(new byte[BLOCK]);
        made = true;
      } finally {
        if (!made) {
          space.giveMemory(BLOCK);
        }
      }
    }
    return true;
  }

  private FileChannel moveToFile() throws IOException {
    WorkStep.HTTP_SPOOL.reach();
    FileChannel made = PrivateFiles.openTemporary("hub-http");
    boolean moved = false;
    try {
      for (int i = 0; i < blocks.size(); i++) {
        long begin = (long) i * BLOCK;
        int count = (int) Math.min(BLOCK, size - begin);
        if (count > 0) {
          writeFully(made, ByteBuffer.wrap(blocks.get(i), 0, count), begin);
        }
      }
      file = made;
      moved = true;
    } finally {
      if (!moved) {
        made.close();
      }
    }
    dropBlocks();
    return made;
  }

  private static void writeFully(FileChannel target, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += target.write(bytes, at);
    }
  }

  /**
   * Reads from a position.
   *
   * @return how many bytes; -1 at the end
   */
  synchronized int read(long position, ByteBuffer target) throws IOException {
    if (closed) {
      throw new IOException("what was spooled has been dropped");
    }
    if (position >= size) {
      return -1;
    }
    if (file != null) {
      return file.read(target, position);
    }
    int from = (int) (position % BLOCK);
    int count = (int) Math.min(Math.min(target.remaining(), size - position), BLOCK - (long) from);
    target.put(blocks.get((int) (position / BLOCK)), from, count);
    return count;
  }

  /** Opens a stream of all bytes, for one thread. */
  InputStream open() {
    return new InputStream() {
      private long position;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
          return 0;
        }
        int count = Spool.this.read(position, ByteBuffer.wrap(target, offset, length));
        position += Math.max(0, count);
        return count;
      }

      @Override
      public int available() {
        return (int) Math.min(Integer.MAX_VALUE, size() - position);
      }
    };
  }

  /** Forgets everything; more can be added. */
  synchronized void clear() throws IOException {
    dropBlocks();
    FileChannel held = file;
    file = null;
    long had = size;
    size = 0;
    if (held != null) {
      space.giveDisk(had);
      held.close();
    }
  }

  private void dropBlocks() {
    space.giveMemory((long) blocks.size() * BLOCK);
    blocks.clear();
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    clear();
  }
}
