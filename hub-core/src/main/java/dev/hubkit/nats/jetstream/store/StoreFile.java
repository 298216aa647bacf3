package dev.hubkit.nats.jetstream.store;

import java.io.Closeable;
import java.io.IOException;

/**
 * An open file. Only {@link #read} and {@link #sync} may be called by another thread than the rest.
 */
interface StoreFile extends Closeable {
  long size() throws IOException;

  /** Reads up to {@code length} bytes, fewer only at the end of the file. Returns how many. */
  int read(byte[] target, int offset, int length, long position) throws IOException;

  /** Writes all the bytes, or some of them and fails. */
  void write(byte[] source, int offset, int length, long position) throws IOException;

  void truncate(long size) throws IOException;

  /** Makes the content safe against loss of power. */
  void sync() throws IOException;
}
