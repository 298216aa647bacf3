package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What encrypted stores hide, and what becomes of them with other keys. */
class StoreEncryptionTest {
  private static final Path STREAM = Path.of("jetstream", "A", "streams", "S");
  private static final String META = "{\"name\":\"S\",\"config\":{\"subjects\":[\"hidden.>\"]}}";
  private static final String CONSUMER = "{\"name\":\"C\",\"config\":{\"filter\":\"hidden.1\"}}";

  static {
    DamageLog.keepOffTheConsole();
  }

  private final StoreOptions options =
      StoreOptions.of(new ManualTimeSource(Instant.EPOCH), Runnable::run)
          .withSyncInterval(Duration.ZERO);
  private final List<StoreConversion.Conversion> told = new ArrayList<>();

  private static StoreKeys keys(StoreCipher cipher, String key, String previous) {
    return StoreKeys.of(cipher, key, previous).forAccount("A");
  }

  private StreamDirectory stream(FileSystem disk, @Nullable StoreKeys keys) {
    StreamDirectory directory = new StreamDirectory(STREAM, options.withDisk(disk).withKeys(keys));
    directory.encrypt(told::add);
    return directory;
  }

  private static void put(StreamStore store, int number) {
    String subject = "hidden." + number % 3;
    byte[] headers = "NATS/1.0\r\nsecret-name: secret-value\r\n\r\n".getBytes(UTF_8);
    byte[] payload = ("confidential " + number + " ".repeat(number % 50)).getBytes(UTF_8);
    store.append(subject, Message.of(subject, null, headers, payload), 1_000 + number);
  }

  /** Makes a stream with a consumer, of several segments with digests, which ends half flushed. */
  private void fill(FileSystem disk, @Nullable StoreKeys keys, boolean compress) {
    StreamDirectory directory = stream(disk, keys);
    directory.writeMetadata(META.getBytes(UTF_8));
    directory.writeConsumerMetadata("C", CONSUMER.getBytes(UTF_8));
    FileLog log =
        new FileLog(
            directory.disk(),
            STREAM.resolve("msgs"),
            "S",
            new Syncer(options.withDisk(disk)),
            4_000,
            compress);
    try (StreamStore store = IndexedStore.open(log, StoreLimits.NONE, false);
        ConsumerStore consumer = directory.openConsumer("C")) {
      for (int i = 1; i <= 90; i++) {
        put(store, i);
        if (i % 4 == 0) {
          store.flush();
        }
        if (i % 10 == 0) {
          store.remove(i - 5);
          consumer.deliver(i, i);
          consumer.addPending(i, i, i);
          consumer.flush();
        }
      }
      store.erase(80);
    }
  }

  private String describe(MemoryDisk disk, @Nullable StoreKeys keys) {
    StreamDirectory directory = stream(disk, keys);
    StringBuilder text = new StringBuilder();
    text.append(new String(Objects.requireNonNull(directory.readMetadata()), UTF_8));
    text.append(new String(Objects.requireNonNull(directory.readConsumerMetadata("C")), UTF_8));
    try (StreamStore store = directory.open(StoreLimits.NONE, false, false);
        ConsumerStore consumer = directory.openConsumer("C")) {
      for (long at = 1; at <= store.lastSequence(); at++) {
        StoredMessage message = store.get(at);
        if (message != null) {
          text.append(at).append(message.subject()).append(new String(message.payload(), UTF_8));
        }
      }
      text.append(store.state()).append(ConsumerSnapshot.of(consumer));
    }
    return text.toString();
  }

  private static Map<Path, byte[]> contents(MemoryDisk disk) throws Exception {
    Map<Path, byte[]> contents = new TreeMap<>();
    for (Path file : disk.files()) {
      contents.put(file, disk.content(file));
    }
    return contents;
  }

  private static void requireNothingToRead(MemoryDisk disk) throws Exception {
    for (Path file : disk.files()) {
      assertThat(new String(disk.content(file), ISO_8859_1))
          .as("%s", file)
          .doesNotContain("hidden", "secret-", "confidential", "config", "HubSeg", "HubMan");
    }
  }

  @ParameterizedTest
  @EnumSource
  void leavesNothingToRead(StoreCipher cipher) throws Exception {
    for (boolean compress : new boolean[] {false, true}) {
      MemoryDisk disk = new MemoryDisk();
      fill(disk, keys(cipher, "k", ""), compress);
      assertThat(disk.files()).hasSizeGreaterThan(7);
      requireNothingToRead(disk);
      MemoryDisk plain = new MemoryDisk();
      fill(plain, null, compress);
      assertThat(describe(disk, keys(cipher, "k", ""))).isEqualTo(describe(plain, null));
      requireNothingToRead(disk);
    }
    assertThat(told).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void readsAgainAndAgainWhatItHasJustWritten(StoreCipher cipher) throws Exception {
    FileSystem disk =
        new EncryptedFileSystem(new MemoryDisk(), keys(cipher, "k", "").forStream("S"));
    try (StoreFile file = disk.open(Path.of("f"))) {
      byte[] content = "confidential".getBytes(UTF_8);
      file.write(content, 0, content.length, 0);
      for (int i = 0; i < 3; i++) {
        byte[] found = new byte[content.length];
        assertThat(file.read(found, 0, found.length, 0)).isEqualTo(content.length);
        assertThat(found).isEqualTo(content);
      }
    }
  }

  @Test
  void usesNoNonceTwiceWithAKey() throws Exception {
    Set<ByteBuffer> seen = NonceWatch.noneSeen();
    Random random = new Random(5);
    MemoryDisk disk = new MemoryDisk();
    StoreKeys keys = keys(StoreCipher.AES, "k", "");
    int frames = 0;
    for (int round = 0; round < 20; round++) {
      NonceWatch watch = new NonceWatch(disk, seen);
      disk.die(5 + random.nextInt(40), round % 2 == 0, random);
      StreamDirectory directory = stream(watch, keys);
      directory.writeMetadata(META.getBytes(UTF_8));
      StreamStore store = directory.open(StoreLimits.NONE, false, false);
      for (int i = 0; i < 10; i++) {
        put(store, i);
        store.flush();
        switch (random.nextInt(6)) {
          case 0 -> store.truncate(store.lastSequence() - 1);
          case 1 -> store.purge();
          case 2 -> store.remove(store.lastSequence());
          default -> {}
        }
      }
      frames += watch.frames();
      MemoryDisk left = disk.remains();
      disk = left == null ? disk.copy() : left;
    }
    assertThat(frames).isGreaterThan(300);
  }

  // --- other keys ---

  /** A change of the configuration. */
  @SuppressWarnings("ImmutableEnumChecker") // the keys are, though no annotation says so
  enum Turn {
    ON(null, keys(StoreCipher.CHACHA, "new", ""), StoreConversion.Conversion.ENCRYPT),
    KEY(
        keys(StoreCipher.AES, "old", ""),
        keys(StoreCipher.AES, "new", "old"),
        StoreConversion.Conversion.CONVERT),
    CIPHER(
        keys(StoreCipher.AES, "new", ""),
        keys(StoreCipher.CHACHA, "new", ""),
        StoreConversion.Conversion.CONVERT),
    BOTH(
        keys(StoreCipher.CHACHA, "old", ""),
        keys(StoreCipher.AES, "new", "old"),
        StoreConversion.Conversion.CONVERT);

    private final @Nullable StoreKeys before;
    private final StoreKeys after;
    private final StoreConversion.Conversion told;

    Turn(@Nullable StoreKeys before, StoreKeys after, StoreConversion.Conversion told) {
      this.before = before;
      this.after = after;
      this.told = told;
    }
  }

  @ParameterizedTest
  @EnumSource
  void convertsWhereverItIsCutShort(Turn turn) throws Exception {
    MemoryDisk whole = new MemoryDisk();
    fill(whole, turn.before, false);
    String wanted = describe(whole, turn.before);
    told.clear();
    StoreKeys onlyNew = keys(turn.after.cipher(), "new", "");
    Random random = new Random(3);
    boolean done = false;
    for (int changes = 0; !done; changes++) {
      MemoryDisk disk = whole.copy();
      disk.die(changes, changes % 2 == 1, random);
      stream(disk, turn.after);
      MemoryDisk left = disk.remains();
      done = left == null;
      left = left == null ? disk : left;
      if (changes % 8 == 3 || done) {
        assertThat(describe(left, turn.after)).as("cut short after %s", changes).isEqualTo(wanted);
        requireNothingToRead(left);
        assertThat(left.files()).noneMatch(file -> file.toString().endsWith(".converting"));
        assertThat(describe(left, onlyNew)).isEqualTo(wanted);
      }
    }
    assertThat(told).contains(turn.told);
  }

  @Test
  void keepsAsItWasWhatIsDamagedAndCannotBeConverted() throws Exception {
    for (String name : List.of("msgs/0000000001.seg", "consumers/C/state")) {
      MemoryDisk disk = new MemoryDisk();
      fill(disk, keys(StoreCipher.AES, "old", ""), false);
      Path victim = STREAM.resolve(name);
      byte[] damaged = disk.content(victim);
      damaged[damaged.length / 2] ^= 1;
      disk.setContent(victim, damaged);
      StoreKeys rotated = keys(StoreCipher.AES, "new", "old");
      StreamDirectory converted = stream(disk, rotated);
      Path kept = victim.resolveSibling(victim.getFileName() + ".damaged");
      assertThat(disk.content(kept)).isEqualTo(damaged);
      // The earlier key is no longer needed for what is in use.
      stream(disk, keys(StoreCipher.AES, "new", "")).open(StoreLimits.NONE, false, false).close();
      assertThat(converted.consumers()).containsExactly("C");
      assertThat(disk.content(kept)).isEqualTo(damaged);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"wrong", ""})
  void leavesEverythingAsItIsWithoutTheRightKey(String wrong) throws Exception {
    MemoryDisk disk = new MemoryDisk();
    StoreKeys right = keys(StoreCipher.AES, "right", "");
    fill(disk, right, false);
    Map<Path, byte[]> before = contents(disk);
    StoreKeys other = wrong.isEmpty() ? null : keys(StoreCipher.AES, wrong, "older");
    String words = wrong.isEmpty() ? "encryption not enabled" : "unable to recover keys";
    assertThatThrownBy(() -> describe(disk, other))
        .isInstanceOf(StoreException.Encrypted.class)
        .hasMessageContaining(words);
    StreamDirectory directory = new StreamDirectory(STREAM, options.withDisk(disk).withKeys(other));
    assertThatThrownBy(() -> directory.writeMetadata(META.getBytes(UTF_8)))
        .isInstanceOf(StoreException.Encrypted.class);
    assertThatThrownBy(() -> directory.open(StoreLimits.NONE, false, false))
        .isInstanceOf(StoreException.Encrypted.class);
    assertThatThrownBy(() -> directory.openConsumer("C"))
        .isInstanceOf(StoreException.Encrypted.class);
    assertThat(contents(disk)).containsExactlyEntriesOf(before);
    assertThat(describe(disk, right)).contains("confidential 89");
  }

  @Test
  void tellsNoKey() {
    StoreKeys keys = keys(StoreCipher.AES, "a-secret", "an-older-secret");
    assertThat(keys.toString()).doesNotContain("secret").contains("AES-GCM");
  }
}
