package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A disk in memory that can be full, fail, tear a write, and be looked at as it is after a crash.
 */
final class MemoryDisk implements Disk {
  private static final class Content {
    byte[] bytes = new byte[0];
    int size;
  }

  private final TreeMap<Path, Content> files = new TreeMap<>();
  private long space = Long.MAX_VALUE;
  private int tearAfter = -1;
  private boolean broken;
  private Runnable onSync = () -> {};

  /** So many bytes can still be added to files. */
  void setSpace(long bytes) {
    space = bytes;
  }

  /** The next write stores so many bytes and fails. */
  void tearNextWrite(int after) {
    tearAfter = after;
  }

  /** Whether every change fails. */
  void setBroken(boolean broken) {
    this.broken = broken;
  }

  /** Is run by every sync. */
  void onSync(Runnable action) {
    onSync = action;
  }

  /** The disk as it is now, for the process after the next. */
  MemoryDisk copy() {
    MemoryDisk copy = new MemoryDisk();
    for (Map.Entry<Path, Content> file : files.entrySet()) {
      Content content = new Content();
      content.bytes = file.getValue().bytes.clone();
      content.size = file.getValue().size;
      copy.files.put(file.getKey(), content);
    }
    return copy;
  }

  List<Path> files() {
    return new ArrayList<>(files.keySet());
  }

  long totalSize() {
    return files.values().stream().mapToLong(content -> content.size).sum();
  }

  byte[] content(Path path) {
    Content content = files.get(path);
    return Arrays.copyOf(content.bytes, content.size);
  }

  void setContent(Path path, byte[] bytes) {
    Content content = new Content();
    content.bytes = bytes.clone();
    content.size = bytes.length;
    files.put(path, content);
  }

  private void change() throws IOException {
    if (broken) {
      throw new IOException("Input/output error");
    }
  }

  @Override
  public StoreFile open(Path path) throws IOException {
    Content content = files.get(path);
    if (content == null) {
      change();
      content = new Content();
      files.put(path, content);
    }
    Content opened = content;
    return new StoreFile() {
      @Override
      public long size() {
        return opened.size;
      }

      @Override
      public int read(byte[] target, int offset, int length, long position) {
        int count = (int) Math.max(0, Math.min(length, opened.size - position));
        System.arraycopy(opened.bytes, (int) position, target, offset, count);
        return count;
      }

      @Override
      public void write(byte[] source, int offset, int length, long position) throws IOException {
        change();
        int count = length;
        long growth = Math.max(0, position + count - opened.size);
        if (growth > space) {
          count = (int) Math.max(0, opened.size + space - position);
          put(source, offset, count, (int) position);
          space = 0;
          throw new IOException("No space left on device");
        }
        if (tearAfter >= 0) {
          put(source, offset, Math.min(tearAfter, length), (int) position);
          tearAfter = -1;
          throw new IOException("Input/output error");
        }
        put(source, offset, count, (int) position);
        space -= growth;
      }

      private void put(byte[] source, int offset, int length, int position) {
        if (position + length > opened.bytes.length) {
          opened.bytes = Arrays.copyOf(opened.bytes, Math.max(64, (position + length) * 2));
        }
        System.arraycopy(source, offset, opened.bytes, position, length);
        opened.size = Math.max(opened.size, position + length);
      }

      @Override
      public void truncate(long size) throws IOException {
        change();
        if (size < opened.size) {
          opened.size = (int) size;
        }
      }

      @Override
      public void sync() throws IOException {
        change();
        onSync.run();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public boolean exists(Path file) {
    return files.containsKey(file);
  }

  @Override
  public List<String> list(Path directory) {
    List<String> names = new ArrayList<>();
    for (Path path : files.keySet()) {
      if (path.startsWith(directory) && !path.equals(directory)) {
        String name = path.getName(directory.getNameCount()).toString();
        if (!names.contains(name)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  @Override
  public void createDirectories(Path directory) {}

  @Override
  public void replace(Path from, Path to) throws IOException {
    change();
    Content content = files.remove(from);
    if (content == null) {
      throw new IOException("no such file: " + from);
    }
    files.put(to, content);
  }

  @Override
  public void delete(Path file) throws IOException {
    change();
    files.remove(file);
  }

  @Override
  public void deleteTree(Path directory) throws IOException {
    change();
    files.keySet().removeIf(path -> path.startsWith(directory));
  }

  @Override
  public void sync(Path directory) throws IOException {
    change();
  }
}
