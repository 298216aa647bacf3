package dev.hubkit.nats.jetstream.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * An open file. Only {@link #read} and {@link #sync} may be called by another thread than the rest.
 */
interface StoreFile extends Closeable {
  long size() throws IOException;

  /** Reads up to {@code length} bytes, fewer only at the end of the file. Returns how many. */
  int read(byte[] target, int offset, int length, long position) throws IOException;

  /** Writes all the bytes, or some of them and fails. */
  void write(byte[] source, int offset, int length, long position) throws IOException;

  /**
   * Writes as {@link #write(byte[], int, int, long)}.
   *
   * @param tail how many of the last bytes the next write is going to write over
   */
  default void write(byte[] source, int offset, int length, long position, int tail)
      throws IOException {
    write(source, offset, length, position);
  }

  /** Whether a write in the midst of the file leaves alone all that is around it. */
  default boolean isOverwritable() {
    return true;
  }

  /** Whether the file can be cut at a position, in one step, without a change to what is before. */
  default boolean canCutAt(long position) {
    return true;
  }

  void truncate(long size) throws IOException;

  /** Tells that the file has got another name, by which it can be opened again. */
  void movedTo(Path path);

  /** Makes the content safe against loss of power. */
  void sync() throws IOException;
}
