package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a full disk, every operation that removes messages frees their space. */
class StoreFullDiskTest {
  private static final int SEGMENT = 20_000;
  private final MemoryDisk disk = new MemoryDisk();
  private final StoreOptions options =
      StoreOptions.of(new ManualTimeSource(Instant.EPOCH), Runnable::run).withDisk(disk);
  private final Map<Long, String> published = new TreeMap<>();

  private StreamStore open(MemoryDisk on) {
    FileLog log =
        new FileLog(on, Path.of("s"), "S", new Syncer(options.withDisk(on)), SEGMENT, false);
    return IndexedStore.open(log, StoreLimits.NONE, false);
  }

  private void put(StreamStore store, String subject) {
    long sequence = store.lastSequence() + 1;
    String payload = sequence + "x".repeat(100);
    byte[] bytes = payload.getBytes(UTF_8);
    store.append(subject, Message.of(subject, null, bytes), 1_000 + sequence);
    store.flush();
    published.put(sequence, payload);
  }

  private void check(StreamStore store) {
    for (long at = 1; at <= store.lastSequence(); at++) {
      StoredMessage message = store.get(at);
      if (message != null) {
        assertThat(new String(message.payload(), UTF_8)).isEqualTo(published.get(at));
      }
    }
    assertThat(store.state().lostMessages()).isZero();
  }

  private StreamStore filled(int messages) {
    StreamStore store = open(disk);
    for (int i = 0; i < messages; i++) {
      put(store, i % 4 == 0 ? "keep" : "go");
    }
    disk.setSpace(0);
    assertThatThrownBy(() -> put(store, "one more")).isInstanceOf(StoreException.NoSpace.class);
    return store;
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 130, 1000})
  void aPurgeThatKeepsSomeGivesRoom(int messages) {
    try (StreamStore store = filled(messages)) {
      long before = disk.totalSize();
      assertThat(store.purge(SubjectFilter.ALL, 0, 3)).isEqualTo(messages - 3);
      store.flush();
      assertThat(disk.totalSize()).isLessThan(before - (messages - 3) * 100L);
      assertThat(store.state().messages()).isEqualTo(3);
      check(store);
      put(store, "again");
      check(store);
    }
    try (StreamStore store = open(disk)) {
      assertThat(store.state().messages()).isEqualTo(4);
      assertThat(store.lastSequence()).isEqualTo(messages + 1);
      check(store);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 130, 1000})
  void aPurgeOfASubjectGivesRoom(int messages) {
    int kept = (messages + 3) / 4;
    try (StreamStore store = filled(messages)) {
      long before = disk.totalSize();
      assertThat(store.purge(SubjectFilter.of("go"), 0, 0)).isEqualTo(messages - kept);
      store.flush();
      store.flush();
      assertThat(disk.totalSize()).isLessThan(before - (messages - kept) * 100L);
      check(store);
      put(store, "again");
    }
    try (StreamStore store = open(disk)) {
      assertThat(store.state().messages()).isEqualTo(kept + 1);
      assertThat(store.count("keep")).isEqualTo(kept);
      assertThat(store.lastSequence()).isEqualTo(messages + 1);
      check(store);
    }
  }

  @Test
  void messagesRemovedOneByOneGiveRoom() {
    try (StreamStore store = filled(130)) {
      int refused = 0;
      for (long at = 1; at <= 120; at++) {
        store.remove(at);
        try {
          store.flush();
        } catch (StoreException.NoSpace e) {
          refused++; // until the store has freed enough
        }
      }
      assertThat(refused).isLessThan(20);
      put(store, "again");
      check(store);
    }
    try (StreamStore store = open(disk)) {
      assertThat(store.state().messages()).isEqualTo(11);
      check(store);
    }
  }

  @Test
  void aLimitGivesRoom() {
    try (StreamStore store = filled(130)) {
      store.limit(new StoreLimits(10, 0, 0, 0, StoreLimits.Discard.OLD));
      store.flush();
      put(store, "again");
      assertThat(store.state().messages()).isEqualTo(10);
      check(store);
    }
  }

  @Test
  void aPurgeGivesRoomOnADiskThatIsNotFull() {
    try (StreamStore store = open(disk)) {
      for (int i = 0; i < 130; i++) {
        put(store, "s");
      }
      long before = disk.totalSize();
      store.purge(SubjectFilter.ALL, 0, 3);
      store.flush();
      store.flush();
      assertThat(disk.totalSize()).isLessThan(before / 4);
      check(store);
    }
  }

  @Test
  void whatIsCutShortLosesNothingThatWasToStay() throws Exception {
    for (int changes = 0; changes < 60; changes++) {
      for (boolean power : new boolean[] {false, true}) {
        MemoryDisk fresh = new MemoryDisk();
        Random random = new Random(changes);
        StreamStore store = open(fresh);
        for (int i = 0; i < 120; i++) {
          put(store, i % 4 == 0 ? "keep" : "go");
        }
        store.sync();
        fresh.setSpace(0);
        fresh.die(changes, power, random);
        store.purge(SubjectFilter.of("go"), 0, 0);
        store.flush();
        MemoryDisk left = fresh.remains();
        if (left == null) {
          left = fresh.copy();
        }
        try (StreamStore found = open(left)) {
          assertThat(found.count("keep")).as("after %s changes", changes).isEqualTo(30);
          check(found);
        }
      }
    }
  }
}
