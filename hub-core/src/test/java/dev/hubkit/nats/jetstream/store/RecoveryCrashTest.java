package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A log is damaged after a kill, and while it is opened the process or the machine ends again, at
 * every change that the opening makes. Whatever the number of ends, no acknowledged sequence is
 * assigned again, what the first opening would have found is there, what it would not have found
 * stays away, and nothing that could not be read is deleted.
 */
class RecoveryCrashTest {
  /** How many runs it takes to try every kind of damage. */
  private static final int ALL = 40;

  private static final int RUNS = Math.min(ALL, Integer.getInteger("hub.store.runs", 1));
  private static final Path MESSAGES = Path.of("streams", "S", "msgs");

  private final StoreOptions options =
      StoreOptions.of(new ManualTimeSource(Instant.EPOCH), Runnable::run)
          .withSyncInterval(Duration.ZERO);
  private final DamageLog log = DamageLog.begin();
  private Form form = Form.PLAIN;

  @AfterEach
  void endLog() {
    log.close();
  }

  private enum Form {
    PLAIN(0),
    COMPRESSED(13),
    ENCRYPTED(26);

    private final int begin; // which damage comes first, so that each form has others

    Form(int begin) {
      this.begin = begin;
    }
  }

  /** A state of the disk, and what was acknowledged before. */
  private record Wreck(String name, MemoryDisk disk, long last) {}

  private StreamStore open(MemoryDisk disk) {
    FileLog files =
        new FileLog(
            EncryptedDisk.of(disk, form == Form.ENCRYPTED),
            MESSAGES,
            "S",
            new Syncer(options.withDisk(disk)),
            1500,
            form == Form.COMPRESSED);
    return IndexedStore.open(files, StoreLimits.NONE, false);
  }

  private static void append(StreamStore store) {
    long sequence = store.lastSequence() + 1;
    String subject = "s." + sequence % 7;
    byte[] payload = ("message " + sequence + "x".repeat((int) (sequence % 50))).getBytes(UTF_8);
    store.append(subject, Message.of(subject, null, payload), 1_000 + sequence);
    store.flush();
  }

  /** Returns the messages and, of a stream without any, the first sequence. */
  private static Map<Long, String> messages(StreamStore store) {
    Map<Long, String> found = new TreeMap<>();
    for (StoredMessage each = store.next(SubjectFilter.ALL, 1);
        each != null;
        each = store.next(SubjectFilter.ALL, each.sequence() + 1)) {
      found.put(each.sequence(), each.subject() + ' ' + new String(each.payload(), UTF_8));
    }
    return found;
  }

  /** A disk after a kill in the midst of work. */
  private MemoryDisk killed(int messages, int ending) {
    MemoryDisk disk = new MemoryDisk();
    StreamStore store = open(disk);
    for (int i = 0; i < messages; i++) {
      append(store);
      if (i == messages / 2) {
        store.remove(3);
        store.compact(2);
      }
    }
    switch (ending) {
      case 1 -> store.compact(store.lastSequence() - 2);
      case 2 -> {
        store.purge();
        append(store);
      }
      case 3 -> store.remove(store.lastSequence() - 1);
      default -> {}
    }
    store.flush();
    return disk.copy();
  }

  private List<Wreck> wrecks() throws Exception {
    List<Wreck> found = new ArrayList<>();
    for (int messages : new int[] {8, 60}) {
      for (int ending = 0; ending < 4; ending++) {
        MemoryDisk whole = killed(messages, ending);
        String name = messages + " messages, ending " + ending;
        found.add(new Wreck(name, whole, messages + (ending == 2 ? 1 : 0)));
        for (Path file : whole.files()) {
          found.addAll(damaged(name, whole, file));
        }
      }
    }
    return found;
  }

  private static List<Wreck> damaged(String name, MemoryDisk whole, Path file) throws Exception {
    long last = 8;
    last = name.startsWith("60") ? 60 : last;
    byte[] content = whole.content(file);
    List<Wreck> found = new ArrayList<>();
    String as = name + ", " + file.getFileName();
    MemoryDisk without = whole.copy();
    without.delete(file);
    found.add(new Wreck(as + " deleted", without.copy(), last));
    int end = content.length;
    for (int length : new int[] {0, 20, 40, end / 2, end - 60, end - 20, end - 1}) {
      if (length >= 0 && length < end) {
        MemoryDisk cut = whole.copy();
        cut.setContent(file, Arrays.copyOf(content, length));
        found.add(new Wreck(as + " cut to " + length + " of " + end, cut, last));
      }
    }
    for (int at : new int[] {10, end / 2, end - 30}) {
      byte[] flipped = content.clone();
      Arrays.fill(flipped, Math.max(0, at), Math.min(end, at + 40), (byte) 0x5A);
      MemoryDisk garbled = whole.copy();
      garbled.setContent(file, flipped);
      found.add(new Wreck(as + " garbled at " + at, garbled, last));
    }
    return found;
  }

  @ParameterizedTest
  @EnumSource
  void losesNothingByEndsInTheMidstOfRecovery(Form how) throws Exception {
    form = how;
    Random random = new Random(7);
    List<Wreck> wrecks = wrecks();
    for (int run = 0; run < RUNS; run++) {
      for (int i = (run + how.begin) % ALL; i < wrecks.size(); i += ALL) {
        Wreck wreck = wrecks.get(i);
        MemoryDisk once = wreck.disk.copy();
        StreamStore first = open(once);
        Map<Long, String> wanted = messages(first);
        assertThat(first.lastSequence()).as(wreck.name).isGreaterThanOrEqualTo(wreck.last);
        first.close();
        for (boolean power : new boolean[] {false, true}) {
          endAnywhere(wreck.name, wreck.disk, once, wreck.last, wanted, power, 2, random);
        }
      }
    }
  }

  /** Ends at each change of an opening, and so again in what is left, as often as told. */
  private void endAnywhere(
      String name,
      MemoryDisk disk,
      MemoryDisk once,
      long last,
      Map<Long, String> wanted,
      boolean power,
      int times,
      Random random)
      throws Exception {
    for (int changes = 0; ; changes += times == 2 ? 1 : 1 + random.nextInt(4)) {
      MemoryDisk again = disk.copy();
      again.die(changes, power, random);
      open(again).close();
      MemoryDisk left = again.remains();
      if (left == null) {
        return;
      }
      String as = name + (power ? ", power lost after " : ", killed after ") + changes;
      if (times > 1 && random.nextInt(3) == 0) {
        endAnywhere(as, left, once, last, wanted, power, times - 1, random);
      }
      requireAll(as, left, once, last, wanted);
    }
  }

  private void requireAll(
      String name, MemoryDisk left, MemoryDisk once, long last, Map<Long, String> wanted)
      throws Exception {
    Map<Long, String> expected = new TreeMap<>(wanted);
    for (int start = 1; start <= 2; start++) {
      try (StreamStore store = open(left)) {
        assertThat(messages(store)).as("%s, start %s", name, start).isEqualTo(expected);
        assertThat(store.lastSequence())
            .as("%s, start %s", name, start)
            .isGreaterThanOrEqualTo(last);
        append(store);
        expected = messages(store);
        last = store.lastSequence();
      }
    }
    for (Path kept : once.files()) {
      if (kept.toString().contains(".damaged")) {
        assertThat(left.files().stream().map(file -> hex(left, file)))
            .as("%s: %s", name, kept)
            .contains(hex(once, kept));
      }
    }
  }

  private static String hex(MemoryDisk disk, Path file) {
    return Arrays.toString(disk.content(file));
  }
}
