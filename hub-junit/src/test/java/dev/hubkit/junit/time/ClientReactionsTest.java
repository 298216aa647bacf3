package dev.hubkit.junit.time;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.journal.Journal;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.SystemTimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** For which reactions of clients an advance waits, and how long. */
class ClientReactionsTest {
  private static final Duration MOST = Duration.ofSeconds(20);
  private static final byte[] NOTHING = {};

  private final SystemTimeSource time = new SystemTimeSource("client-reactions-test");
  private final ClientReactions reactions = new ClientReactions(new Journal(time).natsObserver());

  @AfterEach
  void close() {
    time.close();
  }

  private void await() throws InterruptedException {
    assertThat(reactions.await(MOST)).isTrue();
    assertThat(reactions.areExpected()).isFalse();
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private void deliver(String reply) {
    reactions.delivered(7, "1", Message.of("orders", reply, NOTHING));
  }

  private void publish(String subject, String payload) {
    reactions.published(Message.of(subject, null, payload.getBytes(UTF_8)));
  }

  @Test
  void isOverAtOnceWhereNothingWasReceived() throws Exception {
    publish("orders", "");
    assertThat(reactions.areExpected()).isFalse();
    reactions.delivered(
        7,
        "1",
        Message.of("x", null, "NATS/1.0 100 Idle Heartbeat\r\n\r\n".getBytes(UTF_8), NOTHING));
    assertThat(reactions.areExpected()).isFalse();
    long begin = System.nanoTime();
    reactions.delivered(7, "1", Message.of("orders", null, NOTHING));
    assertThat(reactions.areExpected()).isTrue();
    await();
    assertThat(since(begin)).isGreaterThanOrEqualTo(ClientReactions.QUIET);
    reactions.delivered(7, "1", Message.of("orders", null, NOTHING));
    reactions.forget();
    assertThat(reactions.areExpected()).isFalse();
  }

  @Test
  void expectsAnAnswerUntilItComes() throws Exception {
    deliver("reply.1");
    deliver("reply.2");
    publish("reply.1", "+ACK");
    publish("reply.2", "+WPI");
    reactions.forget();
    assertThat(reactions.areExpected()).isTrue();
    CompletableFuture<Boolean> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return reactions.await(MOST);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    publish("reply.2", "+ACK");
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isTrue();
    reactions.forget();
    assertThat(reactions.areExpected()).isFalse();
  }

  @Test
  void doesNotWaitAgainForASubscriptionThatIsSilentUntilItAnswers() throws Exception {
    long begin = System.nanoTime();
    deliver("reply.1");
    await();
    assertThat(since(begin)).isGreaterThanOrEqualTo(ClientReactions.ANSWER);
    deliver("reply.2");
    reactions.forget();
    assertThat(reactions.areExpected()).isFalse();
    publish("reply.2", "late");
    deliver("reply.3");
    reactions.forget();
    assertThat(reactions.areExpected()).isTrue();
    reactions.gone(7);
    reactions.forget();
    assertThat(reactions.areExpected()).isFalse();
  }

  @Test
  void givesUpOnClientsThatNeverPause() throws Exception {
    AtomicBoolean stopped = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> busy =
        CompletableFuture.runAsync(
            () -> {
              while (!stopped.get()) {
                publish("orders", "");
                begun.countDown();
                Thread.onSpinWait();
              }
            });
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    deliver("reply.1");
    assertThat(reactions.await(Duration.ofMillis(50))).isFalse();
    stopped.set(true);
    busy.get(20, TimeUnit.SECONDS);
  }
}
