package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that can be full, fail, tear a write, and be looked at as it is after the end of
 * the process, or of the machine, at any of its changes.
 *
 * <p>After a loss of power a file holds what was synced, and of later writes any, wholly or in
 * part. Of the names in a directory (made, moved, deleted) the first so many changes since its last
 * sync are there, as of a file system that keeps a journal of them; what is in a directory whose
 * own name is lost is lost with it.
 */
final class MemoryDisk implements Disk {
  private static final int SECTOR = 512;

  private static final class Content {
    byte[] bytes = new byte[0];
    int size;
    byte[] durable = new byte[0];
    final List<Write> unsynced = new ArrayList<>();

    byte[] all() {
      return Arrays.copyOf(bytes, size);
    }

    void set(byte[] content) {
      bytes = content.clone();
      size = content.length;
    }

    void put(byte[] source, int offset, int length, int position) {
      if (position + length > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(64, (position + length) * 2));
      }
      Arrays.fill(bytes, Math.min(size, position), position, (byte) 0);
      System.arraycopy(source, offset, bytes, position, length);
      size = Math.max(size, position + length);
    }

    /** How much of a write is done when it is cut short. Sectors change as a whole. */
    int tear(int position, int length, Random random) {
      int end = position + random.nextInt(length + 1);
      boolean isWhole = end == position + length || position >= size;
      return isWhole ? end - position : Math.max(0, end - end % SECTOR - position);
    }

    void truncate(int length) {
      Arrays.fill(bytes, Math.min(length, size), size, (byte) 0);
      size = Math.min(size, length);
    }
  }

  /** A write, or (without bytes) a truncation. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Write(int position, byte @Nullable [] bytes) {}

  /** A name that came (with a content), or went; a directory has no content. */
  private record Naming(Path name, @Nullable Content content, boolean there) {}

  private final TreeMap<Path, Content> files = new TreeMap<>();
  private final Set<Path> directories = new HashSet<>();
  // What a loss of power leaves, and by directory what came since.
  private final Map<Path, Content> durableFiles = new HashMap<>();
  private final Set<Path> durableDirectories = new HashSet<>();
  private final Map<Path, List<List<Naming>>> unsynced = new HashMap<>();
  private long space = Long.MAX_VALUE;
  private int tearAfter = -1;
  private boolean broken;
  private Runnable onSync = () -> {};
  private int changesToLive = -1;
  private @Nullable Random death;
  private boolean powerLoss;
  private @Nullable MemoryDisk remains;

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

  // --- the end ---

  /**
   * The process, or the machine, ends at the change after so many: {@link #remains} then is what is
   * left, also when this disk is used on.
   */
  void die(int changes, boolean power, Random random) {
    changesToLive = changes;
    death = random;
    powerLoss = power;
    remains = null;
  }

  /** The disk after the end; null when it has not come. */
  @Nullable MemoryDisk remains() {
    changesToLive = -1;
    return remains;
  }

  /** The disk as it is now, for the process after the next. */
  MemoryDisk copy() {
    MemoryDisk copy = new MemoryDisk();
    files.forEach((path, content) -> copy.setContent(path, content.all()));
    directories.forEach(copy::keepDirectory);
    return copy;
  }

  private void keepDirectory(Path directory) {
    directories.add(directory);
    durableDirectories.add(directory);
  }

  /** What a loss of power leaves now. */
  MemoryDisk afterPowerLoss(Random random) {
    Map<Path, Content> names = new HashMap<>(durableFiles);
    Set<Path> kept = new HashSet<>(durableDirectories);
    for (List<List<Naming>> changes : unsynced.values()) {
      int survive = random.nextInt(changes.size() + 1);
      for (List<Naming> change : changes.subList(0, survive)) {
        apply(change, names, kept);
      }
    }
    MemoryDisk left = new MemoryDisk();
    kept.stream().filter(each -> isReachable(each, kept)).forEach(left::keepDirectory);
    names.forEach(
        (path, content) -> {
          if (isReachable(path, kept)) {
            left.setContent(path, whatIsLeft(content, random));
          }
        });
    return left;
  }

  private static void apply(List<Naming> change, Map<Path, Content> names, Set<Path> kept) {
    for (Naming naming : change) {
      Content content = naming.content();
      if (content == null) {
        if (naming.there()) {
          kept.add(naming.name());
        } else {
          kept.remove(naming.name());
        }
      } else if (naming.there()) {
        names.put(naming.name(), content);
      } else {
        names.remove(naming.name());
      }
    }
  }

  private static boolean isReachable(Path path, Set<Path> kept) {
    for (Path at = path.getParent(); at != null; at = at.getParent()) {
      if (!kept.contains(at)) {
        return false;
      }
    }
    return true;
  }

  private static byte[] whatIsLeft(Content content, Random random) {
    Content left = new Content();
    left.set(content.durable);
    int luck = random.nextInt(4);
    for (Write write : content.unsynced) {
      if (luck == 0 || (luck > 1 && random.nextBoolean())) {
        continue;
      }
      byte[] bytes = write.bytes();
      if (bytes == null) {
        left.truncate(write.position());
      } else {
        int length = luck == 3 ? left.tear(write.position(), bytes.length, random) : bytes.length;
        left.put(bytes, 0, length, write.position());
      }
    }
    return left.all();
  }

  private void change() throws IOException {
    change(null, new byte[0], 0, 0, 0);
  }

  /** A change is about to be made: perhaps a write. */
  private void change(
      @Nullable Content content, byte[] source, int offset, int length, int position)
      throws IOException {
    Random random = death;
    if (random != null && changesToLive >= 0 && changesToLive-- == 0) {
      if (content != null && random.nextBoolean()) {
        // In the middle of it.
        Content torn = new Content();
        torn.set(content.all());
        int part = torn.tear(position, length, random);
        torn.put(source, offset, part, position);
        byte[] before = content.all();
        content.set(torn.all());
        content.unsynced.add(
            new Write(position, Arrays.copyOfRange(source, offset, offset + part)));
        remains = powerLoss ? afterPowerLoss(random) : copy();
        content.unsynced.remove(content.unsynced.size() - 1);
        content.set(before);
      } else {
        remains = powerLoss ? afterPowerLoss(random) : copy();
      }
    }
    if (broken) {
      throw new IOException("Input/output error");
    }
  }

  // --- looking at it ---

  List<Path> files() {
    return new ArrayList<>(files.keySet());
  }

  long totalSize() {
    return files.values().stream().mapToLong(content -> content.size).sum();
  }

  byte[] content(Path path) {
    return files.get(path).all();
  }

  void setContent(Path path, byte[] bytes) {
    Content content = new Content();
    content.set(bytes);
    content.durable = bytes.clone();
    files.put(path, content);
    durableFiles.put(path, content);
    for (Path at = path.getParent(); at != null; at = at.getParent()) {
      keepDirectory(at);
    }
  }

  // --- as a disk ---

  private void named(Path path, Naming... changes) {
    Path parent = path.getParent();
    if (parent != null) {
      unsynced.computeIfAbsent(parent, key -> new ArrayList<>()).add(List.of(changes));
    } else {
      apply(List.of(changes), durableFiles, durableDirectories); // the root of it all
    }
  }

  @Override
  public StoreFile open(Path path) throws IOException {
    Content content = files.get(path);
    if (content == null) {
      change();
      content = new Content();
      files.put(path, content);
      named(path, new Naming(path, content, true));
    }
    return new MemoryFile(content);
  }

  private final class MemoryFile implements StoreFile {
    private final Content content;

    MemoryFile(Content content) {
      this.content = content;
    }

    @Override
    public long size() {
      return content.size;
    }

    @Override
    public int read(byte[] target, int offset, int length, long position) {
      int count = (int) Math.max(0, Math.min(length, content.size - position));
      System.arraycopy(
          content.bytes, (int) Math.min(position, content.size), target, offset, count);
      return count;
    }

    @Override
    public void write(byte[] source, int offset, int length, long position) throws IOException {
      change(content, source, offset, length, (int) position);
      long growth = Math.max(0, position + length - content.size);
      if (growth > space) {
        put(source, offset, (int) Math.max(0, content.size + space - position), (int) position);
        space = 0;
        throw new IOException("No space left on device");
      }
      if (tearAfter >= 0) {
        put(source, offset, Math.min(tearAfter, length), (int) position);
        tearAfter = -1;
        throw new IOException("Input/output error");
      }
      put(source, offset, length, (int) position);
      space -= growth;
    }

    private void put(byte[] source, int offset, int length, int position) {
      content.put(source, offset, length, position);
      content.unsynced.add(
          new Write(position, Arrays.copyOfRange(source, offset, offset + length)));
    }

    @Override
    public void truncate(long size) throws IOException {
      change();
      if (size < content.size) {
        content.truncate((int) size);
        content.unsynced.add(new Write((int) size, null));
      }
    }

    @Override
    public void sync() throws IOException {
      change();
      content.durable = content.all();
      content.unsynced.clear();
      onSync.run();
    }

    @Override
    public void close() {}
  }

  @Override
  public boolean exists(Path file) {
    return files.containsKey(file) || directories.contains(file);
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
  public void createDirectories(Path directory) throws IOException {
    if (directories.contains(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    change();
    directories.add(directory);
    named(directory, new Naming(directory, null, true));
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    change();
    Content content = files.remove(from);
    if (content == null) {
      throw new IOException("no such file: " + from);
    }
    files.put(to, content);
    named(to, new Naming(from, content, false), new Naming(to, content, true));
  }

  @Override
  public void delete(Path file) throws IOException {
    Content content = files.get(file);
    if (content != null) {
      change();
      files.remove(file);
      named(file, new Naming(file, content, false));
    }
  }

  @Override
  public void deleteTree(Path directory) throws IOException {
    for (Path path : files()) {
      if (path.startsWith(directory)) {
        delete(path);
      }
    }
    change();
    for (Path each : List.copyOf(directories)) {
      if (each.startsWith(directory)) {
        directories.remove(each);
        named(each, new Naming(each, null, false));
      }
    }
  }

  @Override
  public void sync(Path directory) throws IOException {
    change();
    List<List<Naming>> changes = unsynced.remove(directory);
    if (changes != null) {
      changes.forEach(change -> apply(change, durableFiles, durableDirectories));
    }
  }
}
