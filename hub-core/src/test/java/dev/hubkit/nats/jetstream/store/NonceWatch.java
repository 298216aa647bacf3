package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Looks at the frames that encrypted files write, and keeps their nonces: with the key of its file
 * none may come twice.
 */
final class NonceWatch extends ForwardingFileSystem {
  private final Set<ByteBuffer> seen;
  private int frames;

  NonceWatch(FileSystem disk, Set<ByteBuffer> seen) {
    super(disk);
    this.seen = seen;
  }

  static Set<ByteBuffer> noneSeen() {
    return new HashSet<>();
  }

  /** Returns how many frames were written. */
  int frames() {
    return frames;
  }

  private void look(StoreFile file, byte[] bytes, int from, int to) throws IOException {
    byte[] begin = new byte[FileKey.HEADER];
    file.read(begin, 0, begin.length, 0);
    CRC32C checksum = new CRC32C();
    int at = FileKey.isEncrypted(Arrays.copyOfRange(bytes, from, to)) ? from + begin.length : from;
    while (at < to) {
      int length = FrameCipher.length(bytes, at, LogRecord.getInt(begin, 12), checksum);
      if (length < 0) {
        throw new AssertionError("a write of something else than frames");
      }
      byte[] nonce = Arrays.copyOf(begin, 44 + FrameCipher.NONCE);
      System.arraycopy(bytes, at + 12, nonce, 44, FrameCipher.NONCE);
      if (!seen.add(ByteBuffer.wrap(nonce))) {
        throw new AssertionError("a nonce comes twice");
      }
      frames++;
      at += length + FrameCipher.OVERHEAD;
    }
  }

  @Override
  public StoreFile open(Path path) throws IOException {
    StoreFile file = disk.open(path);
    return new StoreFile() {
      @Override
      public long size() throws IOException {
        return file.size();
      }

      @Override
      public int read(byte[] target, int offset, int length, long position) throws IOException {
        return file.read(target, offset, length, position);
      }

      @Override
      public void write(byte[] source, int offset, int length, long position) throws IOException {
        try {
          file.write(source, offset, length, position);
        } finally {
          if (file.size() >= FileKey.HEADER) {
            look(file, source, offset, offset + length);
          }
        }
      }

      @Override
      public void truncate(long size) throws IOException {
        file.truncate(size);
      }

      @Override
      public void movedTo(Path path) {
        file.movedTo(path);
      }

      @Override
      public void sync() throws IOException {
        file.sync();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }
}
