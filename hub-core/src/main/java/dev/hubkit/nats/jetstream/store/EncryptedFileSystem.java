package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file system whose files are encrypted; their names are not. Thread-safe. */
final class EncryptedFileSystem implements FileSystem {
  private final FileSystem disk;
  private final StoreKeys keys;

  /**
   * Encrypts the files of a stream.
   *
   * @param disk where the encrypted files are
   * @param keys those of the stream
   */
  EncryptedFileSystem(FileSystem disk, StoreKeys keys) {
    this.disk = disk;
    this.keys = keys;
  }

  @Override
  public StoreFile open(Path file) throws IOException {
    return EncryptedFile.open(disk.open(file), file, keys);
  }

  @Override
  public boolean exists(Path file) {
    return disk.exists(file);
  }

  @Override
  public boolean isDirectory(Path file) {
    return disk.isDirectory(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    disk.createDirectories(directory);
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    disk.replace(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    disk.delete(file);
  }

  @Override
  public void deleteTree(Path directory) throws IOException {
    disk.deleteTree(directory);
  }

  @Override
  public void sync(Path directory) throws IOException {
    disk.sync(directory);
  }
}
