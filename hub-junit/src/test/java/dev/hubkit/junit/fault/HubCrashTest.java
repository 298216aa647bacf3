package dev.hubkit.junit.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.Hub;
import dev.hubkit.HubException;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.TimelineFilter;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Options;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Crashes of a hub, failures of its disk, and faults in its HTTP responses. */
class HubCrashTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final byte[] ORDER = "two coffees".getBytes(UTF_8);

  private static StreamConfiguration.Builder orders() {
    return StreamConfiguration.builder().name("ORDERS").subjects("orders.>");
  }

  private static long messages(HubResource hub) throws Exception {
    try (Connection fresh = hub.connect()) {
      return fresh.jetStreamManagement().getStreamInfo("ORDERS").getStreamState().getMsgCount();
    }
  }

  @Test
  @WithHub(fossil = false)
  void whatWasAcknowledgedSurvivesACrash(HubResource hub) throws Exception {
    List<CompletableFuture<PublishAck>> acks = new ArrayList<>();
    try (Connection client =
        hub.connect(new Options.Builder().noReconnect().connectionTimeout(SOON))) {
      client.jetStreamManagement().addStream(orders().build());
      client
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name("MEMORY")
                  .subjects("memory")
                  .storageType(StorageType.Memory)
                  .build());
      JetStream jetStream = client.jetStream();
      CountDownLatch some = new CountDownLatch(200);
      for (int i = 0; i < 5000; i++) {
        acks.add(
            jetStream
                .publishAsync("orders." + i, ORDER)
                .whenComplete((ack, failure) -> some.countDown()));
      }
      assertThat(some.await(20, TimeUnit.SECONDS)).isTrue();
      hub.faults().crash();
      assertThat(hub.faults().isCrashed()).isTrue();
      assertThatThrownBy(() -> hub.hub().nats())
          .isInstanceOf(HubException.class)
          .hasMessageContaining("crashed");
    }
    long acknowledged =
        acks.stream().filter(ack -> ack.isDone() && !ack.isCompletedExceptionally()).count();
    int port = hub.natsPort();
    hub.faults().recover();
    assertThat(hub.natsPort()).isEqualTo(port);
    assertThat(messages(hub)).isBetween(acknowledged, 5000L);
    try (Connection fresh = hub.connect()) {
      assertThat(fresh.jetStreamManagement().getStreamNames()).containsExactly("ORDERS");
    }
  }

  @Test
  @WithHub(fossil = false)
  void aLossOfPowerTakesWhatWasNotSynced(HubResource hub) throws Exception {
    hub.time().freeze();
    try (Connection client = hub.connect()) {
      client.jetStreamManagement().addStream(orders().build());
      client.jetStream().publish("orders.1", ORDER);
      // Streams are synced two minutes after they were written.
      hub.time().advance(Duration.ofMinutes(3));
      client.jetStream().publish("orders.2", ORDER);
    }
    hub.faults().losePower();
    hub.faults().recover();
    assertThat(messages(hub)).isEqualTo(1);
    hub.faults().crash();
    hub.faults().recover();
    assertThat(messages(hub)).isEqualTo(1);
  }

  @Test
  @WithHub(fossil = false)
  void aFullDiskRefusesMessagesAndTakesThemAgain(
      HubResource hub, JetStreamManagement streams, JetStream jetStream) throws Exception {
    streams.addStream(orders().build());
    jetStream.publish("orders.1", ORDER);
    // @start region="aFullDiskRefusesMessagesAndTakesThemAgain"
    try (Fault full = hub.faults().diskFull()) {
      assertThatExceptionOfType(JetStreamApiException.class)
          .isThrownBy(() -> jetStream.publish("orders.2", ORDER))
          .satisfies(refused -> assertThat(refused.getApiErrorCode()).isEqualTo(10077))
          .withMessageContaining("no space left on device");
      assertThat(full).hasToString("the disk is full");
    }
    // @end
    assertThat(jetStream.publish("orders.3", ORDER).getSeqno()).isEqualTo(2);
    try (Fault broken = hub.faults().diskFails()) {
      assertThatExceptionOfType(JetStreamApiException.class)
          .isThrownBy(() -> jetStream.publish("orders.4", ORDER))
          .withMessageContaining("Input/output error");
      assertThat(broken.isOpen()).isTrue();
    }
    try (Fault torn = hub.faults().tornWrite(10)) {
      assertThatExceptionOfType(JetStreamApiException.class)
          .isThrownBy(() -> jetStream.publish("orders.5", ORDER))
          .withMessageContaining("Input/output error");
      assertThat(torn.isOpen()).isTrue();
    }
    assertThat(jetStream.publish("orders.6", ORDER).getSeqno()).isEqualTo(3);
    hub.faults().crash();
    hub.faults().recover();
    assertThat(messages(hub)).isEqualTo(3);
  }

  @Test
  @WithHub(nats = false)
  void aCheckInThatWasUnderWayIsUndone(HubResource hub) throws Exception {
    FossilRepository before = hub.repository();
    before.commit(new Commit("hub", "kept").put("kept.txt", FileContent.of(ORDER)));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch crashing = new CountDownLatch(1);
    // The common pool may have only one thread.
    Executor threads = task -> new Thread(task, "crash-test").start();
    CompletableFuture<Void> underWay =
        CompletableFuture.runAsync(
            () ->
                before.update(
                    transaction -> {
                      transaction.set("lost", "1");
                      begun.countDown();
                      try {
                        assertThat(crashing.await(20, TimeUnit.SECONDS)).isTrue();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                    }),
            threads);
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<Void> crash = CompletableFuture.runAsync(hub.faults()::crash, threads);
    // The hub has crashed when its port refuses connections.
    HttpClient http = HttpClient.newHttpClient();
    HttpRequest request = HttpRequest.newBuilder(URI.create(hub.fossilUrl())).build();
    await()
        .atMost(SOON)
        .until(
            () -> {
              try {
                http.send(request, BodyHandlers.discarding());
                return false;
              } catch (IOException e) {
                return true;
              }
            });
    crashing.countDown();
    crash.get(20, TimeUnit.SECONDS);
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> underWay.get(20, TimeUnit.SECONDS))
        .withCauseInstanceOf(RepositoryException.class);
    hub.faults().recover();
    assertThat(hub.repository().<Boolean, RuntimeException>read(s -> s.setting("lost") == null))
        .isTrue();
    assertThat(
            hub.repository()
                .<Integer, RuntimeException>read(s -> s.timeline(new TimelineFilter()).size()))
        .isEqualTo(2);
    assertThat(http.send(request, BodyHandlers.discarding()).statusCode()).isLessThan(400);
  }

  @Test
  @WithHub(nats = false)
  void answersFailAreDroppedCutAndLate(HubResource hub, @TempDir Path directory) throws Exception {
    URI url = URI.create(hub.fossilUrl());
    HttpClient http = HttpClient.newHttpClient();
    HttpRequest timeline = HttpRequest.newBuilder(url.resolve("/timeline")).build();
    try (Fault failing = hub.faults().pageRequests("/timeline").fail(503)) {
      assertThat(http.send(timeline, BodyHandlers.ofString()).statusCode()).isEqualTo(503);
      assertThat(http.send(get(url, "/tree"), BodyHandlers.discarding()).statusCode())
          .isEqualTo(200);
      assertThat(failing).hasToString("requests for /timeline fail with 503");
    }
    assertThat(http.send(timeline, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    try (Fault dropped = hub.faults().syncRequests().drop();
        FossilClient client = FossilClient.of(url)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> client.cloneTo(directory.resolve("dropped.fossil"), "me"));
      assertThat(dropped.isOpen()).isTrue();
    }
    try (Fault cut = hub.faults().syncRequests().cutBody(20);
        FossilClient client = FossilClient.of(url)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> client.cloneTo(directory.resolve("cut.fossil"), "me"));
      assertThat(cut.isOpen()).isTrue();
    }
    hub.time().freeze();
    try (Fault late = hub.faults().requests().delay(Duration.ofMinutes(1))) {
      CompletableFuture<HttpResponse<String>> answer =
          http.sendAsync(timeline, BodyHandlers.ofString());
      while (!answer.isDone()) {
        // The request may still be on its way when the test advances the time.
        hub.time().advance(Duration.ofMinutes(1));
      }
      assertThat(answer.get().statusCode()).isEqualTo(200);
      assertThat(late.isOpen()).isTrue();
    }
    try (FossilRepository clone =
        FossilClient.of(url).cloneTo(directory.resolve("whole.fossil"), "me")) {
      assertThat(clone.file()).exists();
    }
  }

  private static HttpRequest get(URI url, String path) {
    return HttpRequest.newBuilder(url.resolve(path)).build();
  }

  @Test
  @WithHub
  void undoingTakesEverythingBack(HubResource hub) throws Exception {
    Hub whole = hub.hub();
    hub.faults().refuse();
    hub.faults().requests().fail(500);
    hub.faults().diskFull();
    hub.faults().stall(ClientSelector.everybody());
    hub.faults().crash();
    assertThat(hub.faults().open()).hasSize(4);
    hub.faults().undo();
    assertThat(hub.faults().open()).isEmpty();
    assertThat(hub.faults().isCrashed()).isFalse();
    try (Connection client = hub.connect()) {
      client.jetStreamManagement().addStream(orders().build());
      assertThat(client.jetStream().publish("orders.1", ORDER).getSeqno()).isEqualTo(1);
    }
    assertThat(whole.repository().file()).exists();
  }
}
