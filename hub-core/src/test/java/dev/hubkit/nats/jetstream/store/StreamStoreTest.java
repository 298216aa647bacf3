package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Shows by small cases what the store of a stream does. */
class StreamStoreTest {
  private static final StoreLimits NONE = StoreLimits.NONE;

  private static long put(StreamStore store, String subject, String payload) {
    byte[] bytes = payload.getBytes(UTF_8);
    long sequence =
        store.append(subject, Message.of(subject, null, bytes), 1_000 + store.lastSequence());
    store.flush();
    return sequence;
  }

  private static List<Long> all(StreamStore store, SubjectFilter filter) {
    List<Long> found = new ArrayList<>();
    for (long at = store.nextSequence(filter, 0); at != 0; ) {
      found.add(at);
      at = store.nextSequence(filter, at + 1);
    }
    return found;
  }

  @Test
  void readsBackWhatWasAppended() {
    try (StreamStore store = MemoryStore.create(NONE)) {
      byte[] bytes = "xxNATS/1.0\r\n\r\nhello".getBytes(UTF_8);
      assertThat(store.append("a.b", Message.view("a.b", null, bytes, 2, 12, bytes.length - 2), 77))
          .isEqualTo(1);
      store.flush();
      StoredMessage message = store.get(1);
      assertThat(message).isNotNull();
      assertThat(message.subject()).isEqualTo("a.b");
      assertThat(message.timestamp()).isEqualTo(77);
      assertThat(message.header()).asString(UTF_8).isEqualTo("NATS/1.0\r\n\r\n");
      assertThat(message.payload()).asString(UTF_8).isEqualTo("hello");
      assertThat(store.state().bytes()).isEqualTo(3 + 12 + 5 + 16);
      assertThat(store.get(2)).isNull();
    }
  }

  @Test
  void findsBySubject() {
    try (StreamStore store = MemoryStore.create(NONE)) {
      put(store, "a.1", "");
      put(store, "a.2", "");
      put(store, "b", "");
      put(store, "a.1.x", "");
      put(store, "a.1", "");
      assertThat(all(store, SubjectFilter.of("a.*"))).containsExactly(1L, 2L, 5L);
      assertThat(all(store, SubjectFilter.of("a.>"))).containsExactly(1L, 2L, 4L, 5L);
      assertThat(all(store, SubjectFilter.of("*"))).containsExactly(3L);
      assertThat(all(store, SubjectFilter.of(List.of("b", "a.2")))).containsExactly(2L, 3L);
      assertThat(store.last("a.*").sequence()).isEqualTo(5);
      assertThat(store.last("none")).isNull();
      assertThat(store.previousSequence(SubjectFilter.of("a.1"), 4)).isEqualTo(1);
      assertThat(store.lastSequences(SubjectFilter.of("a.*"), 0, 9)).containsExactly(2, 5);
      assertThat(store.lastSequences(SubjectFilter.of("a.*"), 4, 9)).containsExactly(1, 2);
      assertThat(store.lastSequences(SubjectFilter.of("a.*"), 0, 1)).isNull();
      Map<String, Long> totals = new TreeMap<>();
      store.subjects(SubjectFilter.of("a.>"), totals::put);
      assertThat(totals).isEqualTo(Map.of("a.1", 2L, "a.2", 1L, "a.1.x", 1L));
    }
  }

  @Test
  void startsAndEndsEmptyAsNatsServerDoes() {
    try (StreamStore store = MemoryStore.create(NONE)) {
      assertThat(store.state()).isEqualTo(new StoreState(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
      put(store, "a", "");
      put(store, "a", "");
      assertThat(store.purge()).isEqualTo(2);
      assertThat(store.firstSequence()).isEqualTo(3);
      assertThat(store.lastSequence()).isEqualTo(2);
      store.compact(100);
      assertThat(put(store, "a", "")).isEqualTo(100);
    }
  }

  @Test
  void refusesNewOnesOnlyWhereNothingGivesWay() {
    StoreLimits limits =
        NONE.withMaxMessages(2).withMaxMessagesPerSubject(1).withDiscard(StoreLimits.Discard.NEW);
    try (StreamStore store = MemoryStore.create(limits)) {
      put(store, "a", "");
      put(store, "b", "");
      assertThat(put(store, "a", "new")).isEqualTo(3);
      assertThatThrownBy(() -> put(store, "c", ""))
          .isInstanceOfSatisfying(
              StoreException.LimitReached.class,
              e -> assertThat(e.limit()).isEqualTo(StoreException.Limit.MESSAGES));
      store.limit(limits.withDiscard(StoreLimits.Discard.NEW_PER_SUBJECT));
      assertThatThrownBy(() -> put(store, "a", ""))
          .hasMessage("maximum messages per subject exceeded");
      assertThat(store.append("a", Message.of("a", null, new byte[0]), 1, 0, true)).isEqualTo(4);
    }
  }

  @Test
  void expiresByAgeAndByTimeToLive() {
    try (StreamStore store = MemoryStore.create(NONE.withMaxAge(100))) {
      byte[] none = {};
      store.append("forever", Message.of("forever", null, none), 1_000, StreamStore.NEVER, false);
      store.append("short", Message.of("short", null, none), 1_010, 5, false);
      store.append("aged", Message.of("aged", null, none), 1_020);
      store.flush();
      assertThat(store.nextExpiry()).isEqualTo(1_015);
      store.expire(1_015, ExpiryHandler.REMOVE);
      assertThat(all(store, SubjectFilter.ALL)).containsExactly(1L, 3L);
      assertThat(store.nextExpiry()).isEqualTo(1_120);
      store.expire(
          1_120,
          (message, last) -> {
            assertThat(message.subject()).isEqualTo("aged");
            assertThat(last).isTrue();
            return true;
          });
      assertThat(all(store, SubjectFilter.ALL)).containsExactly(1L);
      assertThat(store.nextExpiry()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void tellsOfRemovals() {
    List<String> heard = new ArrayList<>();
    try (StreamStore store = MemoryStore.create(NONE.withMaxMessages(3))) {
      store.onRemoval(
          new RemovalListener() {
            @Override
            public void removed(long sequence, String subject, long bytes) {
              heard.add(sequence + " " + subject + " " + bytes);
            }

            @Override
            public void removedMany(long messages, long bytes) {
              heard.add(messages + " messages, " + bytes + " bytes");
            }
          });
      for (int i = 1; i <= 4; i++) {
        put(store, "s" + i, "x");
      }
      store.remove(3);
      store.purge();
    }
    assertThat(heard).containsExactly("1 s1 19", "3 s3 19", "2 messages, 38 bytes");
  }
}
