package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import dev.hubkit.work.Injection;
import dev.hubkit.work.InjectionSource;
import dev.hubkit.work.WorkStep.Worker;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Whenever a store has no memory to grow, it refuses only the message that needed it. It stores the
 * next one under the same sequence, and index and files agree.
 */
class StoreMemoryTest {
  private static final int MESSAGES = 560;

  private final StoreOptions options =
      StoreOptions.of(new ManualTimeSource(Instant.EPOCH), Runnable::run);
  private final Map<Long, String> stored = new TreeMap<>();

  static {
    DamageLog.keepOffTheConsole();
  }

  @ParameterizedTest
  @InjectionSource(Worker.STORE_GROWTH)
  void goesOnWithTheNextMessage(Injection injection) {
    int passed = 0;
    for (boolean isReached = true; isReached; passed++) {
      stored.clear();
      isReached = failsOnce(injection, passed);
    }
    assertThat(passed).as("how often the store reaches the step").isGreaterThan(2);
  }

  private boolean failsOnce(Injection injection, int passed) {
    Thread mine = Thread.currentThread();
    MemoryDisk fresh = new MemoryDisk();
    StreamDirectory directory = new StreamDirectory(Path.of("S"), options.withDisk(fresh));
    boolean hasFired;
    try (StreamStore store = directory.open(StoreLimits.NONE, false, false)) {
      try (Injection.Armed armed = injection.armAfter(passed, thread -> thread == mine)) {
        int failures = 0;
        for (int i = 0; i < MESSAGES; i++) {
          failures += isPut(store, i) ? 0 : 1;
        }
        hasFired = armed.hasFired();
        assertThat(failures).as("failures").isEqualTo(hasFired ? 1 : 0);
      }
      assertThat(store.isUsable()).isTrue();
      check(store);
    }
    try (StreamStore store = directory.open(StoreLimits.NONE, false, false)) {
      check(store);
      isPut(store, MESSAGES);
      check(store);
    }
    return hasFired;
  }

  private boolean isPut(StreamStore store, int number) {
    String subject = "s." + number % 5 + "." + number % 120;
    byte[] payload = ("message " + number).getBytes(UTF_8);
    long next = store.lastSequence() + 1;
    try {
      long sequence = store.append(subject, Message.of(subject, null, payload), number);
      assertThat(sequence).isEqualTo(next);
      store.flush();
      stored.put(sequence, subject + " message " + number);
      return true;
    } catch (RuntimeException | Error e) {
      assertThat(store.lastSequence()).isEqualTo(next - 1);
      return false;
    }
  }

  private void check(StreamStore store) {
    assertThat(store.state().messages()).isEqualTo(stored.size());
    assertThat(store.lastSequence()).isEqualTo(stored.size());
    Map<String, Long> counts = new TreeMap<>();
    stored.forEach(
        (sequence, text) -> {
          StoredMessage message = store.get(sequence);
          assertThat(message).isNotNull();
          assertThat(message.subject() + " " + new String(message.payload(), UTF_8))
              .isEqualTo(text);
          counts.merge(message.subject(), 1L, Long::sum);
        });
    Map<String, Long> indexed = new TreeMap<>();
    store.subjects(SubjectFilter.ALL, indexed::put);
    assertThat(indexed).isEqualTo(counts);
    counts.forEach((subject, count) -> assertThat(store.count(subject)).isEqualTo(count));
  }
}
