package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;

/** A file system whose files are encrypted; their names are not. Thread-safe. */
final class EncryptedFileSystem extends ForwardingFileSystem {
  private final StoreKeys keys;

  /**
   * Encrypts the files of a stream.
   *
   * @param disk where the encrypted files are
   * @param keys those of the stream
   */
  EncryptedFileSystem(FileSystem disk, StoreKeys keys) {
    super(disk);
    this.keys = keys;
  }

  @Override
  public StoreFile open(Path file) throws IOException {
    return EncryptedFile.open(disk.open(file), file, keys);
  }
}
