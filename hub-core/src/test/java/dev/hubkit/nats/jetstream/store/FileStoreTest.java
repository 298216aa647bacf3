package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The behaviour that only a store in files has. */
class FileStoreTest {
  static {
    DamageLog.keepOffTheConsole();
  }

  private final ManualTimeSource time = new ManualTimeSource(Instant.EPOCH);
  private final List<Runnable> delayed = new ArrayList<>();
  private final StoreOptions options = StoreOptions.of(time, Runnable::run);

  @TempDir private Path directory;

  private static StreamStore open(MemoryDisk disk, StoreOptions options, boolean compress) {
    StoreOptions onDisk = options.withDisk(disk);
    FileLog log = new FileLog(disk, Path.of("s"), "s", new Syncer(onDisk), 4000, compress);
    return IndexedStore.open(log, StoreLimits.NONE, false);
  }

  private static void put(StreamStore store, String subject, String payload) {
    byte[] bytes = payload.getBytes(UTF_8);
    store.append(subject, Message.of(subject, null, bytes), 1_000 + store.lastSequence());
  }

  private static String payload(StoredMessage message) {
    return new String(message.payload(), UTF_8);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void neverGivesOutAWrongMessageFromDamagedFiles(boolean compress) {
    Random random = new Random(7);
    MemoryDisk whole = new MemoryDisk();
    try (StreamStore store = open(whole, options, compress)) {
      for (int i = 1; i <= 200; i++) {
        put(store, "s." + i % 7, "payload " + i + "x".repeat(i % 50));
        store.flush();
      }
    }
    for (int round = 0; round < 300; round++) {
      MemoryDisk disk = whole.copy();
      Path victim = disk.files().get(random.nextInt(disk.files().size()));
      byte[] content = disk.content(victim);
      int kind = random.nextInt(3);
      int at = random.nextInt(content.length);
      if (kind == 0) {
        content[at] ^= (byte) (1 << random.nextInt(8));
      } else if (kind == 1) {
        int length = Math.min(content.length - at, random.nextInt(500));
        for (int i = 0; i < length; i++) {
          content[at + i] = (byte) (random.nextBoolean() ? 0 : random.nextInt());
        }
      } else {
        content = java.util.Arrays.copyOf(content, at);
      }
      disk.setContent(victim, content);
      try (StreamStore store = open(disk, options, compress)) {
        int found = 0;
        for (long sequence = 1; sequence <= 200; sequence++) {
          StoredMessage message = store.get(sequence);
          if (message != null) {
            found++;
            assertThat(payload(message))
                .isEqualTo("payload " + sequence + "x".repeat((int) sequence % 50));
            assertThat(message.subject()).isEqualTo("s." + sequence % 7);
          }
        }
        assertThat(store.state().messages()).isEqualTo(found);
        // The store goes on working.
        long next = store.lastSequence() + 1;
        put(store, "s.new", "new");
        store.flush();
        assertThat(payload(store.get(next))).isEqualTo("new");
      }
      try (StreamStore store = open(disk, options, compress)) {
        assertThat(payload(store.last("s.new"))).isEqualTo("new");
      }
    }
  }

  @Test
  void findsDamageThatComesLater() throws IOException {
    MemoryDisk disk = new MemoryDisk();
    StreamStore store = open(disk, options, false);
    for (int i = 0; i < 3; i++) {
      put(store, "a", "x".repeat(70_000));
    }
    store.flush();
    put(store, "a", "last");
    store.flush();
    try (StoreFile file = disk.open(disk.files().get(0))) {
      file.write(new byte[] {1, 2, 3}, 0, 3, 1_000);
    }
    assertThat(store.get(1)).isNull();
    assertThat(store.get(2)).isNotNull();
    assertThat(store.next(SubjectFilter.ALL, 1).sequence()).isEqualTo(2);
    assertThat(store.state().lostMessages()).isEqualTo(1);
    assertThat(store.state().messages()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void erasesBytes(boolean compress) {
    MemoryDisk disk = new MemoryDisk();
    try (StreamStore store = open(disk, options, compress)) {
      for (int i = 1; i <= 300; i++) {
        put(store, "a", i == 5 ? "the secret" : "x".repeat(40));
        store.flush();
      }
      assertThat(store.erase(5)).isTrue();
      assertThat(store.get(5)).isNull();
      assertThat(store.get(6)).isNotNull();
    }
    for (Path file : disk.files()) {
      assertThat(new String(disk.content(file), UTF_8)).doesNotContain("the secret");
    }
    try (StreamStore store = open(disk, options, compress)) {
      assertThat(store.get(5)).isNull();
      assertThat(store.state().messages()).isEqualTo(299);
      assertThat(store.state().lostMessages()).isZero();
    }
  }

  @Test
  void compresses() {
    long[] sizes = new long[2];
    for (int i = 0; i < 2; i++) {
      MemoryDisk disk = new MemoryDisk();
      StoreOptions onDisk = options.withDisk(disk);
      boolean compress = i == 1;
      FileLog log = new FileLog(disk, Path.of("s"), "s", new Syncer(onDisk), 200_000, compress);
      try (StreamStore store = IndexedStore.open(log, StoreLimits.NONE, false)) {
        for (int n = 0; n < 5000; n++) {
          put(store, "readings.temperature", "{\"sensor\":\"kitchen\",\"value\":" + n % 40 + "}");
          if (n % 50 == 0) {
            store.flush();
          }
        }
      }
      sizes[i] = disk.totalSize();
    }
    assertThat(sizes[1]).isLessThan(sizes[0] / 3);
  }

  @Test
  void reclaimsRoom() {
    MemoryDisk disk = new MemoryDisk();
    try (StreamStore store = open(disk, options, false)) {
      for (int i = 0; i < 20_000; i++) {
        put(store, "key." + i % 10, "x".repeat(30));
        store.flush();
        if (i % 7 != 0 && i > 50) {
          store.remove(store.lastSequence() - 50);
        }
      }
      assertThat(store.state().messages()).isBetween(2800L, 3000L);
      assertThat(disk.totalSize()).isLessThan(3 * store.state().bytes() + 20_000);
      store.purge();
      assertThat(disk.totalSize()).isLessThan(200);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void reclaimsRoomWhileEveryMessageReplacesAnother(int perSubject) {
    Random random = new Random(5);
    MemoryDisk disk = new MemoryDisk();
    StoreLimits limits = StoreLimits.NONE.withMaxMessagesPerSubject(perSubject);
    StoreOptions onDisk = options.withDisk(disk);
    FileLog log = new FileLog(disk, Path.of("s"), "s", new Syncer(onDisk), 4000, false);
    try (StreamStore store = IndexedStore.open(log, limits, false)) {
      for (int i = 0; i < 20_000; i++) {
        put(store, "key." + (i == 0 ? 9 : random.nextInt(9)), "x".repeat(30));
        store.flush();
      }
      assertThat(store.state().messages()).isEqualTo(1 + 9L * perSubject);
      assertThat(disk.totalSize()).isLessThan(30_000);
    }
  }

  private static StoreState withoutLosses(StoreState state) {
    return new StoreState(
        state.messages(),
        state.bytes(),
        state.firstSequence(),
        state.firstTimestamp(),
        state.lastSequence(),
        state.lastTimestamp(),
        state.subjects(),
        state.deleted(),
        0,
        0);
  }

  private static boolean isDigest(Path file) {
    return file.toString().endsWith(".digest");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void opensFromDigestsAsFromTheSegments(long seed) {
    Random random = new Random(seed);
    boolean compress = seed % 2 == 0;
    MemoryDisk disk = new MemoryDisk();
    try (StreamStore store = open(disk, options, compress)) {
      for (int i = 0; i < 1500; i++) {
        if (seed > 8 && i % 50 == 0) {
          String subject = "s." + random.nextInt(20);
          for (int alike = random.nextInt(900); alike > 0; alike--) {
            store.append(subject, Message.of(subject, null, new byte[1]), 1_000 + i, 0, false);
          }
        }
        int header = random.nextInt(4) == 0 ? random.nextInt(20) : 0;
        byte[] bytes = new byte[header + random.nextInt(3) * 30];
        long ttl = random.nextInt(10) == 0 ? random.nextInt(1_000_000) + 1 : -random.nextInt(2);
        String chosen = "s." + random.nextInt(20);
        Message message = Message.view(chosen, null, bytes, 0, header, bytes.length);
        store.append(chosen, message, 1_000 + i, ttl, false);
        store.flush();
        int what = random.nextInt(200);
        if (what < 60) {
          store.remove(1 + random.nextInt((int) store.lastSequence()));
        } else if (what < 62) {
          store.erase(1 + random.nextInt((int) store.lastSequence()));
        } else if (what < 64) {
          store.skip(random.nextInt(5), 0);
        } else if (what == 64) {
          store.compact(store.lastSequence() / 3);
        } else if (what == 65) {
          store.truncate(store.lastSequence() - 3);
        } else if (what == 66) {
          store.purge(SubjectFilter.of("s." + random.nextInt(20)), 0, 0);
        }
      }
    }
    assertThat(disk.files()).anyMatch(FileStoreTest::isDigest);
    MemoryDisk without = disk.copy();
    for (Path file : without.files()) {
      if (isDigest(file)) {
        without.setContent(file, new byte[] {1});
      }
    }
    try (StreamStore quick = open(disk, options, compress);
        StreamStore thorough = open(without, options, compress)) {
      assertThat(quick.state()).isEqualTo(thorough.state());
      assertThat(quick.nextExpiry()).isEqualTo(thorough.nextExpiry());
      assertThat(quick.state().lostBytes()).isZero();
      for (long at = 1; at <= quick.lastSequence(); at++) {
        StoredMessage message = quick.get(at);
        StoredMessage same = thorough.get(at);
        assertThat(message == null).as("%s", at).isEqualTo(same == null);
        if (message != null && same != null) {
          assertThat(message.subject()).isEqualTo(same.subject());
          assertThat(message.timestamp()).isEqualTo(same.timestamp());
          assertThat(message.headerLength()).isEqualTo(same.headerLength());
          assertThat(message.payload()).isEqualTo(same.payload());
        }
        assertThat(quick.nextHeaded(at)).isEqualTo(thorough.nextHeaded(at));
      }
      quick.expire(500_000, ExpiryHandler.REMOVE);
      thorough.expire(500_000, ExpiryHandler.REMOVE);
      assertThat(withoutLosses(quick.state())).isEqualTo(withoutLosses(thorough.state()));
    }
  }

  @Test
  void leavesTheWritingOfAFewMessagesToALaterFlush() {
    MemoryDisk disk = new MemoryDisk();
    StoreOptions onDisk = options.withDisk(disk).withSyncInterval(Duration.ZERO);
    StreamDirectory files = new StreamDirectory(Path.of("d"), onDisk);
    int[] synced = {0};
    disk.onSync(() -> synced[0]++);
    try (StreamStore store = files.open(StoreLimits.NONE, false, true)) {
      long before = disk.totalSize();
      put(store, "a", "1");
      assertThat(store.commit()).isFalse();
      assertThat(disk.totalSize()).isEqualTo(before);
      assertThat(payload(store.get(1))).isEqualTo("1");
      store.flush();
      assertThat(disk.totalSize()).isGreaterThan(before);
      put(store, "a", "x".repeat(20_000));
      assertThat(store.commit()).isTrue();
      assertThat(disk.totalSize()).isGreaterThan(before + 20_000);
      assertThat(synced[0]).isZero();
      put(store, "a", "last");
      assertThat(store.commit()).isFalse();
    }
    try (StreamStore store = files.open(StoreLimits.NONE, false, true)) {
      assertThat(payload(store.get(3))).isEqualTo("last");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesNoSequenceAgainThatWasAcknowledgedBeforeItsWriteFailed(boolean isFull) {
    MemoryDisk disk = new MemoryDisk();
    StreamDirectory files = new StreamDirectory(Path.of("d"), options.withDisk(disk));
    try (StreamStore store = files.open(StoreLimits.NONE, false, true)) {
      put(store, "a", "safe");
      store.flush();
      for (int i = 2; i <= 5; i++) {
        put(store, "a", "acknowledged");
        assertThat(store.commit()).isFalse();
      }
      put(store, "a", "not acknowledged");
      for (int attempt = 0; attempt < 2; attempt++) {
        if (isFull) {
          disk.setSpace(0);
          assertThatThrownBy(store::flush).isInstanceOf(StoreException.NoSpace.class);
          disk.setSpace(Long.MAX_VALUE);
        } else {
          disk.setBroken(true);
          assertThatThrownBy(store::flush).isInstanceOf(StoreException.Io.class);
          disk.setBroken(false);
        }
        assertThat(store.lastSequence()).isEqualTo(5);
        assertThat(store.lost(10)).containsExactly(2, 3, 4, 5);
        put(store, "a", "next");
      }
      store.flush();
      assertThat(payload(store.get(6))).isEqualTo("next");
    }
    try (StreamStore store = files.open(StoreLimits.NONE, false, true)) {
      assertThat(store.lastSequence()).isEqualTo(6);
      assertThat(store.state().messages()).isEqualTo(2);
      assertThat(payload(store.get(6))).isEqualTo("next");
    }
  }

  @Test
  void purgesOnAFullDisk() {
    MemoryDisk disk = new MemoryDisk();
    try (StreamStore store = open(disk, options, false)) {
      for (int i = 0; i < 500; i++) {
        put(store, "a", "x".repeat(30));
        store.flush();
      }
      disk.setSpace(0);
      put(store, "a", "no room");
      assertThatThrownBy(store::flush).isInstanceOf(StoreException.NoSpace.class);
      assertThat(store.purge()).isEqualTo(500);
      disk.setSpace(1000);
      put(store, "a", "room");
      store.flush();
      assertThat(store.lastSequence()).isEqualTo(501);
    }
  }

  @Test
  void survivesInterruptsOfTheThreadThatComesAlong() {
    StreamDirectory files = new StreamDirectory(directory, options);
    try (StreamStore store = files.open(StoreLimits.NONE, false, false)) {
      put(store, "a", "before");
      Thread.currentThread().interrupt();
      store.flush();
      put(store, "a", "after");
      store.flush();
      store.sync();
      assertThat(payload(store.get(1))).isEqualTo("before");
      assertThat(Thread.interrupted()).isTrue();
    }
    try (StreamStore store = files.open(StoreLimits.NONE, false, false)) {
      assertThat(store.state().messages()).isEqualTo(2);
    }
  }

  @Test
  void goesOnWithTheSameFileAfterItsNameHasChanged() throws Exception {
    Path made = directory.resolve("made");
    Path moved = directory.resolve("moved");
    byte[] bytes = new byte[256 * 1024];
    try (StoreFile file = LocalFileSystem.INSTANCE.open(made)) {
      LocalFileSystem.INSTANCE.replace(made, moved);
      file.movedTo(moved);
      Thread writer =
          new Thread(
              () -> {
                for (int i = 0; i < 200; i++) {
                  try {
                    file.write(bytes, 0, bytes.length, (long) i * bytes.length);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }
              });
      writer.start();
      while (writer.isAlive()) {
        writer.interrupt(); // in the midst of a write, it closes the file
        Thread.onSpinWait();
      }
      writer.join();
      assertThat(file.size()).isEqualTo(200L * bytes.length);
    }
    assertThat(made).doesNotExist();
    assertThat(moved).hasSize(200L * bytes.length);
  }

  @Test
  void keepsMetadataWholeOrNotAtAll() throws IOException {
    StreamDirectory files = new StreamDirectory(directory.resolve("orders"), options);
    assertThat(files.readMetadata()).isNull();
    files.writeMetadata("{\"a\":1}".getBytes(UTF_8));
    files.writeConsumerMetadata("c1", "{\"b\":2}".getBytes(UTF_8));
    try (ConsumerStore consumer = files.openConsumer("c2")) {
      consumer.deliver(1, 1);
    }
    assertThat(files.readMetadata()).asString(UTF_8).isEqualTo("{\"a\":1}");
    assertThat(files.readConsumerMetadata("c1")).asString(UTF_8).isEqualTo("{\"b\":2}");
    assertThat(files.consumers()).containsExactly("c1", "c2");
    assertThat(StreamDirectory.list(directory, options)).containsExactly("orders");
    Path meta = directory.resolve("orders/meta");
    byte[] content = Files.readAllBytes(meta);
    content[3] ^= 1;
    Files.write(meta, content);
    assertThatThrownBy(files::readMetadata).isInstanceOf(StoreException.Corrupt.class);
    files.delete();
    assertThat(directory.resolve("orders")).doesNotExist();
  }

  @Test
  void syncsInTime() {
    int[] synced = {0};
    MemoryDisk disk = new MemoryDisk();
    disk.onSync(() -> synced[0]++);
    StreamStore store = open(disk, StoreOptions.of(time, delayed::add), false);
    put(store, "a", "1");
    store.flush();
    assertThat(synced[0]).isZero();
    time.advance(Duration.ofMinutes(2));
    assertThat(synced[0]).isZero(); // the thread of the timers must not sync
    delayed.forEach(Runnable::run);
    assertThat(synced[0]).isPositive();
    synced[0] = 0;
    MemoryDisk second = new MemoryDisk();
    second.onSync(() -> synced[0]++);
    StreamStore careful = open(second, options.withSyncInterval(Duration.ZERO), false);
    synced[0] = 0;
    put(careful, "a", "1");
    put(careful, "a", "2");
    careful.flush();
    assertThat(synced[0]).isEqualTo(1);
    assertThat(time.pendingTimers()).isZero();
    careful.close();
    store.close();
  }
}
