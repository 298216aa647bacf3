package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damages every kind of file that a stream has while the stream is closed. Whatever the store then
 * reads is right or missing, and it reports what is missing. {@code -Dhub.store.damages=N} says how
 * often.
 */
class StoreDamageTest {
  private static final int ROUNDS = Integer.getInteger("hub.store.damages", 150);
  private static final Path STREAM = Path.of("streams", "S");
  private static final Path MESSAGES = STREAM.resolve("msgs");
  private final StoreOptions options =
      StoreOptions.of(new ManualTimeSource(Instant.EPOCH), Runnable::run);
  private final Random random = new Random(11);
  private boolean encrypted;
  private final DamageLog log = DamageLog.begin();

  @AfterEach
  void endLog() {
    log.close();
  }

  /** Returns how often to damage files: less often when encrypted, as the code above is one. */
  private int rounds() {
    return encrypted ? (ROUNDS + 2) / 3 : ROUNDS;
  }

  /** The damage to a file. */
  private enum Damage {
    BIT,
    GARBAGE,
    ZEROS,
    GARBAGE_AT_THE_END,
    INSERTED_TWICE,
    REPLACED_BY_ANOTHER,
    DOUBLED,
    // A store can't always tell this damage from data that was never written.
    CUT_OFF,
    CUT_OUT,
    EMPTIED,
    DELETED;

    boolean isNoticed() {
      return compareTo(CUT_OFF) < 0;
    }
  }

  /** Damages one of the files; a replacement comes from another of them. */
  private Damage damage(MemoryDisk disk, List<Path> files) throws Exception {
    return damage(disk, files, Damage.values()[random.nextInt(Damage.values().length)]);
  }

  private Damage damage(MemoryDisk disk, List<Path> files, Damage kind) throws Exception {
    Path victim = files.get(random.nextInt(files.size()));
    byte[] content = disk.content(victim);
    int at = random.nextInt(content.length);
    int length = Math.min(content.length - at, 1 + random.nextInt(300));
    byte[] damaged = content.clone();
    switch (kind) {
      case BIT -> damaged[at] ^= (byte) (1 << random.nextInt(8));
      case GARBAGE -> {
        for (int i = at; i < at + length; i++) {
          damaged[i] = (byte) random.nextInt();
        }
      }
      case ZEROS -> Arrays.fill(damaged, at, at + length, (byte) 0);
      case GARBAGE_AT_THE_END -> {
        damaged = Arrays.copyOf(content, content.length + length);
        for (int i = content.length; i < damaged.length; i++) {
          damaged[i] = (byte) random.nextInt();
        }
      }
      case INSERTED_TWICE -> {
        int to = random.nextInt(content.length);
        damaged = new byte[content.length + length];
        System.arraycopy(content, 0, damaged, 0, to);
        System.arraycopy(content, at, damaged, to, length);
        System.arraycopy(content, to, damaged, to + length, content.length - to);
      }
      case REPLACED_BY_ANOTHER -> damaged = disk.content(files.get(random.nextInt(files.size())));
      case CUT_OFF -> damaged = Arrays.copyOf(content, at);
      case CUT_OUT -> {
        damaged = new byte[content.length - length];
        System.arraycopy(content, 0, damaged, 0, at);
        System.arraycopy(content, at + length, damaged, at, damaged.length - at);
      }
      case DOUBLED -> {
        damaged = Arrays.copyOf(content, 2 * content.length);
        System.arraycopy(content, 0, damaged, content.length, content.length);
      }
      case EMPTIED -> damaged = new byte[0];
      case DELETED -> {
        disk.delete(victim);
        return kind;
      }
    }
    disk.setContent(victim, damaged);
    return kind;
  }

  // --- messages ---

  private StreamStore open(MemoryDisk disk, boolean compress) {
    FileSystem on = EncryptedDisk.of(disk, encrypted);
    FileLog files =
        new FileLog(on, MESSAGES, "S", new Syncer(options.withDisk(disk)), 4000, compress);
    return IndexedStore.open(files, StoreLimits.NONE, false);
  }

  private void fill(StreamStore store, Map<Long, String> published) {
    for (int i = 0; i < 40; i++) {
      put(store, published);
    }
    store.purge();
    for (int i = 0; i < 300; i++) {
      put(store, published);
      store.flush();
      if (i % 7 == 0) {
        store.remove(store.lastSequence() - i / 2);
      } else if (i == 100 || i == 290) {
        store.erase(store.lastSequence());
      } else if (i == 150) {
        store.compact(80);
      } else if (i == 200) {
        store.skip(3, 0);
      }
    }
  }

  private void put(StreamStore store, Map<Long, String> published) {
    long sequence = store.lastSequence() + 1;
    assertThat(published).as("sequences that were assigned before").doesNotContainKey(sequence);
    String payload = sequence + "x".repeat(random.nextInt(60));
    byte[] bytes = payload.getBytes(UTF_8);
    store.append(
        "s." + sequence % 7, Message.of("s." + sequence % 7, null, bytes), 1_000 + sequence);
    published.put(sequence, "s." + sequence % 7 + "@" + (1_000 + sequence) + " " + payload);
  }

  /** Reads all messages, which must be as they were published; returns them as text. */
  private static String readAll(StreamStore store, Map<Long, String> published) {
    StringBuilder found = new StringBuilder();
    for (long at = 1; at <= store.lastSequence(); at++) {
      StoredMessage message = store.get(at);
      if (message != null) {
        String is =
            message.subject()
                + "@"
                + message.timestamp()
                + " "
                + new String(message.payload(), UTF_8);
        assertThat(is).as("message %s", at).isEqualTo(published.get(at));
        found.append(at).append(' ');
      }
    }
    StoreState state = store.state();
    return found.toString()
        + state.messages()
        + " "
        + state.bytes()
        + " "
        + state.firstSequence()
        + "-"
        + state.lastSequence()
        + "@"
        + state.lastTimestamp();
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

  /** An intact stream: the files to damage, and the content to compare with. */
  private final class Whole {
    final MemoryDisk disk = new MemoryDisk();
    final Map<Long, String> published = new TreeMap<>();
    final String text;
    final Set<Long> sequences;
    final long last;

    Whole(boolean compress) throws Exception {
      try (StreamStore store = open(disk, compress)) {
        fill(store, published);
      }
      try (StreamStore store = open(disk.copy(), compress)) {
        text = readAll(store, published);
        sequences = sequences(store);
        last = store.lastSequence();
        assertThat(store.state().lostBytes()).isZero();
      }
    }

    List<Path> files(String suffix) {
      return disk.files().stream().filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void readsRightOrReportedMessages(boolean compress, boolean encrypt) throws Exception {
    encrypted = encrypt;
    Whole whole = new Whole(compress);
    assertThat(whole.files(".digest")).isNotEmpty();
    List<List<Path>> victims =
        List.of(whole.files(".seg"), whole.files(".digest"), whole.files(StoreManifest.NAME));
    int changed = 0;
    for (int round = 0; round < rounds(); round++) {
      MemoryDisk disk = whole.disk.copy();
      Map<Long, String> published = new TreeMap<>(whole.published);
      int which = Math.max(0, random.nextInt(5) - 2);
      Damage kind = damage(disk, victims.get(which));
      String as = "round " + round + ": " + kind + " of " + victims.get(which);
      log.take();
      String found;
      try (StreamStore store = open(disk, compress)) {
        found = readAll(store, published);
        assertThat(store.lastSequence()).as(as).isGreaterThanOrEqualTo(whole.last);
        if (which > 0) {
          assertThat(found).as(as).isEqualTo(whole.text);
          assertThat(store.state().lostBytes()).as(as).isZero();
        } else if (!found.equals(whole.text)) {
          assertThat(log.take()).as(as).isPositive();
          Set<Long> missing = new TreeSet<>(whole.sequences);
          missing.removeAll(sequences(store));
          assertThat(store.state().lostMessages())
              .as("%s: %s are missing", as, missing)
              .isGreaterThanOrEqualTo(missing.size());
          if (kind == Damage.BIT && !compress && !encrypted) {
            assertThat(missing).as(as).hasSizeLessThanOrEqualTo(1);
          }
          if (kind.isNoticed()) {
            assertThat(store.state().lostBytes()).as(as).isPositive();
          }
          changed++;
        }
        put(store, published);
      }
      String after;
      try (StreamStore store = open(disk, compress)) {
        after = readAll(store, published);
        assertThat(store.get(store.lastSequence()))
            .as("the message stored after the damage")
            .isNotNull();
        put(store, published);
      }
      assertThat(after).isNotEqualTo(found);
    }
    assertThat(changed).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesNoSequenceTwiceWhenAFileIsLostAfterAKill(boolean encrypt) throws Exception {
    encrypted = encrypt;
    for (int count : encrypted ? new int[] {1, 300} : new int[] {1, 40, 300, 700}) {
      MemoryDisk whole = new MemoryDisk();
      Map<Long, String> published = new TreeMap<>();
      StreamStore killed = open(whole, false);
      for (int i = 0; i < count; i++) {
        put(killed, published);
        killed.flush();
      }
      for (Path victim : whole.files()) {
        for (Damage kind : List.of(Damage.DELETED, Damage.EMPTIED, Damage.REPLACED_BY_ANOTHER)) {
          MemoryDisk disk = whole.copy();
          if (kind == Damage.REPLACED_BY_ANOTHER) {
            disk.setContent(victim, whole.content(whole.files().get(0)));
          } else {
            damage(disk, List.of(victim), kind);
          }
          String as = kind + " of " + victim + " after " + count;
          try (StreamStore store = open(disk, false)) {
            assertThat(store.lastSequence())
                .as(as)
                .isBetween((long) count, (long) count + StoreManifest.STEP);
            readAll(store, published);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesNoSequenceTwiceWhenAFileIsCutAfterAKill(boolean encrypt) throws Exception {
    encrypted = encrypt;
    for (int count : encrypted ? new int[] {1, 20} : new int[] {1, 20, 300}) {
      MemoryDisk whole = new MemoryDisk();
      Map<Long, String> published = new TreeMap<>();
      Path victim = MESSAGES.resolve("0000000001.seg");
      StreamStore killed = open(whole, false);
      while (killed.lastSequence() < count) {
        put(killed, published);
        killed.flush();
        victim = segments(whole).get(segments(whole).size() - 1);
      }
      byte[] content = whole.content(victim);
      for (int length = content.length; length > 0; length--) {
        MemoryDisk disk = whole.copy();
        disk.setContent(victim, Arrays.copyOf(content, length));
        String as = "cut to " + length + " of " + content.length + " after " + count;
        log.take();
        try (StreamStore store = open(disk, false)) {
          if (length == content.length) {
            // Nothing is damaged: like nats-server, it leaves no gap.
            assertThat(store.lastSequence()).as(as).isEqualTo(count);
          } else {
            assertThat(log.take()).as(as).isPositive();
            assertThat(store.lastSequence())
                .as(as)
                .isBetween((long) count, (long) count + StoreManifest.STEP);
          }
        }
      }
      killed.close();
      try (StreamStore closed = open(whole, false)) {
        assertThat(closed.lastSequence()).isEqualTo(count);
      }
    }
  }

  private static List<Path> segments(MemoryDisk disk) {
    return disk.files().stream().filter(path -> path.toString().endsWith(".seg")).sorted().toList();
  }

  @Test
  void givesNoSequenceTwiceThoughNothingIsLeftOfAStreamThatIsEmpty() throws Exception {
    for (int way = 0; way < 4; way++) {
      MemoryDisk whole = new MemoryDisk();
      Map<Long, String> published = new TreeMap<>();
      try (StreamStore store = open(whole, false)) {
        for (int i = 0; i < 20; i++) {
          put(store, published);
        }
        store.flush();
        switch (way) {
          case 0 -> store.purge();
          case 1 -> store.compact(store.lastSequence() + 1);
          case 2 -> {
            store.limit(new StoreLimits(0, 0, 0, 1, StoreLimits.Discard.OLD));
            store.expire(1_000_000, ExpiryHandler.REMOVE);
          }
          default -> store.purge(SubjectFilter.ALL, 0, 1);
        }
      }
      for (Path victim : whole.files()) {
        MemoryDisk disk = whole.copy();
        disk.delete(victim);
        try (StreamStore store = open(disk, false)) {
          assertThat(store.lastSequence()).as("way %s without %s", way, victim).isEqualTo(20);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tellsWhichMessagesWereInALostSegmentAndBringsNoneBackThatItRemoved(boolean encrypt)
      throws Exception {
    encrypted = encrypt;
    Whole whole = new Whole(false);
    List<Path> segments = whole.files(".seg");
    for (Path victim : segments.subList(0, segments.size() - 1)) {
      MemoryDisk disk = whole.disk.copy();
      disk.delete(victim);
      for (boolean first : new boolean[] {true, false}) {
        log.take();
        try (StreamStore store = open(disk, false)) {
          Set<Long> missing = new TreeSet<>(whole.sequences);
          Set<Long> found = sequences(store);
          missing.removeAll(found);
          assertThat(whole.sequences).as("without %s", victim).containsAll(found);
          assertThat(store.lastSequence()).isEqualTo(whole.last);
          if (first) {
            assertThat(store.lost(1000))
                .containsExactly(missing.stream().mapToLong(Long::longValue).toArray());
            assertThat(log.take()).isPositive();
          } else {
            assertThat(log.take()).as("warnings about damage that was reported before").isZero();
          }
        }
      }
    }
  }

  @Test
  void takesNoSegmentOfAnotherStream() throws Exception {
    MemoryDisk disk = new MemoryDisk();
    Path other = Path.of("streams", "T", "msgs");
    FileLog files = new FileLog(disk, other, "T", new Syncer(options.withDisk(disk)), 4000, false);
    try (StreamStore store = IndexedStore.open(files, StoreLimits.NONE, false)) {
      put(store, new TreeMap<>());
    }
    for (Path file : disk.files()) {
      disk.setContent(MESSAGES.resolve(file.getFileName()), disk.content(file));
    }
    try (StreamStore store = open(disk, false)) {
      assertThat(store.state().messages()).isZero();
      assertThat(store.state().lostBytes()).isPositive();
    }
  }

  @Test
  void leavesFilesAloneThatAreNotItsOwn() throws Exception {
    MemoryDisk disk = new MemoryDisk();
    List<String> names = List.of("notes.seg", "notes.tmp", "1.seg", "x.seg.digest", "README");
    for (String name : names) {
      disk.setContent(MESSAGES.resolve(name), new byte[] {1});
    }
    for (int i = 0; i < 2; i++) {
      try (StreamStore store = open(disk, false)) {
        assertThat(store.state().messages()).isZero();
        assertThat(disk.files()).containsAll(names.stream().map(MESSAGES::resolve).toList());
      }
    }
  }

  @Test
  void opensALargeSegmentOfGarbageInAMoment() throws Exception {
    MemoryDisk disk = new MemoryDisk();
    try (StreamStore store = open(disk, false)) {
      put(store, new TreeMap<>());
    }
    Path segment = disk.files().stream().filter(f -> f.toString().endsWith(".seg")).findAny().get();
    byte[] garbage = new byte[16 << 20];
    random.nextBytes(garbage);
    disk.setContent(segment, garbage);
    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> open(disk, false).close());
  }

  // --- the state of a consumer ---

  private static String describe(ConsumerStore store) {
    return ConsumerSnapshot.of(store).toString();
  }

  private StoreOptions on(MemoryDisk disk) {
    return options.withDisk(disk).withKeys(encrypted ? EncryptedDisk.ACCOUNT : null);
  }

  private ConsumerStore openConsumer(MemoryDisk disk) {
    return new StreamDirectory(STREAM, on(disk)).openConsumer("C");
  }

  /** Returns whether the consumer will deliver a message, for the first time or again. */
  private static boolean comes(ConsumerStore store, long sequence) {
    return sequence > store.deliveredStream()
        || store.isPending(sequence)
        || store.isUnknown(sequence);
  }

  private static long comingUpTo(ConsumerStore store, long last) {
    return LongStream.rangeClosed(store.floorStream() + 1, last)
        .filter(sequence -> comes(store, sequence))
        .count();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void losesOfAConsumerWhatTheDamagedFramesSayAndReportsIt(boolean encrypt) throws Exception {
    encrypted = encrypt;
    MemoryDisk whole = new MemoryDisk();
    String last;
    new StreamDirectory(STREAM, on(whole)).writeConsumerMetadata("C", "{}".getBytes(UTF_8));
    try (ConsumerStore store = openConsumer(whole)) {
      for (int i = 1; i <= 300; i++) {
        store.addPending(i, i, 1_000_000 + i);
        store.deliver(i, i);
        if (i > 20) {
          store.removePending(i - 20);
          store.raiseFloor(i - 20, i - 20);
        }
        if (i % 5 == 0) {
          store.setRedelivered(i, i % 3);
        }
        store.flush();
      }
      last = describe(store);
    }
    List<Path> files = List.of(STREAM.resolve("consumers/C/state"));
    int changed = 0;
    for (int round = 0; round < rounds(); round++) {
      MemoryDisk disk = whole.copy();
      Damage kind = damage(disk, files);
      log.take();
      String found;
      try (ConsumerStore store = openConsumer(disk)) {
        found = describe(store);
        String as = "round " + round + ": " + kind;
        for (long sequence = 281; sequence <= 300; sequence++) {
          assertThat(comes(store, sequence))
              .as("%s: message %s will be delivered", as, sequence)
              .isTrue();
        }
        assertThat(store.floorStream()).as(as).isLessThanOrEqualTo(280);
        boolean inPlace = kind == Damage.BIT || kind == Damage.GARBAGE || kind == Damage.ZEROS;
        if (inPlace && store.deliveredStream() == 300) {
          // A record of this test has more than 15 bytes.
          assertThat(comingUpTo(store, 280)).as(as).isLessThan(kind == Damage.BIT ? 3 : 22);
        } else if (inPlace) {
          assertThat(store.deliveredStream()).as(as).isGreaterThan(278 - 300 / 15);
        }
        if (!found.equals(last) && kind.isNoticed()) {
          assertThat(log.take()).as(as).isPositive();
          changed++;
        }
        store.resolveUnknown();
        store.setRedelivered(1000, 7);
        store.flush();
        found = describe(store);
      }
      log.take();
      try (ConsumerStore store = openConsumer(disk)) {
        assertThat(describe(store)).isEqualTo(found);
        assertThat(store.hasUnknown()).isFalse();
        assertThat(log.take()).as("warnings about damage that was repaired before").isZero();
      }
    }
    assertThat(changed).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void keepsEachStateOfAConsumerThatWasDamaged(boolean encrypt) throws Exception {
    encrypted = encrypt;
    MemoryDisk disk = new MemoryDisk();
    Path state = STREAM.resolve("consumers/C/state");
    List<String> kept = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      try (ConsumerStore store = openConsumer(disk)) {
        for (int k = 1; k <= 20; k++) {
          store.deliver(store.deliveredConsumer() + 1, store.deliveredStream() + 1);
          store.flush();
        }
      }
      byte[] damaged = disk.content(state);
      damaged[damaged.length / 2] ^= 1;
      disk.setContent(state, damaged);
      kept.add(Arrays.toString(damaged));
      openConsumer(disk).close();
      openConsumer(disk).close(); // finds the same
    }
    assertThat(disk.files().stream().filter(file -> file.toString().contains("damaged")))
        .extracting(file -> Arrays.toString(disk.content(file)))
        .containsExactlyElementsOf(kept);
  }

  @Test
  void takesNoStateOfAnotherConsumer() throws Exception {
    MemoryDisk disk = new MemoryDisk();
    StreamDirectory stream = new StreamDirectory(STREAM, on(disk));
    try (ConsumerStore store = stream.openConsumer("D")) {
      store.deliver(7, 7);
    }
    disk.setContent(
        STREAM.resolve("consumers/C/state"), disk.content(STREAM.resolve("consumers/D/state")));
    log.take();
    try (ConsumerStore store = openConsumer(disk)) {
      assertThat(store.hasState()).isFalse();
      assertThat(log.take()).isPositive();
    }
  }

  // --- metadata ---

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsMetadataWholeOrNotAtAll(boolean encrypt) throws Exception {
    encrypted = encrypt;
    MemoryDisk whole = new MemoryDisk();
    StreamDirectory directory = new StreamDirectory(STREAM, on(whole));
    byte[] stream = "{\"name\":\"S\",\"config\":{\"subjects\":[\"s.>\"]}}".getBytes(UTF_8);
    byte[] consumer = "{\"name\":\"C\",\"config\":{\"durable_name\":\"C\"}}".getBytes(UTF_8);
    directory.writeMetadata(stream);
    directory.writeConsumerMetadata("C", consumer);
    for (int round = 0; round < rounds(); round++) {
      MemoryDisk disk = whole.copy();
      boolean ofConsumer = random.nextBoolean();
      Path victim = STREAM.resolve(ofConsumer ? "consumers/C/meta" : "meta");
      Damage kind = damage(disk, List.of(victim));
      StreamDirectory damaged = new StreamDirectory(STREAM, on(disk));
      byte[] found;
      try {
        found = ofConsumer ? damaged.readConsumerMetadata("C") : damaged.readMetadata();
      } catch (StoreException.Corrupt e) {
        assertThat(e).hasMessageContaining(victim.toString());
        continue;
      }
      if (found == null) {
        assertThat(kind).isEqualTo(Damage.DELETED);
      } else {
        assertThat(found).as("round %s: %s", round, kind).isEqualTo(ofConsumer ? consumer : stream);
      }
    }
  }
}
