package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams and consumers come, change and go, while the process or the machine may end at any
 * moment.
 */
class StreamDirectoryTest {
  private static final int RUNS = 2 * Integer.getInteger("hub.store.runs", 6);
  private static final Path PARENT = Path.of("store", "jetstream", "A", "streams");
  private static final Path STAGED = Path.of("store", "jetstream", "A", "restores", "S-1");

  private StoreOptions options =
      StoreOptions.of(new ManualTimeSource(Instant.EPOCH), Runnable::run)
          .withSyncInterval(Duration.ZERO);
  private MemoryDisk disk = new MemoryDisk();

  private StreamDirectory stream(MemoryDisk on) {
    return new StreamDirectory(PARENT.resolve("S"), options.withDisk(on));
  }

  /** Returns the stream and its consumers as text. */
  private String describe(MemoryDisk on) {
    StreamDirectory found = stream(on);
    byte[] meta = found.readMetadata();
    if (meta == null) {
      assertThat(StreamDirectory.list(PARENT, options.withDisk(on))).isEmpty();
      return "nothing";
    }
    StringBuilder text = new StringBuilder(text(meta));
    try (StreamStore store = found.open(StoreLimits.NONE, false, false)) {
      for (StoredMessage each = store.next(SubjectFilter.ALL, 1);
          each != null;
          each = store.next(SubjectFilter.ALL, each.sequence() + 1)) {
        text.append(' ').append(each.sequence()).append('=').append(text(each.payload()));
      }
      text.append(" last ").append(store.lastSequence());
    }
    for (String name : found.consumers()) {
      text.append(" [").append(name).append(' ').append(text(found.readConsumerMetadata(name)));
      try (ConsumerStore consumer = found.openConsumer(name)) {
        text.append(' ').append(consumer.deliveredStream()).append(']');
      }
    }
    return text.toString();
  }

  private static String text(byte @Nullable [] bytes) {
    return bytes == null ? "none" : new String(bytes, UTF_8);
  }

  private static final Pattern LAST = Pattern.compile(" last (\\d+)");

  private static String withoutLast(String description) {
    return LAST.matcher(description).replaceFirst("");
  }

  private static long last(String description) {
    Matcher last = LAST.matcher(description);
    return last.find() ? Long.parseLong(last.group(1)) : 0;
  }

  private void create(String meta) {
    StreamDirectory created = stream(disk);
    created.writeMetadata(meta.getBytes(UTF_8));
    created.open(StoreLimits.NONE, false, false).close();
  }

  private void publish(String payload) {
    try (StreamStore store = stream(disk).open(StoreLimits.NONE, false, false)) {
      byte[] bytes = payload.getBytes(UTF_8);
      store.append("a", Message.of("a", null, bytes), 1_000);
    }
  }

  private void consume(String name, String meta) {
    StreamDirectory owner = stream(disk);
    owner.writeConsumerMetadata(name, meta.getBytes(UTF_8));
    try (ConsumerStore consumer = owner.openConsumer(name)) {
      consumer.deliver(consumer.deliveredConsumer() + 1, consumer.deliveredStream() + 1);
    }
  }

  private void restore(String meta) {
    StreamDirectory staged = new StreamDirectory(STAGED, "S", options.withDisk(disk));
    try (StreamStore store = staged.open(StoreLimits.NONE, false, false)) {
      store.append("a", Message.of("a", null, new byte[] {'r'}), 1_000);
      store.sync();
    }
    staged.writeMetadata(meta.getBytes(UTF_8));
    staged.moveTo(PARENT.resolve("S"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void keepsWhatWasDoneThroughALossOfPower(long seed) {
    Random random = new Random(seed);
    for (int run = 0; run < RUNS; run++) {
      boolean encrypted = run % 2 == 1;
      options = options.withKeys(encrypted ? EncryptedDisk.ACCOUNT : null);
      disk = new MemoryDisk();
      for (int step = 0; step < 25; step++) {
        String before = describe(disk.copy());
        boolean exists = !before.equals("nothing");
        boolean dies = random.nextBoolean();
        if (dies) {
          disk.die(random.nextInt(12), true, random);
        }
        String action = act(random.nextInt(6), exists, seed + "." + run + "." + step);
        MemoryDisk left = disk.remains();
        String after = describe(disk.copy());
        String description = "run " + run + ", step " + step + ": " + action;
        if (left == null) {
          left = disk.afterPowerLoss(random);
          assertThat(describe(left.copy())).as(description).isEqualTo(after);
        } else if (!action.equals("consume") && !action.equals("create")) {
          String found = describe(left.copy());
          assertThat(withoutLast(found))
              .as(description)
              .isIn(withoutLast(before), withoutLast(after));
          // A torn write looks like a log that was cut, so the store skips sequences.
          assertThat(last(found)).as(description).isBetween(0L, last(after) + StoreManifest.STEP);
          if (withoutLast(found).equals(withoutLast(after))) {
            assertThat(last(found)).as(description).isGreaterThanOrEqualTo(last(after));
          } else {
            assertThat(last(found)).as(description).isGreaterThanOrEqualTo(last(before));
          }
        } else {
          describe(left.copy()); // any part may be there, but it must be readable
        }
        if (random.nextInt(6) == 0) {
          endInTheMidstOfRecovery(left, description, random);
        }
        if (random.nextInt(3) == 0) {
          disk = left;
        }
      }
    }
  }

  /** Ends at each change that a start makes on what is left. */
  private void endInTheMidstOfRecovery(MemoryDisk left, String description, Random random) {
    String found = describe(left.copy());
    for (int changes = 0; ; changes++) {
      MemoryDisk again = left.copy();
      again.die(changes, true, random);
      StreamDirectory.finishRemovals(PARENT, options.withDisk(again));
      describe(again);
      MemoryDisk rest = again.remains();
      if (rest == null) {
        return;
      }
      String then = describe(rest);
      String as = description + ", ended again after " + changes;
      assertThat(withoutLast(then)).as(as).isEqualTo(withoutLast(found));
      assertThat(last(then)).as(as).isBetween(last(found), last(found) + StoreManifest.STEP);
    }
  }

  private String act(int what, boolean exists, String name) {
    if (!exists) {
      if (what < 4) {
        create(name);
        return "create";
      }
      restore(name);
      return "restore";
    }
    switch (what) {
      case 0 -> stream(disk).delete();
      case 1 -> stream(disk).writeMetadata(name.getBytes(UTF_8));
      case 2 -> {
        consume("C" + name.length() % 2, name);
        return "consume";
      }
      case 3 -> stream(disk).openConsumer("C" + name.length() % 2).delete();
      default -> publish(name);
    }
    return "action " + what;
  }

  @Test
  void deletesNothingWhoseMetadataIsGone() throws Exception {
    create("first");
    publish("old");
    consume("C", "old");
    disk.delete(PARENT.resolve("S/consumers/C/meta"));
    assertThat(stream(disk).consumers()).containsExactly("C");
    consume("C", "new");
    assertThat(describe(disk.copy())).isEqualTo("first 1=old last 1 [C new 2]");
    disk.delete(PARENT.resolve("S/meta"));
    assertThat(StreamDirectory.list(PARENT, options.withDisk(disk))).containsExactly("S");
    create("second");
    assertThat(describe(disk.copy())).isEqualTo("second 1=old last 1 [C new 2]");
  }

  @Test
  void keepsMetadataThatItCannotReadUnderAnotherName() throws Exception {
    create("first");
    publish("old");
    disk.setContent(PARENT.resolve("S/meta"), new byte[50]);
    create("second");
    assertThat(disk.content(PARENT.resolve("S/meta.damaged"))).isEqualTo(new byte[50]);
    assertThat(describe(disk.copy())).isEqualTo("second 1=old last 1");
  }

  @Test
  void deletesWhatARemovalHasLeftThatWasCutShort() throws Exception {
    Random random = new Random(1);
    for (int changes = 0; changes < 20; changes++) {
      disk = new MemoryDisk();
      create("first");
      publish("old");
      consume("C", "old");
      disk.setContent(PARENT.resolve(".DS_Store"), new byte[] {1});
      disk.die(changes, false, random);
      stream(disk).delete();
      MemoryDisk left = disk.remains();
      if (left == null) {
        continue;
      }
      StreamDirectory.finishRemovals(PARENT, options.withDisk(left));
      disk = left;
      if (stream(left).readMetadata() == null) {
        assertThat(left.files()).containsExactly(PARENT.resolve(".DS_Store"));
        create("second");
        assertThat(describe(left.copy())).isEqualTo("second last 0");
      } else {
        assertThat(describe(left.copy())).isEqualTo("first 1=old last 1 [C old 1]");
      }
    }
  }

  @Test
  void movesNoStreamOntoTheFilesOfAnother() throws Exception {
    create("first");
    publish("old");
    disk.delete(PARENT.resolve("S/meta"));
    assertThatThrownBy(() -> restore("second"))
        .isInstanceOf(StoreException.Corrupt.class)
        .hasMessageContaining("could not be recovered");
    create("third");
    assertThat(describe(disk.copy())).isEqualTo("third 1=old last 1");
  }
}
