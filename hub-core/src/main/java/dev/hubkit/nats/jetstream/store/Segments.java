package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The segments of a log, in their order; the last is the active one, which is appended to. */
final class Segments {
  static final String SUFFIX = ".seg";

  private static final Logger logger = LoggerFactory.getLogger(Segments.class);

  private final Disk disk;
  private final Path directory;
  private final Syncer syncer;
  private final List<Segment> list = new ArrayList<>();
  private final List<Segment> replaced = new ArrayList<>(); // while others are made aside
  private final ReadCache cache = new ReadCache();

  Segments(Disk disk, Path directory, Syncer syncer) {
    this.disk = disk;
    this.directory = directory;
    this.syncer = syncer;
  }

  Disk disk() {
    return disk;
  }

  Path directory() {
    return directory;
  }

  Syncer syncer() {
    return syncer;
  }

  ReadCache cache() {
    return cache;
  }

  boolean isEmpty() {
    return list.isEmpty();
  }

  int size() {
    return list.size();
  }

  Segment get(int which) {
    return list.get(which);
  }

  int indexOf(Segment segment) {
    return list.indexOf(segment);
  }

  void add(Segment segment) {
    list.add(segment);
  }

  Segment active() {
    return list.get(list.size() - 1);
  }

  /** The segment that has a sequence, if any has. */
  Segment of(long sequence) {
    int low = 0;
    int high = list.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (list.get(middle).base <= sequence) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return list.get(low);
  }

  /** Whether a sequence is between the base of a segment and that of the next. */
  boolean covers(int which, long sequence) {
    return list.get(which).base <= sequence
        && (which == list.size() - 1 || sequence < list.get(which + 1).base);
  }

  /** After a truncation, sequences come again, and must be found in the segment that follows. */
  void clampBases(long base) {
    for (Segment segment : list) {
      segment.base = Math.min(segment.base, base);
    }
  }

  /** Makes the file of a segment, which is not yet one of these. */
  Segment create(int number, long base, long timestamp) throws IOException {
    Path path = path(number);
    Segment segment = Segment.create(disk, number, path, path, newSalt(), base, timestamp);
    syncer.changed(segment.file());
    syncer.renamed(directory);
    return segment;
  }

  private Path path(int number) {
    return directory.resolve(String.format("%010d%s", number, SUFFIX));
  }

  private static int newSalt() {
    return ThreadLocalRandom.current().nextInt();
  }

  private static Path aside(Path path) {
    return path.resolveSibling(path.getFileName() + ".tmp");
  }

  /** Begins a segment that is going to be the only one. Until then the next start removes it. */
  void beginAnew() throws IOException {
    int number = active().number + 1;
    Path path = path(number);
    Segment only = Segment.create(disk, number, path, aside(path), newSalt(), 1, 0);
    // Should others outlive it, it says that none of them counts.
    only.truncates = true;
    replaced.addAll(list);
    list.clear();
    list.add(only);
  }

  /** Puts the segment of {@link #beginAnew} in the place of those before, in one step. */
  void replaceAll() throws IOException {
    Segment only = active();
    syncer.changed(only.file());
    disk.replace(aside(only.path), only.path);
    syncer.renamed(directory);
    for (Segment old : List.copyOf(replaced)) {
      discard(old);
    }
  }

  /** A segment is about to change otherwise than by being appended to, or has done so. */
  void changed(Segment segment) throws IOException {
    cache.forget(segment);
    if (segment.digested) {
      disk.delete(SegmentDigest.pathOf(segment.path));
      // Or a loss of power could bring back what no longer fits.
      syncer.renamed(directory);
      segment.digested = false;
    }
  }

  /** Takes a segment away of which nothing is needed. */
  void discard(Segment segment) {
    list.remove(segment);
    replaced.remove(segment);
    cache.forget(segment);
    syncer.closed(segment.file());
    try {
      segment.file().close();
      // First what stands for it: a digest without its segment says nothing.
      disk.delete(segment.path);
      disk.delete(SegmentDigest.pathOf(segment.path));
    } catch (IOException e) {
      // All of it is gone by the record, so it only takes room until the next start.
      logger.warn("Can't delete {}", segment.path, e);
    }
  }

  void close() {
    replaced.addAll(list);
    for (Segment segment : replaced) {
      try {
        segment.file().close();
      } catch (IOException e) {
        logger.warn("Can't close {}", segment.path, e);
      }
    }
  }
}
