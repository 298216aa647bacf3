package dev.hubkit.nats.jetstream.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.time.ManualTimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A consumer's state in files, against a model of it, through crashes and failures. */
class ConsumerStoreTest {
  private static final Path DIRECTORY = Path.of("S", "consumers", "C");

  static {
    DamageLog.keepOffTheConsole();
  }

  private final StoreOptions options =
      StoreOptions.of(new ManualTimeSource(Instant.EPOCH), Runnable::run);
  private MemoryDisk disk = new MemoryDisk();

  private FileConsumerStore open() {
    return new FileConsumerStore(disk, DIRECTORY, new Syncer(options.withDisk(disk)), "S/C");
  }

  /** Returns everything that a state holds, as text. */
  private static String describe(ConsumerStore store) {
    Map<Long, String> entries = new TreeMap<>();
    for (long at = store.nextPending(0); at != 0; at = store.nextPending(at + 1)) {
      entries.put(at, store.pendingConsumer(at) + "@" + store.pendingSince(at));
    }
    Map<Long, Long> again = new TreeMap<>();
    for (long at = store.nextRedelivered(0); at != 0; at = store.nextRedelivered(at + 1)) {
      again.put(at, store.redelivered(at));
    }
    assertThat(store.pendingCount()).isEqualTo(entries.size());
    assertThat(store.redeliveredCount()).isEqualTo(again.size());
    return store.deliveredConsumer()
        + "/"
        + store.deliveredStream()
        + " "
        + store.floorConsumer()
        + "/"
        + store.floorStream()
        + " "
        + entries
        + again;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void survivesWhatWasFlushed(int seed) {
    Random random = new Random(seed);
    ConsumerStore store = open();
    ConsumerStore model = ConsumerStore.inMemory();
    String flushed = describe(model);
    for (int step = 0; step < 3000; step++) {
      int what = random.nextInt(100);
      long next = model.deliveredStream() + 1 + random.nextInt(3);
      long some = 1L + random.nextInt((int) Math.min(next, 1 << 20));
      if (what < 40) {
        long time = 1_700_000_000_000_000_000L + random.nextInt();
        for (ConsumerStore each : new ConsumerStore[] {store, model}) {
          each.addPending(next, each.deliveredConsumer() + 1, time);
          each.deliver(each.deliveredConsumer() + 1, next);
        }
      } else if (what < 70) {
        long pending = model.nextPending(some);
        assertThat(store.removePending(pending)).isEqualTo(model.removePending(pending));
        long floor = Math.max(0, model.nextPending(0) - 1);
        store.raiseFloor(floor, floor);
        model.raiseFloor(floor, floor);
      } else if (what < 78) {
        int times = random.nextInt(4);
        store.setRedelivered(some, times);
        model.setRedelivered(some, times);
      } else if (what < 79) {
        store.reset(some);
        model.reset(some);
      } else if (what < 92) {
        store.flush();
        flushed = describe(model);
      } else if (what < 95) {
        store.close();
        store = open();
        flushed = describe(model);
      } else if (what < 97) {
        disk.tearNextWrite(random.nextInt(20));
        try {
          store.flush();
        } catch (StoreException.Io e) {
          assertThat(describe(store)).isEqualTo(describe(model));
          store.flush();
        }
        disk.tearNextWrite(-1);
        flushed = describe(model);
      } else {
        // The process ends in the middle of a write.
        disk = disk.copy();
        if (disk.exists(DIRECTORY.resolve("state"))) {
          byte[] content = disk.content(DIRECTORY.resolve("state"));
          byte[] torn = Arrays.copyOf(content, content.length + random.nextInt(20));
          disk.setContent(DIRECTORY.resolve("state"), torn);
        }
        assertThat(describe(open())).isEqualTo(flushed);
        store = open();
        model = copy(store);
      }
      assertThat(describe(store)).as("step %s", step).isEqualTo(describe(model));
    }
  }

  /** The process or the machine ends at any change to the disk. */
  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "3, false", "4, true", "5, true", "6, true"})
  void isThereExactlyAfterAnEndAtAnyChange(int seed, boolean power) {
    Random random = new Random(seed);
    StoreOptions careful = power ? options.withSyncInterval(Duration.ZERO) : options;
    ConsumerStore store =
        new FileConsumerStore(disk, DIRECTORY, new Syncer(careful.withDisk(disk)), "S/C");
    // The log is nearly long enough for the store to replace it with a short one.
    for (int i = 1; i <= 110_000; i++) {
      store.addPending(i, i, 1_700_000_000_000_000_000L + random.nextInt());
    }
    store.flush();
    for (long i = 2; i <= 110_000; i++) {
      store.removePending(i);
    }
    store.flush();
    for (int step = 0; step < 150; step++) {
      String before = describe(store);
      disk.die(random.nextInt(9), power, random);
      for (int i = random.nextInt(3); i >= 0; i--) {
        long next = store.deliveredStream() + 1 + random.nextInt(3);
        switch (random.nextInt(5)) {
          case 0 -> store.setRedelivered(1 + random.nextInt((int) next), random.nextInt(3));
          case 1 -> store.reset(next);
          case 2 -> {
            store.removePending(store.nextPending(1 + random.nextInt((int) next)));
            store.raiseFloor(store.deliveredConsumer(), store.deliveredStream());
          }
          default -> {
            store.addPending(next, store.deliveredConsumer() + 1, 5 + random.nextInt());
            store.deliver(store.deliveredConsumer() + 1, next);
          }
        }
      }
      store.flush();
      String after = describe(store);
      MemoryDisk left = disk.remains();
      boolean came = left != null;
      if (left == null) {
        left = power ? disk.afterPowerLoss(random) : disk.copy();
      }
      ConsumerStore reopened =
          new FileConsumerStore(left, DIRECTORY, new Syncer(careful.withDisk(left)), "S/C");
      String found = describe(reopened);
      if (!came || !found.equals(before)) {
        assertThat(found).as("step %s", step).isEqualTo(after);
      }
      if (random.nextInt(5) == 0) {
        disk = left;
        store = reopened;
      }
    }
  }

  private static ConsumerStore copy(ConsumerStore store) {
    ConsumerStore copy = ConsumerStore.inMemory();
    copy.deliver(store.deliveredConsumer(), store.deliveredStream());
    copy.raiseFloor(store.floorConsumer(), store.floorStream());
    for (long at = store.nextPending(0); at != 0; at = store.nextPending(at + 1)) {
      copy.addPending(at, store.pendingConsumer(at), store.pendingSince(at));
    }
    for (long at = store.nextRedelivered(0); at != 0; at = store.nextRedelivered(at + 1)) {
      copy.setRedelivered(at, store.redelivered(at));
    }
    return copy;
  }

  @Test
  void replacesTheFileBeforeItGetsLong() {
    ConsumerStore store = open();
    for (int i = 1; i <= 60_000; i++) {
      store.addPending(i, i, 1_700_000_000_000_000_000L + i * 1_000_000L);
      store.deliver(i, i);
      store.removePending(i - 100);
      store.raiseFloor(i - 100, i - 100);
      store.flush();
    }
    String expected = describe(store);
    assertThat(disk.totalSize()).isLessThan(1_100_000);
    disk = disk.copy();
    assertThat(describe(open())).isEqualTo(expected);
  }

  @Test
  void forgetsNothingWhenTheDiskIsFull() {
    ConsumerStore store = open();
    store.addPending(1, 1, 5);
    store.flush();
    disk.setSpace(3);
    store.addPending(2, 2, 6);
    assertThatThrownBy(store::flush).isInstanceOf(StoreException.NoSpace.class);
    store.removePending(1);
    disk.setSpace(Long.MAX_VALUE);
    store.flush();
    disk = disk.copy();
    ConsumerStore reopened = open();
    assertThat(reopened.isPending(1)).isFalse();
    assertThat(reopened.pendingSince(2)).isEqualTo(6);
    reopened.delete();
    assertThat(disk.files()).isEmpty();
  }
}
