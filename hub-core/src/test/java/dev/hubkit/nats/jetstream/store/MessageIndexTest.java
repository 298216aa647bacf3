package dev.hubkit.nats.jetstream.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compares the index with a map of the JDK, for contents that pack well, a little, and not at all.
 */
class MessageIndexTest {
  private record Entry(int subject, int size, boolean headed, int position) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void knowsWhatAMapKnows(long seed) {
    Random random = new Random(seed);
    int subjects = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 100 : 10_000_000;
    int sizes = seed % 4 == 0 ? 1 : seed % 4 == 1 ? 1_000 : LogRecord.MAX_LENGTH;
    boolean gaps = seed % 2 == 0;
    MessageIndex index = new MessageIndex(false);
    TreeMap<Long, Entry> expected = new TreeMap<>();
    long next = 1L + random.nextInt(500);
    for (int i = 0; i < 6_000; i++) {
      Entry entry =
          new Entry(
              random.nextInt(subjects),
              random.nextInt(sizes),
              sizes > 1 && random.nextInt(5) == 0,
              seed % 5 == 0 ? i * 171 : random.nextInt(Integer.MAX_VALUE));
      index.add(next, entry.subject, entry.size, entry.headed, entry.position, null);
      expected.put(next, entry);
      next += gaps && random.nextInt(100) == 0 ? random.nextInt(1_000) + 1 : 1;
      if (random.nextInt(3) == 0) {
        Long victim = expected.ceilingKey((long) random.nextInt((int) next));
        if (victim != null) {
          index.remove(victim);
          expected.remove(victim);
        }
      }
      if (random.nextInt(10) == 0) {
        Long moved = expected.ceilingKey((long) random.nextInt((int) next));
        if (moved != null) {
          Entry was = expected.get(moved);
          Entry now = new Entry(was.subject, was.size, was.headed, random.nextInt(1 << 30));
          index.move(moved, now.position);
          expected.put(moved, now);
        }
      }
    }
    assertThat(index.count()).isEqualTo(expected.size());
    for (long at = 0; at <= next; at++) {
      Entry entry = expected.get(at);
      assertThat(index.contains(at)).isEqualTo(entry != null);
      assertThat(index.next(at)).isEqualTo(key(expected.ceilingEntry(Math.max(1, at))));
      assertThat(index.previous(at)).isEqualTo(key(expected.floorEntry(at)));
      if (entry != null) {
        assertThat(index.subject(at)).isEqualTo(entry.subject);
        assertThat(index.size(at)).isEqualTo(entry.size);
        assertThat(index.position(at)).isEqualTo(entry.position);
        assertThat(index.nextHeaded(at) == at).isEqualTo(entry.headed);
      }
      if (at % 37 == 0) {
        assertThat(index.countFrom(at)).isEqualTo(expected.tailMap(at).size());
      }
    }
  }

  private static long key(Map.Entry<Long, Entry> entry) {
    return entry == null ? 0 : entry.getKey();
  }
}
