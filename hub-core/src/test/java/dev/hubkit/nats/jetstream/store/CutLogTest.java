package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Cuts the files of a log at every byte, between records and within them. The store never assigns
 * an acknowledged sequence again, and reports every loss.
 */
class CutLogTest {
  private static final Path MESSAGES = Path.of("streams", "S", "msgs");

  private final StoreOptions options =
      StoreOptions.of(new ManualTimeSource(Instant.EPOCH), Runnable::run);
  private final DamageLog log = DamageLog.begin();

  @AfterEach
  void endLog() {
    log.close();
  }

  /** The last change before the process was killed. */
  private enum Change {
    APPEND(store -> append(store, "last")),
    APPEND_MANY(
        store -> {
          append(store, "one");
          append(store, "two");
          append(store, "three");
        }),
    REMOVE(store -> store.remove(12)),
    REMOVE_LAST(store -> store.remove(store.lastSequence())),
    REMOVE_FIRST(store -> store.remove(store.firstSequence())),
    ERASE(store -> store.erase(12)),
    ERASE_LAST(store -> store.erase(store.lastSequence())),
    SKIP(store -> store.skip(5, 0)),
    PURGE(StreamStore::purge),
    PURGE_AND_APPEND(
        store -> {
          store.purge();
          append(store, "after");
        }),
    PURGE_SUBJECT(store -> store.purge(SubjectFilter.of("s.3"), 0, 0)),
    COMPACT(store -> store.compact(15)),
    TRUNCATE(store -> store.truncate(15)),
    REWIND(
        store -> {
          StoreSnapshot before = StoreSnapshot.of(store);
          append(store, "undone");
          store.flush();
          store.rewind(before);
        });

    @SuppressWarnings("ImmutableEnumChecker") // none of the actions has state
    private final Consumer<StreamStore> work;

    Change(Consumer<StreamStore> work) {
      this.work = work;
    }
  }

  private static void append(StreamStore store, String payload) {
    long sequence = store.lastSequence() + 1;
    String subject = "s." + sequence % 7;
    store.append(subject, Message.of(subject, null, payload.getBytes(UTF_8)), 1_000 + sequence);
  }

  private StreamStore open(MemoryDisk disk) {
    FileLog files =
        new FileLog(disk, MESSAGES, "S", new Syncer(options.withDisk(disk)), 4000, false);
    return IndexedStore.open(files, StoreLimits.NONE, false);
  }

  private static Path lastSegment(MemoryDisk disk) {
    return disk.files().stream()
        .filter(path -> path.toString().endsWith(Segments.SUFFIX))
        .max(Path::compareTo)
        .orElseThrow();
  }

  /**
   * Returns where to cut a segment: before, after and within each record, and at each of the last
   * bytes.
   */
  private static Set<Integer> lengths(MemoryDisk disk, Path segment) throws Exception {
    byte[] content = disk.content(segment);
    Set<Integer> lengths = new TreeSet<>(Set.of(0, 1, Segment.HEADER - 1));
    for (int at = Segment.HEADER; at < content.length; at += LogRecord.length(content, at)) {
      lengths.addAll(Set.of(at, at + 1, at + 20));
    }
    for (int length = Math.max(0, content.length - 100); length < content.length; length++) {
      lengths.add(length);
    }
    return lengths;
  }

  private static Set<Long> sequences(StreamStore store) {
    Set<Long> found = new TreeSet<>();
    for (long at = store.nextSequence(SubjectFilter.ALL, 1);
        at != 0;
        at = store.nextSequence(SubjectFilter.ALL, at + 1)) {
      found.add(at);
    }
    return found;
  }

  @ParameterizedTest
  @EnumSource
  void givesNoSequenceTwiceWhereverTheLastFileWasCutAfterAKill(Change change) throws Exception {
    MemoryDisk killed = new MemoryDisk();
    StreamStore whole = open(killed);
    for (int i = 0; i < 20; i++) {
      append(whole, "message " + i);
      whole.flush();
    }
    change.work.accept(whole);
    whole.flush();
    long last = whole.lastSequence();
    Set<Long> there = sequences(whole);
    Path victim = lastSegment(killed);
    byte[] content = killed.content(victim);
    Set<Integer> lengths = lengths(killed, victim);
    lengths.add(content.length);
    for (int length : lengths) {
      String as = "cut to " + length + " of " + content.length;
      MemoryDisk disk = killed.copy();
      disk.setContent(victim, Arrays.copyOf(content, length));
      log.take();
      long next;
      try (StreamStore store = open(disk)) {
        if (length == content.length) {
          assertThat(store.lastSequence()).as(as).isEqualTo(last);
          assertThat(sequences(store)).as(as).isEqualTo(there);
          assertThat(log.take()).as(as).isZero();
        } else {
          assertThat(log.take()).as(as).isPositive();
          assertThat(store.state().lostBytes()).as(as).isPositive();
          assertThat(store.lastSequence()).as(as).isBetween(last, last + StoreManifest.STEP + 3);
        }
        append(store, "after the damage");
        next = store.lastSequence();
      }
      log.take();
      try (StreamStore store = open(disk)) {
        assertThat(store.get(next)).as(as).isNotNull();
        assertThat(store.lastSequence()).as(as).isEqualTo(next);
        assertThat(log.take()).as("%s: warnings about the same loss", as).isZero();
      }
    }
  }

  @Test
  void goesOnWithTheNextSequenceWhenOnlyTheLastRecordIsDamaged() throws Exception {
    MemoryDisk killed = new MemoryDisk();
    StreamStore whole = open(killed);
    for (int i = 0; i < 20; i++) {
      append(whole, "message " + i);
      whole.flush();
    }
    Path victim = lastSegment(killed);
    byte[] content = killed.content(victim);
    int end = content.length - LogRecord.END_LENGTH;
    for (int at = end - 40; at < content.length; at++) {
      MemoryDisk disk = killed.copy();
      byte[] damaged = content.clone();
      damaged[at] ^= 4;
      disk.setContent(victim, damaged);
      log.take();
      try (StreamStore store = open(disk)) {
        assertThat(log.take()).as("byte %s", at).isPositive();
        if (at < end) {
          assertThat(store.lastSequence()).as("byte %s", at).isEqualTo(20);
          assertThat(store.lost(10)).as("byte %s", at).containsExactly(20);
        } else {
          assertThat(store.lastSequence())
              .as("byte %s", at)
              .isBetween(20L, 20L + StoreManifest.STEP);
          assertThat(sequences(store)).as("byte %s", at).hasSize(20);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void reportsWhatIsCutOffAnOlderFile(boolean isDigested) throws Exception {
    MemoryDisk closed = new MemoryDisk();
    Set<Long> there;
    long last;
    try (StreamStore whole = open(closed)) {
      for (int i = 0; i < 150; i++) {
        append(whole, "message " + i);
        whole.flush();
      }
      there = sequences(whole);
      last = whole.lastSequence();
    }
    Path victim = MESSAGES.resolve("0000000001.seg");
    assertThat(lastSegment(closed)).isNotEqualTo(victim);
    assertThat(closed.exists(SegmentDigest.pathOf(victim))).isTrue();
    if (!isDigested) {
      closed.delete(SegmentDigest.pathOf(victim));
    }
    byte[] content = closed.content(victim);
    for (int length : lengths(closed, victim)) {
      if (length < Segment.HEADER) {
        continue; // the store treats such a file as missing
      }
      String as = "cut to " + length + " of " + content.length;
      MemoryDisk disk = closed.copy();
      disk.setContent(victim, Arrays.copyOf(content, length));
      log.take();
      try (StreamStore store = open(disk)) {
        Set<Long> missing = new TreeSet<>(there);
        missing.removeAll(sequences(store));
        assertThat(store.lastSequence()).as(as).isEqualTo(last);
        assertThat(store.lost(1000))
            .as(as)
            .containsExactly(missing.stream().mapToLong(Long::longValue).toArray());
        if (!missing.isEmpty()) {
          assertThat(log.take()).as(as).isPositive();
          assertThat(store.state().lostBytes()).as(as).isPositive();
        }
      }
    }
  }

  @Test
  void reportsRecordsThatWereCutOut() throws Exception {
    MemoryDisk killed = new MemoryDisk();
    StreamStore whole = open(killed);
    int[] ends = new int[20];
    for (int i = 0; i < 20; i++) {
      append(whole, "message " + i);
      whole.flush();
      ends[i] = killed.content(lastSegment(killed)).length - LogRecord.END_LENGTH;
    }
    Path victim = lastSegment(killed);
    byte[] content = killed.content(victim);
    for (int i = 1; i < 20; i++) {
      int gone = ends[i] - ends[i - 1];
      byte[] rest = Arrays.copyOf(content, content.length - gone);
      System.arraycopy(content, ends[i], rest, ends[i - 1], content.length - ends[i]);
      MemoryDisk disk = killed.copy();
      disk.setContent(victim, rest);
      log.take();
      try (StreamStore store = open(disk)) {
        assertThat(store.lastSequence()).isEqualTo(20);
        assertThat(store.state().lostBytes()).isEqualTo(gone);
        assertThat(log.take()).isPositive();
      }
    }
  }
}
