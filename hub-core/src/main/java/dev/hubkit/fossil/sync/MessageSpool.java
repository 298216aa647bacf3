package dev.hubkit.fossil.sync;

import dev.hubkit.io.PrivateFiles;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * A whole message, so that processing it never waits for the network while the repository is
 * locked. In memory while it is small, else in a temporary file.
 */
final class MessageSpool implements Closeable {
  private static final int LARGEST_IN_MEMORY =
      (int) Math.max(256 << 10, Math.min(8 << 20, Runtime.getRuntime().maxMemory() / 128));

  private final byte[] head;
  private final @Nullable FileChannel file;
  private final long size;
  private final @Nullable MessageLimit limit;

  private MessageSpool(
      byte[] head, @Nullable FileChannel file, long size, @Nullable MessageLimit limit) {
    this.head = head;
    this.file = file;
    this.size = size;
    this.limit = limit;
  }

  /** Reads the whole message. */
  static MessageSpool of(InputStream message) throws IOException {
    return of(message, null);
  }

  /**
   * Reads the whole message, within a limit.
   *
   * @throws SyncProtocolException if it exceeds the limit; then nothing of it is left
   */
  static MessageSpool of(InputStream message, @Nullable MessageLimit limit) throws IOException {
    byte[] head = message.readNBytes(LARGEST_IN_MEMORY);
    if (head.length < LARGEST_IN_MEMORY) {
      return new MessageSpool(head, null, head.length, null);
    }
    LimitedFile file = new LimitedFile(PrivateFiles.openTemporary("fossil-sync"), head, limit);
    boolean whole = false;
    try {
      file.write(head);
      message.transferTo(file);
      whole = true;
      return new MessageSpool(new byte[0], file.file, file.size, limit);
    } finally {
      if (!whole) {
        release(file.file, file.size, limit);
      }
    }
  }

  private static void release(FileChannel file, long size, @Nullable MessageLimit limit)
      throws IOException {
    if (limit != null) {
      limit.release(size);
    }
    file.close();
  }

  /** Writes a message as far as its limit allows. */
  private static final class LimitedFile extends OutputStream {
    private final FileChannel file;
    private final byte[] head;
    private final @Nullable MessageLimit limit;
    private final OutputStream out;
    private long size;
    private boolean checked;

    LimitedFile(FileChannel file, byte[] head, @Nullable MessageLimit limit) {
      this.file = file;
      this.head = head;
      this.limit = limit;
      this.out = Channels.newOutputStream(file);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (limit != null) {
        if (!checked && size + length > MessageLimit.GUEST_UNPACKED) {
          limit.check(head);
          checked = true;
        }
        limit.reserve(length);
      }
      size += length;
      out.write(bytes, offset, length);
    }
  }

  long size() {
    return size;
  }

  /**
   * Returns the message from {@code offset} on. Two streams of one spool must not be read at once.
   */
  InputStream open(long offset) throws IOException {
    if (file == null) {
      return new ByteArrayInputStream(head, (int) offset, head.length - (int) offset);
    }
    return new BufferedInputStream(Channels.newInputStream(new Window(file, offset)), 1 << 16);
  }

  @Override
  public void close() throws IOException {
    if (file != null && file.isOpen()) {
      release(file, size, limit);
    }
  }

  /** Reads a channel from a place of its own. */
  private static final class Window implements java.nio.channels.ReadableByteChannel {
    private final FileChannel file;
    private long position;

    Window(FileChannel file, long position) {
      this.file = file;
      this.position = position;
    }

    @Override
    public int read(java.nio.ByteBuffer target) throws IOException {
      int read = file.read(target, position);
      position += Math.max(0, read);
      return read;
    }

    @Override
    public boolean isOpen() {
      return file.isOpen();
    }

    @Override
    public void close() {
      // The spool closes the file.
    }
  }
}
