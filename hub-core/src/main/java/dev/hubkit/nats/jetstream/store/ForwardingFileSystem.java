package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file system that has the files of another one, and opens them in a way of its own. */
abstract class ForwardingFileSystem implements FileSystem {
  protected final FileSystem disk;

  ForwardingFileSystem(FileSystem disk) {
    this.disk = disk;
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
  public void copy(Path from, Path to) throws IOException {
    disk.copy(from, to);
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
