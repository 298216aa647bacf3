package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random work on a store and on a model of it must have the same result, through crashes, torn
 * writes and full disks.
 */
class StoreModelTest {
  private static final int RUNS = Integer.getInteger("hub.store.runs", 6);
  private static final Path DIRECTORY = Path.of("stream");
  private static final String[] FILTERS = {
    ">", "a", "a.b", "a.*", "*.b", "a.>", "*.*.*", "b.1", "none", "*", "b.*.c"
  };
  private static final String[] SUBJECTS = {
    "a", "a.b", "a.c", "b.b", "b.1", "b.1.c", "b.2.c", "ü.b", "x"
  };

  static {
    DamageLog.keepOffTheConsole();
  }

  private final StoreOptions options =
      StoreOptions.of(new ManualTimeSource(Instant.EPOCH), this::later);
  private final List<Runnable> delayed = new ArrayList<>();

  private Random random;
  private MemoryDisk disk;
  private StreamStore store;
  private boolean inMemory;
  private boolean compress;
  private boolean encrypted;
  private StoreLimits limits;
  private ModelStore now;
  private ModelStore safe;
  private long appendedAfter; // the last sequence at the last flush
  private final List<Kept> kept = new ArrayList<>(); // within the current limits
  private int step;
  private final StringBuilder trace = new StringBuilder();

  /** What the store held at one moment, and the model of it. */
  private record Kept(StoreSnapshot snapshot, ModelStore model) {}

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void memoryStoreDoesAsTheModel(int seed) {
    for (int run = 0; run < RUNS; run++) {
      inMemory = true;
      work(seed * 1000L + run, 250);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void fileStoreDoesAsTheModel(int seed) {
    for (int run = 0; run < RUNS; run++) {
      inMemory = false;
      compress = run % 3 == 2;
      encrypted = run % 4 > 1;
      work(seed * 1000L + run, 250);
    }
  }

  private void work(long seed, int steps) {
    random = new Random(seed);
    disk = new MemoryDisk();
    limits = randomLimits();
    now = new ModelStore();
    safe = now.copy();
    appendedAfter = 0;
    kept.clear();
    store = inMemory ? MemoryStore.create(limits) : open();
    trace.setLength(0);
    try {
      for (step = 0; step < steps; step++) {
        act();
        if (step % 5 == 0) {
          flush();
          compare(now);
        }
      }
      flush();
      compare(now);
    } catch (Throwable t) {
      throw new AssertionError("seed " + seed + ", step " + step + ", " + limits + trace, t);
    }
    store.close();
  }

  /** Runs work either at once or some steps later. */
  private void later(Runnable work) {
    if (random.nextBoolean()) {
      work.run();
    } else {
      delayed.add(work);
    }
  }

  private StreamStore open() {
    FileLog log =
        new FileLog(
            EncryptedDisk.of(disk, encrypted),
            DIRECTORY,
            "S",
            new Syncer(options.withDisk(disk)),
            300 + random.nextInt(3000),
            compress);
    return IndexedStore.open(log, limits, false);
  }

  private StoreLimits randomLimits() {
    StoreLimits chosen = StoreLimits.NONE;
    if (random.nextInt(3) == 0) {
      chosen = chosen.withMaxMessages(1 + random.nextInt(30));
    }
    if (random.nextInt(3) == 0) {
      chosen = chosen.withMaxMessagesPerSubject(1 + random.nextInt(4));
    }
    return chosen;
  }

  private void flush() {
    store.flush();
    safe = now.copy();
    appendedAfter = now.last;
  }

  /** Notes that the store has flushed: it flushes appended messages before it removes any. */
  private void settle() {
    if (now.last != appendedAfter) {
      safe = now.copy();
      appendedAfter = now.last;
    }
  }

  private long anySequence() {
    return now.last == 0 ? 1 : 1 + (long) (random.nextDouble() * (now.last + 1));
  }

  private void append() {
    String subject = SUBJECTS[random.nextInt(SUBJECTS.length)];
    String payload = "x".repeat(random.nextInt(60)) + now.last;
    byte[] bytes = payload.getBytes(UTF_8);
    long timestamp = 1_000 + now.last * 10;
    long size = store.sizeOf(subject.getBytes(UTF_8).length, 0, bytes.length);
    assertThat(store.append(subject, Message.of(subject, null, bytes), timestamp))
        .isEqualTo(now.last + 1);
    now.append(new ModelStore.Entry(subject, payload, timestamp, size), limits);
  }

  private void act() {
    int what = random.nextInt(100);
    if (random.nextInt(5) == 0) {
      delayed.forEach(Runnable::run);
      delayed.clear();
    }
    trace
        .append("\n")
        .append(step)
        .append(' ')
        .append(what)
        .append(' ')
        .append(now.first)
        .append('-')
        .append(now.last)
        .append(' ')
        .append(now.entries.keySet());
    if (random.nextInt(12) == 0) {
      keepOrRewind();
    } else if (what < 55) {
      for (int i = 1 + random.nextInt(6); i > 0; i--) {
        append();
      }
    } else if (what < 65) {
      flush();
    } else if (what < 78) {
      flush();
      long sequence = anySequence();
      assertThat(store.remove(sequence)).isEqualTo(now.remove(sequence));
    } else if (what < 80) {
      flush();
      long sequence = anySequence();
      assertThat(store.erase(sequence)).isEqualTo(now.remove(sequence));
      safe = now.copy();
    } else if (what < 83) {
      int count = 1 + random.nextInt(3);
      store.skip(count, 0);
      now.skip(count);
    } else if (what < 86) {
      settle();
      String filter = FILTERS[1 + random.nextInt(FILTERS.length - 1)];
      long before = random.nextBoolean() ? 0 : 2 + anySequence();
      long keep = before != 0 || random.nextBoolean() ? 0 : random.nextInt(4);
      assertThat(store.purge(SubjectFilter.of(filter), before, keep))
          .isEqualTo(now.purge(filter, before, keep));
    } else if (what < 87) {
      assertThat(store.purge()).isEqualTo(now.purge());
      safe = now.copy();
      appendedAfter = now.last;
    } else if (what < 89) {
      settle();
      long sequence = anySequence() + random.nextInt(3);
      assertThat(store.compact(sequence)).isEqualTo(now.compact(sequence));
      if (sequence > safe.last) {
        safe = now.copy();
        appendedAfter = now.last;
      }
    } else if (what < 90) {
      flush();
      long sequence = anySequence();
      if (sequence < now.last) {
        store.truncate(sequence);
        ModelStore.Entry end = now.entries.get(sequence);
        now.lastTimestamp = end == null ? now.lastTimestamp : end.timestamp();
        now.removeIf(at -> at > sequence);
        now.last = sequence;
        if (now.entries.isEmpty()) {
          now.first = sequence + 1;
        }
        safe = now.copy();
        appendedAfter = now.last;
      }
    } else if (what < 91) {
      flush();
      limits = randomLimits();
      kept.clear();
      store.limit(limits);
      now.limit(limits);
    } else if (!inMemory) {
      if (what < 93) {
        flush();
        store.close();
        store = open();
        compare(now);
      } else if (what < 95) {
        kill();
      } else if (what < 97) {
        failedWrite();
      } else {
        tornWrite();
      }
    }
  }

  private void keepOrRewind() {
    flush();
    if (kept.isEmpty() || random.nextInt(3) == 0) {
      kept.add(new Kept(StoreSnapshot.of(store), now.copy()));
      return;
    }
    Kept target = kept.get(random.nextInt(kept.size()));
    boolean torn = !inMemory && random.nextInt(3) == 0;
    if (torn) {
      disk.tearNextWrite(random.nextInt(300));
    }
    try {
      store.rewind(target.snapshot);
    } catch (StoreException.Io e) {
      // The store holds what it held before.
      assertThat(torn).isTrue();
      kill();
      return;
    } finally {
      disk.tearNextWrite(-1);
    }
    now = target.model.copy();
    if (now.entries.isEmpty()) {
      now.first = now.last == 0 ? 0 : now.last + 1;
    }
    assertThat(store.state().lastTimestamp()).isEqualTo(target.snapshot.lastTimestamp());
    safe = now.copy();
    appendedAfter = now.last;
    compare(now);
    if (!inMemory && random.nextInt(3) == 0) {
      kill();
    }
  }

  /** Ends the process; whatever was not flushed never happened. */
  private void kill() {
    disk = disk.copy();
    store = open();
    now = safe.copy();
    now.enforce(limits);
    if (now.last == 0) {
      // A store that was never used looks like one that was purged before its first message.
      now.first = store.firstSequence();
    }
    appendedAfter = now.last;
    compare(now);
  }

  /** Lets the disk be full or fail; the store goes on without the batch. */
  private void failedWrite() {
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      append();
    }
    if (random.nextBoolean()) {
      disk.setSpace(random.nextInt(30));
      assertThatThrownBy(store::flush).isInstanceOf(StoreException.NoSpace.class);
      disk.setSpace(Long.MAX_VALUE);
    } else {
      disk.tearNextWrite(random.nextInt(30));
      if (random.nextBoolean()) {
        disk.setBroken(true);
      }
      assertThatThrownBy(store::flush).isInstanceOf(StoreException.Io.class);
      disk.setBroken(false);
      disk.tearNextWrite(-1);
    }
    // Messages that the limits removed are back, because the newer ones are gone. Removals stay.
    ModelStore before = safe.copy();
    for (long sequence : new ArrayList<>(before.entries.keySet())) {
      if (!store.contains(sequence)) {
        before.remove(sequence);
        assertThat(now.entries).doesNotContainKey(sequence);
      }
    }
    now = before;
    compare(now);
    flush();
    compare(now);
  }

  /** Ends the process in the middle of a write. */
  private void tornWrite() {
    Map<Long, ModelStore.Entry> batch = new TreeMap<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      append();
      batch.put(now.last, now.entries.get(now.last));
    }
    disk.tearNextWrite(random.nextInt(300));
    try {
      store.flush();
      safe = now.copy();
    } catch (StoreException.Io e) {
      // The store has cut off the torn write. A process that ends has no time for that, so the test
      // adds garbage below.
    }
    disk.tearNextWrite(-1);
    disk = disk.copy();
    Path active = disk.files().get(disk.files().size() - 1);
    byte[] content = disk.content(active);
    byte[] garbage = new byte[random.nextInt(50)];
    random.nextBytes(garbage);
    byte[] torn = java.util.Arrays.copyOf(content, content.length + garbage.length);
    System.arraycopy(garbage, 0, torn, content.length, garbage.length);
    disk.setContent(active, torn);
    store = open();
    ModelStore after = new ModelStore();
    after.first = store.firstSequence();
    after.last = store.lastSequence();
    after.lastTimestamp =
        batch.containsKey(after.last) ? batch.get(after.last).timestamp() : safe.lastTimestamp;
    Set<Long> either = new TreeSet<>(safe.entries.keySet());
    either.addAll(now.entries.keySet());
    either.addAll(batch.keySet()); // some of which the limits had already removed
    batch.putAll(safe.entries);
    batch.putAll(now.entries);
    for (long sequence : either) {
      boolean inBoth = safe.entries.containsKey(sequence) && now.entries.containsKey(sequence);
      if (store.contains(sequence)) {
        after.entries.put(sequence, batch.get(sequence));
      } else if (inBoth && !isBeyond(sequence)) {
        fail("message " + sequence + " is lost");
      }
    }
    now = after;
    safe = now.copy();
    appendedAfter = now.last;
    compare(now);
  }

  private boolean isBeyond(long sequence) {
    return sequence > store.lastSequence();
  }

  private void compare(ModelStore model) {
    StoreState state = store.state();
    assertThat(state.lastSequence()).as("last").isEqualTo(model.last);
    assertThat(state.firstSequence()).as("first").isEqualTo(model.first);
    assertThat(state.lastTimestamp()).as("last timestamp").isEqualTo(model.lastTimestamp);
    assertThat(state.messages()).as("messages").isEqualTo(model.entries.size());
    assertThat(state.bytes()).as("bytes").isEqualTo(model.bytes());
    assertThat(store.deleted(1000)).isEqualTo(model.deleted());
    assertThat(state.deleted()).isEqualTo(model.deleted().length);
    if (!model.entries.isEmpty()) {
      assertThat(state.firstTimestamp())
          .isEqualTo(model.entries.firstEntry().getValue().timestamp());
    }
    for (long at = Math.max(1, model.first - 2); at <= model.last + 1; at++) {
      StoredMessage message = store.get(at);
      ModelStore.Entry entry = model.entries.get(at);
      if (entry == null) {
        assertThat(message).isNull();
      } else {
        assertThat(message).as("message %s", at).isNotNull();
        assertThat(message.subject()).isEqualTo(entry.subject());
        assertThat(message.payload()).asString(UTF_8).isEqualTo(entry.payload());
        assertThat(message.timestamp()).isEqualTo(entry.timestamp());
      }
    }
    String name = FILTERS[random.nextInt(FILTERS.length)];
    SubjectFilter filter = SubjectFilter.of(name);
    List<Long> all = model.select(name, 0);
    List<Long> forward = new ArrayList<>();
    for (long at = store.nextSequence(filter, 0); at != 0; ) {
      forward.add(at);
      at = store.nextSequence(filter, at + 1);
    }
    assertThat(forward).as(name).isEqualTo(all);
    List<Long> backward = new ArrayList<>();
    for (long at = store.previousSequence(filter, Long.MAX_VALUE); at != 0; ) {
      backward.add(0, at);
      at = store.previousSequence(filter, at - 1);
    }
    assertThat(backward).as(name).isEqualTo(all);
    long from = anySequence();
    List<Long> rest = model.select(name, from);
    assertThat(store.pending(filter, from, false)).isEqualTo(rest.size());
    StreamStore.Matches matches = store.matches(filter, from);
    assertThat(matches.messages()).isEqualTo(rest.size());
    assertThat(matches.first()).isEqualTo(rest.isEmpty() ? 0 : rest.get(0));
    assertThat(matches.last()).isEqualTo(rest.isEmpty() ? 0 : rest.get(rest.size() - 1));
    Map<String, Long> lasts = new TreeMap<>();
    Map<String, Long> totals = new TreeMap<>();
    for (long sequence : all) {
      String subject = model.entries.get(sequence).subject();
      totals.merge(subject, 1L, Long::sum);
      if (sequence <= from) {
        lasts.put(subject, sequence);
      }
    }
    assertThat(store.lastSequences(filter, from, 1000))
        .containsExactly(lasts.values().stream().mapToLong(x -> x).sorted().toArray());
    assertThat(store.pending(filter, from, true))
        .isEqualTo(rest.stream().map(at -> model.entries.get(at).subject()).distinct().count());
    Map<String, Long> told = new TreeMap<>();
    store.subjects(filter, told::put);
    assertThat(told).isEqualTo(totals);
    long time = 1_000 + from * 10;
    Long expected =
        model.entries.entrySet().stream()
            .filter(e -> e.getValue().timestamp() >= time)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(model.last + 1);
    assertThat(store.sequenceAt(time)).isEqualTo(expected);
  }
}
