package dev.hubkit.fossil.sync;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A message that has arrived as a whole, so that working on it does not wait for the network with
 * the repository locked: in memory while it is small, else in a temporary file.
 */
final class Spool implements Closeable {
  private static final int LARGEST_IN_MEMORY = 8 << 20;

  private final byte[] head;
  private final @Nullable FileChannel file;
  private final long size;

  private Spool(byte[] head, @Nullable FileChannel file, long size) {
    this.head = head;
    this.file = file;
    this.size = size;
  }

  /** Takes in the whole message. */
  static Spool of(InputStream message) throws IOException {
    byte[] head = message.readNBytes(LARGEST_IN_MEMORY);
    if (head.length < LARGEST_IN_MEMORY) {
      return new Spool(head, null, head.length);
    }
    Path path = Files.createTempFile("fossil-sync", null);
    FileChannel file =
        FileChannel.open(
            path,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    try {
      OutputStream out = Channels.newOutputStream(file);
      out.write(head);
      message.transferTo(out);
      return new Spool(new byte[0], file, file.size());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  long size() {
    return size;
  }

  /** The message from {@code offset} on. Two streams of one spool must not be read at once. */
  InputStream open(long offset) throws IOException {
    if (file == null) {
      return new ByteArrayInputStream(head, (int) offset, head.length - (int) offset);
    }
    return new BufferedInputStream(Channels.newInputStream(new Window(file, offset)), 1 << 16);
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
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
