package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that can be full, fail, or tear a write. A test can see it as the process or the
 * machine would leave it by ending at any change.
 *
 * <p>After a loss of power, a file holds what was synced, and any of the later writes, wholly or in
 * part. Of the changes to names in a directory (creations, moves, deletions) since its last sync,
 * the first so many have lasted, as on a file system that keeps a journal of them. When the name of
 * a directory is lost, its contents are lost with it.
 */
final class MemoryDisk implements FileSystem {
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

    /** Returns how much of a torn write reaches the disk. Sectors change as a whole. */
    int tear(int position, int length, Random random) {
      int end = position + random.nextInt(length + 1);
      boolean isWhole = end == position + length || end >= size;
      return isWhole ? end - position : Math.max(0, end - end % SECTOR - position);
    }

    void truncate(int length) {
      Arrays.fill(bytes, Math.min(length, size), size, (byte) 0);
      size = Math.min(size, length);
    }
  }

  /** A write, or a truncation when it has no bytes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Write(int position, byte @Nullable [] bytes) {}

  /** A name that a content got or lost; a directory has an empty content as its identity. */
  private record Naming(Path name, Content content, boolean isDirectory, boolean there) {}

  private final TreeMap<Path, Content> files = new TreeMap<>();
  private final Map<Path, Content> directories = new HashMap<>();
  // The state that a loss of power leaves, and the later changes by directory.
  private final Map<Path, Content> durableFiles = new HashMap<>();
  private final Map<Path, Content> durableDirectories = new HashMap<>();
  private final Map<Path, List<List<Naming>>> unsynced = new HashMap<>();
  private long space = Long.MAX_VALUE;
  private int tearAfter = -1;
  private boolean broken;
  private Runnable onSync = () -> {};
  private int changesToLive = -1;
  private @Nullable Random death;
  private boolean powerLoss;
  private @Nullable MemoryDisk remains;

  private void gained(long bytes) {
    if (space < Long.MAX_VALUE / 2) {
      space += bytes;
    }
  }

  /** Lets files grow by {@code bytes} in all, and by as many bytes as are freed. */
  void setSpace(long bytes) {
    space = bytes;
  }

  /**
   * Makes the next write store {@code after} bytes and fail; spares the manifest, which a store can
   * do without.
   */
  void tearNextWrite(int after) {
    tearAfter = after;
  }

  /** Sets whether every change fails. */
  void setBroken(boolean broken) {
    this.broken = broken;
  }

  /** Sets what every sync runs. */
  void onSync(Runnable action) {
    onSync = action;
  }

  // --- the end ---

  /**
   * Makes the process or the machine end at the change after the next {@code changes}. {@link
   * #remains} then returns what is left, even when this disk stays in use.
   */
  void die(int changes, boolean power, Random random) {
    changesToLive = changes;
    death = random;
    powerLoss = power;
    remains = null;
  }

  /** Returns the disk after the end; null when the end has not come, and then cancels it. */
  @Nullable MemoryDisk remains() {
    MemoryDisk left = remains;
    changesToLive = -1;
    remains = null;
    return left;
  }

  /** Returns a copy of the disk as it is now, for the next process. */
  MemoryDisk copy() {
    MemoryDisk copy = new MemoryDisk();
    files.forEach((path, content) -> copy.setContent(path, content.all()));
    directories.keySet().forEach(copy::keepDirectory);
    return copy;
  }

  private void keepDirectory(Path directory) {
    Content content = directories.computeIfAbsent(directory, key -> new Content());
    durableDirectories.put(directory, content);
  }

  /** Returns what a loss of power would leave now. */
  MemoryDisk afterPowerLoss(Random random) {
    Map<Path, Content> names = new HashMap<>(durableFiles);
    Map<Path, Content> kept = new HashMap<>(durableDirectories);
    for (List<List<Naming>> changes : unsynced.values()) {
      int survive = random.nextInt(changes.size() + 1);
      for (List<Naming> change : changes.subList(0, survive)) {
        apply(change, names, kept);
      }
    }
    MemoryDisk left = new MemoryDisk();
    kept.keySet().stream()
        .filter(each -> isReachable(each, kept.keySet()))
        .forEach(left::keepDirectory);
    names.forEach(
        (path, content) -> {
          if (isReachable(path, kept.keySet())) {
            left.setContent(path, whatIsLeft(content, random));
          }
        });
    return left;
  }

  private static void apply(
      List<Naming> change, Map<Path, Content> names, Map<Path, Content> kept) {
    for (Naming naming : change) {
      Map<Path, Content> among = naming.isDirectory() ? kept : names;
      if (naming.there()) {
        among.put(naming.name(), naming.content());
      } else if (among.remove(naming.name(), naming.content()) && naming.isDirectory()) {
        names.keySet().removeIf(path -> path.startsWith(naming.name()));
        kept.keySet().removeIf(path -> path.startsWith(naming.name()));
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

  /** Prepares for a change, which may be a write. */
  private void change(
      @Nullable Content content, byte[] source, int offset, int length, int position)
      throws IOException {
    Random random = death;
    if (random != null && changesToLive >= 0 && changesToLive-- == 0) {
      if (content != null && random.nextBoolean()) {
        // The process ends in the middle of the write.
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
      apply(List.of(changes), durableFiles, durableDirectories); // the root directory
    }
  }

  @Override
  public StoreFile open(Path path) throws IOException {
    Content content = files.get(path);
    if (content == null) {
      change();
      content = new Content();
      files.put(path, content);
      named(path, new Naming(path, content, false, true));
    }
    return new MemoryFile(content, path.endsWith(StoreManifest.NAME));
  }

  private final class MemoryFile implements StoreFile {
    private final Content content;
    private final boolean isNeedless;

    MemoryFile(Content content, boolean isNeedless) {
      this.content = content;
      this.isNeedless = isNeedless;
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
      if (tearAfter >= 0 && !isNeedless) {
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
        gained(content.size - size);
        content.truncate((int) size);
        content.unsynced.add(new Write((int) size, null));
      }
    }

    @Override
    public void movedTo(Path path) {}

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
    return files.containsKey(file) || directories.containsKey(file);
  }

  @Override
  public boolean isDirectory(Path file) {
    return directories.containsKey(file);
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
    if (directories.containsKey(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    change();
    Content content = new Content();
    directories.put(directory, content);
    named(directory, new Naming(directory, content, true, true));
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    change();
    Content content = files.remove(from);
    if (content != null) {
      Content old = files.put(to, content);
      gained(old == null ? 0 : old.size);
      named(to, new Naming(from, content, false, false), new Naming(to, content, false, true));
    } else if (directories.containsKey(from)) {
      moveDirectory(from, to);
    } else {
      throw new IOException("no such file: " + from);
    }
  }

  /** Moves a directory; the names in it that are durable stay durable at the new place. */
  private void moveDirectory(Path from, Path to) {
    for (Path each : files()) {
      if (each.startsWith(from)) {
        files.put(to.resolve(from.relativize(each)), files.remove(each));
      }
    }
    for (Path each : List.copyOf(directories.keySet())) {
      if (each.startsWith(from)) {
        directories.put(to.resolve(from.relativize(each)), directories.remove(each));
      }
    }
    List<Naming> moved = new ArrayList<>();
    for (Map<Path, Content> safe : List.of(durableFiles, durableDirectories)) {
      boolean isDirectory = safe == durableDirectories;
      safe.forEach(
          (each, content) -> {
            if (each.startsWith(from)) {
              moved.add(new Naming(each, content, isDirectory, false));
              moved.add(new Naming(to.resolve(from.relativize(each)), content, isDirectory, true));
            }
          });
    }
    for (Path each : List.copyOf(unsynced.keySet())) {
      if (each.startsWith(from)) {
        unsynced.remove(each); // a loss of power loses the names in it that were not durable
      }
    }
    named(to, moved.toArray(new Naming[0]));
  }

  @Override
  public void copy(Path from, Path to) throws IOException {
    byte[] content = content(from);
    try (StoreFile copy = open(to)) {
      copy.write(content, 0, content.length, 0);
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    Content content = files.get(file);
    if (content != null) {
      change();
      gained(content.size);
      files.remove(file);
      named(file, new Naming(file, content, false, false));
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
    for (Path each : List.copyOf(directories.keySet())) {
      if (each.startsWith(directory)) {
        named(each, new Naming(each, directories.remove(each), true, false));
        unsynced.remove(each); // only its durable names can come back
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
