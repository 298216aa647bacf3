package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The segments of a log, in their order; the last is the active one, which is appended to. */
final class Segments {
  static final String SUFFIX = ".seg";

  private static final Log logger = Log.of(Segments.class);

  private final FileSystem disk;
  private final Path directory;
  private final Syncer syncer;
  private final List<Segment> list = new ArrayList<>();
  private final List<Segment> replaced = new ArrayList<>(); // while others are made aside
  private final ReadCache cache = new ReadCache();
  private final int log;
  private @Nullable StoreManifest manifest;

  /**
   * The segments in a directory.
   *
   * @param log distinguishes the log from others
   */
  Segments(FileSystem disk, Path directory, Syncer syncer, int log) {
    this.disk = disk;
    this.directory = directory;
    this.syncer = syncer;
    this.log = log;
  }

  /** Distinguishes the log from others. */
  int log() {
    return log;
  }

  /** The facts that outlive the loss of segments; read when a caller first asks for them. */
  StoreManifest manifest() throws IOException {
    StoreManifest known = manifest;
    if (known == null) {
      known = StoreManifest.read(disk, directory, log);
      manifest = known;
    }
    return known;
  }

  FileSystem disk() {
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

  /** The oldest segments, as many as this. */
  List<Segment> first(int count) {
    return List.copyOf(list.subList(0, count));
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
    SegmentHeader header = new SegmentHeader(newSalt(), false, true, base, timestamp);
    Segment segment = Segment.create(disk, number, path, path, log, header);
    syncer.changed(segment.file());
    syncer.renamed(directory);
    return segment;
  }

  /** Makes the file of a segment aside; until {@link #putInPlace} the next start removes it. */
  Segment createAside(int number, long base, long timestamp) throws IOException {
    Path path = path(number);
    SegmentHeader header = new SegmentHeader(newSalt(), false, true, base, timestamp);
    return Segment.create(disk, number, path, aside(path), log, header);
  }

  /** Gives the file of a segment that was made aside its own name. */
  void putInPlace(Segment segment) throws IOException {
    disk.replace(aside(segment.path), segment.path);
    segment.file().movedTo(segment.path);
  }

  Path path(int number) {
    return directory.resolve(String.format("%010d%s", number, SUFFIX));
  }

  private static int newSalt() {
    return ThreadLocalRandom.current().nextInt();
  }

  private static Path aside(Path path) {
    return path.resolveSibling(path.getFileName() + ".tmp");
  }

  /** Begins, aside, a segment that is going to be the only one. */
  void beginAnew() throws IOException {
    Segment only = createAside(active().number + 1, 1, 0);
    // Should others outlive it, it says that none of them counts.
    only.truncates = true;
    replaced.addAll(list);
    list.clear();
    list.add(only);
  }

  /**
   * Puts the segment of {@link #beginAnew} in the place of those before, in one step.
   *
   * @param last the last sequence in it
   */
  void replaceAll(long last, long lastTimestamp) throws IOException {
    Segment only = active();
    syncer.changed(only.file());
    manifest().lower(0, 0);
    putInPlace(only);
    syncer.renamed(directory);
    List<Segment> old = List.copyOf(replaced);
    replaced.clear();
    note(last, lastTimestamp);
    old.forEach(this::delete);
  }

  /** Notes which segments were found, unless that is known. */
  void noteFound(long last, long lastTimestamp) throws IOException {
    if (!manifest().lists(list)) {
      note(last, lastTimestamp);
    }
  }

  /**
   * Notes which segments there are: before one goes, or its loss would look like damage, and after
   * one has come.
   *
   * @param last the last sequence that is safe
   */
  void note(long last, long lastTimestamp) {
    StoreManifest known = manifest;
    if (known != null) {
      known.segments(list, last, lastTimestamp, syncer.syncsAlways());
    }
  }

  /** Prepares for a change to a segment other than an append, or follows one up. */
  void changed(Segment segment) throws IOException {
    cache.forget(segment);
    if (segment.digested) {
      disk.delete(SegmentDigest.pathOf(segment.path));
      // Or a loss of power could bring back what no longer fits.
      syncer.renamed(directory);
      segment.digested = false;
    }
  }

  /**
   * Removes segments that nobody needs.
   *
   * @param last the last sequence that is safe
   */
  void discard(List<Segment> unneeded, long last, long lastTimestamp) {
    list.removeAll(unneeded);
    note(last, lastTimestamp);
    unneeded.forEach(this::delete);
  }

  private void delete(Segment segment) {
    cache.forget(segment);
    syncer.closed(segment.file());
    try {
      segment.file().close();
      // First the digest: one without a segment says that the segment is lost.
      disk.delete(SegmentDigest.pathOf(segment.path));
      disk.delete(segment.path);
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
