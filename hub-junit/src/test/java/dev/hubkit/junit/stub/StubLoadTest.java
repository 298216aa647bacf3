package dev.hubkit.junit.stub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.message.MessageMatcher;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many requests, and stubs that come and go meanwhile. */
@WithHub(fossil = false)
class StubLoadTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int WAITING = 10_000;

  @Test
  void requestsDuringChangesGetAStubOrNobody(HubResource hub, Connection nats) throws Exception {
    List<CompletableFuture<String>> answers = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Stub stub = hub.stub("inventory.*").reply("yes");
      answers.add(answer(nats.request("inventory.1", null)));
      answers.add(answer(nats.request("inventory.2", null)));
      stub.remove();
      answers.add(answer(nats.request("inventory.3", null)));
    }
    for (CompletableFuture<String> each : answers) {
      assertThat(each.get(30, TimeUnit.SECONDS)).isIn("yes", "nobody");
    }
    assertThat(hub.stubs().unmatched()).isEmpty();
  }

  private static CompletableFuture<String> answer(CompletableFuture<Message> request) {
    return request.handle(
        (message, thrown) -> {
          if (thrown != null) {
            return thrown instanceof CancellationException ? "nobody" : thrown.toString();
          }
          return message.hasHeaders()
              ? message.getHeaders().toString()
              : new String(message.getData(), UTF_8);
        });
  }

  @Test
  void moreRequestsThanMayWaitAreRefused(HubResource hub, Connection nats) throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    hub.stub("slow.condition")
        .matching(
            MessageMatcher.of(
                "released",
                message -> {
                  try {
                    return release.await(SOON.toSeconds(), TimeUnit.SECONDS);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                  }
                }))
        .reply("yes");
    AtomicInteger answered = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    Dispatcher inbox =
        nats.createDispatcher(
            message -> {
              if (!message.hasHeaders()) {
                answered.incrementAndGet();
              } else if (message.getHeaders().getFirst(ReplySender.ERROR).contains("wait")) {
                refused.incrementAndGet();
              }
            });
    inbox.subscribe("inbox.load");
    int all = WAITING + 100;
    for (int i = 0; i < all; i++) {
      nats.publish("slow.condition", "inbox.load", null);
    }
    await().atMost(SOON).until(() -> refused.get() >= all - WAITING - 1);
    release.countDown();
    await().atMost(SOON).until(() -> answered.get() + refused.get() == all);
    assertThat(refused).hasValueLessThanOrEqualTo(all - WAITING);
    nats.closeDispatcher(inbox);
  }
}
