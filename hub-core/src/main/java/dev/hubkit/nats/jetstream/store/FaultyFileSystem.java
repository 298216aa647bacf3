package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets the disk under the stores of a server fail on purpose: full, broken, or as it is after the
 * process that wrote to it has died. All stores of a server share it. Thread-safe.
 */
public final class FaultyFileSystem {
  private static final String FULL = "No space left on device";
  private static final String BROKEN = "Input/output error";

  // All guarded by this object's monitor.
  private final Map<Path, Unsynced> unsynced = new HashMap<>();
  private long space = Long.MAX_VALUE;
  private int tearAfter = -1;
  private boolean broken;
  private Object life = new Object();
  private int changesLeft;
  private Runnable atEnd = () -> {};

  /** The part of a file that a loss of power would take back. */
  private static final class Unsynced {
    private final long size;
    private final List<Overwritten> overwritten = new ArrayList<>();

    Unsynced(long size) {
      this.size = size;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Overwritten(long position, byte[] bytes) {}

  /** Makes a disk without faults. */
  public FaultyFileSystem() {}

  /**
   * Leaves room for this many more bytes on the disk, and for those of files that are deleted or
   * cut; a write that does not fit fails with {@code ENOSPC}.
   */
  public synchronized void leave(long bytes) {
    space = bytes;
  }

  /** Sets whether every change to a file fails with {@code EIO}. */
  public synchronized void fail(boolean on) {
    broken = on;
  }

  /**
   * Makes the next write fail with {@code EIO} after it has written this many bytes. Writes of a
   * log's manifest don't count.
   */
  public synchronized void tearNextWrite(int after) {
    tearAfter = after;
  }

  /** Ends all faults. */
  public synchronized void heal() {
    space = Long.MAX_VALUE;
    tearAfter = -1;
    broken = false;
    changesLeft = 0;
  }

  /**
   * Ends the process that has written so far, as it were: nothing that it still does reaches the
   * disk, though its calls succeed. Stores that are opened from now on belong to the next process.
   *
   * @param powerLoss whether the machine dies with it: file contents that were not synced are lost
   * @throws IOException if they can't be taken back
   */
  public synchronized void die(boolean powerLoss) throws IOException {
    life = new Object();
    changesLeft = 0;
    if (powerLoss) {
      for (Map.Entry<Path, Unsynced> file : unsynced.entrySet()) {
        if (LocalFileSystem.INSTANCE.exists(file.getKey())) {
          takeBack(file.getKey(), file.getValue());
        }
      }
    }
    unsynced.clear();
  }

  /**
   * Loses a directory with all that is in it, as when another disk takes the place of a broken one;
   * nothing happens if there is none. No process that lives may use it.
   *
   * @throws IOException if something in it can't be deleted
   */
  public synchronized void lose(Path directory) throws IOException {
    LocalFileSystem.INSTANCE.deleteTree(directory);
    unsynced.keySet().removeIf(file -> file.startsWith(directory));
  }

  /**
   * Has the process end in the middle of what it does: from one of the next changes on, nothing
   * reaches the disk any more, as after {@link #die}.
   *
   * @param changes which change to files is the first that is not made; 1 for the next one
   * @param ended runs when it comes to that, and must not use the disk
   */
  public synchronized void dieAt(int changes, Runnable ended) {
    changesLeft = changes;
    atEnd = ended;
  }

  private void beforeChange() {
    if (changesLeft > 0 && --changesLeft == 0) {
      life = new Object();
      unsynced.clear();
      atEnd.run();
    }
  }

  private static void takeBack(Path path, Unsynced lost) throws IOException {
    try (StoreFile file = LocalFileSystem.INSTANCE.open(path)) {
      for (int i = lost.overwritten.size() - 1; i >= 0; i--) {
        Overwritten old = lost.overwritten.get(i);
        file.write(old.bytes(), 0, old.bytes().length, old.position());
      }
      if (file.size() > lost.size) {
        file.truncate(lost.size);
      }
      file.sync();
    }
  }

  /** The disk for the stores of a process that lives from now on. */
  synchronized FileSystem disk() {
    return new FaultyDisk(life);
  }

  private void check() throws IOException {
    if (broken) {
      throw new IOException(BROKEN);
    }
  }

  /** The machine's disk with these faults. */
  private final class FaultyDisk implements FileSystem {
    private final FileSystem machine = LocalFileSystem.INSTANCE;
    private final Object mine;

    FaultyDisk(Object mine) {
      this.mine = mine;
    }

    private boolean isDead() {
      return life != mine;
    }

    @Override
    public StoreFile open(Path file) throws IOException {
      synchronized (FaultyFileSystem.this) {
        if (!machine.exists(file)) {
          if (isDead()) {
            return new NoFile();
          }
          check();
        }
        return new FaultyFile(file, machine.open(file));
      }
    }

    @Override
    public boolean exists(Path file) {
      return machine.exists(file);
    }

    @Override
    public boolean isDirectory(Path file) {
      return machine.isDirectory(file);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
      return machine.list(directory);
    }

    private interface Change {
      void make() throws IOException;
    }

    private void change(Change change) throws IOException {
      synchronized (FaultyFileSystem.this) {
        if (!isDead()) {
          beforeChange();
        }
        if (!isDead()) {
          check();
          change.make();
        }
      }
    }

    // Only where it counts: on a disk that is soon full.
    private long sizeOf(Path file) throws IOException {
      return space == Long.MAX_VALUE || !machine.exists(file) || machine.isDirectory(file)
          ? 0
          : Files.size(file);
    }

    private void gained(long bytes) {
      if (space != Long.MAX_VALUE) {
        space += bytes;
      }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
      change(() -> machine.createDirectories(directory));
    }

    @Override
    public void replace(Path from, Path to) throws IOException {
      change(
          () -> {
            long freed = sizeOf(to);
            machine.replace(from, to);
            gained(freed);
            unsynced.remove(to);
            Unsynced moved = unsynced.remove(from);
            if (moved != null) {
              unsynced.put(to, moved);
            }
          });
    }

    @Override
    public void copy(Path from, Path to) throws IOException {
      change(
          () -> {
            if (sizeOf(from) > space) {
              throw new IOException(FULL);
            }
            machine.copy(from, to);
            gained(-sizeOf(to));
          });
    }

    @Override
    public void delete(Path file) throws IOException {
      change(
          () -> {
            long freed = sizeOf(file);
            machine.delete(file);
            gained(freed);
            unsynced.remove(file);
          });
    }

    @Override
    public void deleteTree(Path directory) throws IOException {
      change(
          () -> {
            machine.deleteTree(directory);
            unsynced.keySet().removeIf(path -> path.startsWith(directory));
          });
    }

    @Override
    public void sync(Path directory) throws IOException {
      change(() -> machine.sync(directory));
    }

    /** A file on it. */
    private final class FaultyFile implements StoreFile {
      private Path path;
      private final StoreFile file;

      FaultyFile(Path path, StoreFile file) {
        this.path = path;
        this.file = file;
      }

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
        change(
            () -> {
              int count = length;
              String failure = null;
              long growth = Math.max(0, position + length - file.size());
              if (growth > space) {
                count = (int) Math.max(0, length - (growth - space));
                failure = FULL;
              }
              if (tearAfter >= 0 && !path.endsWith(StoreManifest.NAME)) {
                count = Math.min(tearAfter, count);
                tearAfter = -1;
                failure = BROKEN;
              }
              remember(position, count);
              long before = file.size();
              file.write(source, offset, count, position);
              if (space != Long.MAX_VALUE) {
                space -= file.size() - before;
              }
              if (failure != null) {
                throw new IOException(failure);
              }
            });
      }

      private void remember(long position, int count) throws IOException {
        Unsynced lost = unsynced.get(path);
        if (lost == null) {
          lost = new Unsynced(file.size());
          unsynced.put(path, lost);
        }
        int old = (int) Math.max(0, Math.min(count, lost.size - position));
        if (old > 0) {
          byte[] bytes = new byte[old];
          int read = file.read(bytes, 0, old, position);
          lost.overwritten.add(
              new Overwritten(position, read == old ? bytes : Arrays.copyOf(bytes, read)));
        }
      }

      @Override
      public void truncate(long size) throws IOException {
        change(
            () -> {
              long before = file.size();
              if (size < before) {
                remember(size, (int) Math.min(Integer.MAX_VALUE, before - size));
              }
              file.truncate(size);
              gained(before - Math.min(before, size));
            });
      }

      @Override
      public void movedTo(Path place) {
        synchronized (FaultyFileSystem.this) {
          path = place;
        }
        file.movedTo(place);
      }

      @Override
      public void sync() throws IOException {
        Unsynced synced;
        synchronized (FaultyFileSystem.this) {
          if (isDead()) {
            return;
          }
          check();
          // What is written meanwhile is not synced with it.
          synced = unsynced.remove(path);
        }
        boolean done = false;
        try {
          file.sync();
          done = true;
        } finally {
          if (!done && synced != null) {
            synchronized (FaultyFileSystem.this) {
              unsynced.put(path, synced);
            }
          }
        }
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    }
  }

  /** What a dead process believes to be a file. */
  private static final class NoFile implements StoreFile {
    @Override
    public long size() {
      return 0;
    }

    @Override
    public int read(byte[] target, int offset, int length, long position) {
      return 0;
    }

    @Override
    public void write(byte[] source, int offset, int length, long position) {}

    @Override
    public void truncate(long size) {}

    @Override
    public void movedTo(Path path) {}

    @Override
    public void sync() {}

    @Override
    public void close() {}
  }

  /** These faults, or none. */
  static FileSystem diskOf(@Nullable FaultyFileSystem faults) {
    return faults == null ? LocalFileSystem.INSTANCE : faults.disk();
  }
}
