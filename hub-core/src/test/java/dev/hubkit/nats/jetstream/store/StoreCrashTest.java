package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The process or the machine ends at any change to the disk. Afterwards the store holds exactly
 * what was flushed; of the action under way it holds all, nothing, or a first part if the action
 * has parts.
 */
class StoreCrashTest {
  private static final int RUNS = Integer.getInteger("hub.store.runs", 6);
  private static final int STEPS = 80;
  private static final Path PARENT = Path.of("jetstream", "streams", "S");
  private static final String[] SUBJECTS = {"a", "a.b", "a.c", "b.1", "ü.b"};
  private static final String[] FILTERS = {"a", "a.*", "b.>", "*.b", "*"};

  static {
    DamageLog.keepOffTheConsole();
  }

  private final List<Runnable> delayed = new ArrayList<>();
  private StoreOptions options = StoreOptions.of(new ManualTimeSource(Instant.EPOCH), this::later);
  private Random random;
  private MemoryDisk disk;
  private StreamStore store;
  private ModelStore model;
  private StoreLimits limits;
  private boolean compress;
  private boolean encrypted;
  private String action = "";

  // The states that the action under way may leave, including the one before it.
  private final List<ModelStore> outcomes = new ArrayList<>();
  private boolean anyPart;
  private long highest; // of all sequences that a test tried to store
  private @Nullable StoreSnapshot kept;
  private @Nullable ModelStore keptModel;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void survivesTheEndOfTheProcess(int seed) {
    for (int run = 0; run < RUNS; run++) {
      work(seed * 1000L + run, run, false);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void survivesALossOfPower(int seed) {
    options = options.withSyncInterval(Duration.ZERO);
    for (int run = 0; run < RUNS; run++) {
      work(seed * 1000L + run, run, true);
    }
  }

  private void later(Runnable work) {
    if (random.nextBoolean()) {
      work.run();
    } else {
      delayed.add(work);
    }
  }

  private void work(long seed, int run, boolean power) {
    random = new Random(seed);
    compress = run % 3 == 2;
    encrypted = run % 4 > 1;
    disk = new MemoryDisk();
    limits = StoreLimits.NONE;
    if (random.nextInt(3) == 0) {
      limits = limits.withMaxMessages(1 + random.nextInt(30));
    }
    if (random.nextInt(3) == 0) {
      limits = limits.withMaxMessagesPerSubject(1 + random.nextInt(4));
    }
    model = new ModelStore();
    kept = null;
    highest = 0;
    delayed.clear();
    int step = 0;
    try {
      store = open(disk);
      for (; step < STEPS; step++) {
        if (random.nextInt(4) == 0) {
          List<Runnable> due = List.copyOf(delayed);
          delayed.clear();
          due.forEach(Runnable::run);
        }
        outcomes.clear();
        outcomes.add(model.copy());
        anyPart = false;
        disk.die(random.nextInt(10), power, random);
        act();
        MemoryDisk left = disk.remains();
        boolean cut = left != null || power;
        if (left == null) {
          // The action has completed, so only its full outcome is right.
          outcomes.clear();
          anyPart = false;
          left = power ? disk.afterPowerLoss(random) : disk.copy();
        }
        outcomes.add(model.copy());
        check(left, power, cut);
      }
      store.close();
    } catch (Throwable t) {
      throw new AssertionError("seed " + seed + ", step " + step + ": " + action + limits, t);
    }
  }

  private FileLog newLog(MemoryDisk on) {
    return new FileLog(
        EncryptedDisk.of(on, encrypted),
        PARENT.resolve("msgs"),
        "S",
        new Syncer(options.withDisk(on)),
        300 + random.nextInt(3000),
        compress);
  }

  private StreamStore open(MemoryDisk on) {
    return IndexedStore.open(newLog(on), limits, false);
  }

  private void check(MemoryDisk left, boolean power, boolean cut) {
    StreamStore reopened = open(left.copy());
    String found = describe(reopened);
    highest = outcomes.stream().mapToLong(each -> each.last).reduce(highest, Math::max);
    if (cut) {
      outcomes.replaceAll(outcome -> behind(outcome, reopened.lastSequence()));
    }
    List<String> wanted = outcomes.stream().map(StoreCrashTest::describe).toList();
    if (!wanted.contains(found)) {
      assertThat(anyPart).as("found %s%nof %s", found, String.join("\nor ", wanted)).isTrue();
      checkPart(reopened, found);
    }
    assertThat(describe(open(left.copy()))).as("opened again").isEqualTo(found);
    highest = Math.max(highest, reopened.lastSequence());
    if (random.nextInt(8) == 0) {
      endInTheMidstOfRecovery(left, power, modelOf(reopened));
    }
    reopened.close();
    if (random.nextInt(5) == 0) {
      // The test goes on with what is left. Work that waited for the disk is lost, too.
      delayed.clear();
      disk = left;
      store = open(disk);
      model = modelOf(store);
      assertThat(describe(store)).isEqualTo(found);
    } else if (random.nextInt(20) == 0) {
      store.close();
      store = open(disk);
      assertThat(describe(store)).as("after a close").isEqualTo(describe(model));
    }
    if (power) {
      store.flush();
    }
  }

  /** Ends at each change that the opening of what is left makes, and what follows it. */
  private void endInTheMidstOfRecovery(MemoryDisk left, boolean power, ModelStore found) {
    for (int changes = 0; ; changes++) {
      MemoryDisk again = left.copy();
      again.die(changes, power, random);
      StreamStore opened = open(again);
      opened.flush();
      List<Runnable> due = List.copyOf(delayed);
      delayed.clear();
      due.forEach(Runnable::run);
      opened.flush();
      opened.close();
      MemoryDisk rest = again.remains();
      if (rest == null) {
        return;
      }
      ModelStore then = modelOf(open(rest));
      ModelStore expected = found.copy();
      if (then.last > found.last && then.last <= highest + StoreManifest.STEP) {
        expected.skip(then.last - found.last);
        expected.lastTimestamp = then.lastTimestamp;
      }
      assertThat(describe(then)).as("ended again after %s", changes).isEqualTo(describe(expected));
    }
  }

  /**
   * Skips sequences in the model: a torn write looks like a log that was cut, so the store may skip
   * some.
   */
  private ModelStore behind(ModelStore outcome, long last) {
    ModelStore passed = outcome.copy();
    if (last > passed.last && last <= highest + StoreManifest.STEP) {
      passed.skip(last - passed.last);
    }
    return passed;
  }

  /** Checks that the store has lost nothing but messages that the action was to remove. */
  private void checkPart(StreamStore reopened, String found) {
    ModelStore before = outcomes.get(0);
    ModelStore after = outcomes.get(outcomes.size() - 1);
    ModelStore some = before.copy();
    some.removeIf(at -> !reopened.contains(at) && !after.entries.containsKey(at));
    assertThat(found).isEqualTo(describe(some));
  }

  private static ModelStore modelOf(StreamStore store) {
    ModelStore model = new ModelStore();
    StoreState state = store.state();
    model.first = state.firstSequence();
    model.last = state.lastSequence();
    model.lastTimestamp = state.lastTimestamp();
    for (StoredMessage each = store.next(SubjectFilter.ALL, 1);
        each != null;
        each = store.next(SubjectFilter.ALL, each.sequence() + 1)) {
      String payload = new String(each.payload(), UTF_8);
      long size = store.sizeOf(each.subject().getBytes(UTF_8).length, 0, each.length());
      model.entries.put(
          each.sequence(), new ModelStore.Entry(each.subject(), payload, each.timestamp(), size));
    }
    return model;
  }

  /** Returns everything that a stream reports. */
  private static String describe(StreamStore store) {
    StoreState state = store.state();
    ModelStore model = modelOf(store);
    assertThat(state.messages()).isEqualTo(model.entries.size());
    assertThat(state.bytes()).isEqualTo(model.bytes());
    assertThat(store.deleted(1000)).isEqualTo(model.deleted());
    assertThat(state.deleted()).isEqualTo(model.deleted().length);
    assertThat(state.firstTimestamp())
        .isEqualTo(model.entries.isEmpty() ? 0 : model.entries.firstEntry().getValue().timestamp());
    return describe(model);
  }

  private static String describe(ModelStore model) {
    StringBuilder text = new StringBuilder();
    // A stream that was never there looks like one that was purged before its first message.
    text.append(model.last == 0 ? 0 : model.first).append('-').append(model.last);
    text.append('@').append(model.lastTimestamp);
    for (Map.Entry<Long, ModelStore.Entry> each : model.entries.entrySet()) {
      text.append(' ').append(each.getKey()).append('=').append(each.getValue());
    }
    return text.toString();
  }

  private long anySequence() {
    return 1 + (long) (random.nextDouble() * (model.last + 1));
  }

  private void act() {
    int what = random.nextInt(100);
    if (what < 50) {
      append();
    } else if (what < 65) {
      long sequence = anySequence();
      action = "remove " + sequence;
      assertThat(store.remove(sequence)).isEqualTo(model.remove(sequence));
    } else if (what < 70) {
      long sequence = anySequence();
      action = "erase " + sequence;
      assertThat(store.erase(sequence)).isEqualTo(model.remove(sequence));
    } else if (what < 74) {
      int count = 1 + random.nextInt(3);
      action = "skip " + count;
      store.skip(count, 0);
      model.skip(count);
    } else if (what < 82) {
      String filter = FILTERS[random.nextInt(FILTERS.length)];
      action = "purge " + filter;
      anyPart = true;
      store.purge(SubjectFilter.of(filter), 0, 0);
      model.purge(filter, 0, 0);
    } else if (what < 84) {
      action = "purge";
      store.purge();
      model.purge();
    } else if (what < 90) {
      long sequence = anySequence() + (random.nextInt(4) == 0 ? 5 : 0);
      action = "compact " + sequence;
      store.compact(sequence);
      model.compact(sequence);
    } else if (what < 93) {
      truncate(anySequence());
    } else if (what < 96) {
      action = "keep";
      kept = StoreSnapshot.of(store);
      keptModel = model.copy();
    } else {
      rewind();
    }
    store.flush();
  }

  private void append() {
    int count = 1 + random.nextInt(5);
    action = "append " + count;
    for (int i = 0; i < count; i++) {
      if (i > 0) {
        outcomes.add(model.copy());
      }
      String subject = SUBJECTS[random.nextInt(SUBJECTS.length)];
      String payload = "x".repeat(random.nextInt(60)) + model.last;
      byte[] bytes = payload.getBytes(UTF_8);
      long timestamp = model.lastTimestamp + 1 + random.nextInt(5);
      long size = store.sizeOf(subject.getBytes(UTF_8).length, 0, bytes.length);
      store.append(subject, Message.of(subject, null, bytes), timestamp);
      model.append(new ModelStore.Entry(subject, payload, timestamp, size), limits);
    }
  }

  private void truncate(long sequence) {
    action = "truncate " + sequence;
    store.truncate(sequence);
    if (sequence < model.last) {
      ModelStore.Entry end = model.entries.get(sequence);
      model.lastTimestamp = end == null ? model.lastTimestamp : end.timestamp();
      model.removeIf(at -> at > sequence);
      model.last = sequence;
      if (model.entries.isEmpty()) {
        model.first = sequence + 1;
      }
    }
  }

  private void rewind() {
    StoreSnapshot target = kept;
    ModelStore then = keptModel;
    if (target == null || then == null) {
      return;
    }
    action = "rewind to " + target.lastSequence();
    store.rewind(target);
    model = then.copy();
    if (model.entries.isEmpty()) {
      model.first = model.last == 0 ? 0 : model.last + 1;
    }
  }
}
