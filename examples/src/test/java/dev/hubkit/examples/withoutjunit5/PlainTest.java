package dev.hubkit.examples.withoutjunit5;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.HubSnapshot;
import dev.hubkit.junit.TestNats;
import dev.hubkit.junit.runner.NatsServerRunner;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A server without an extension, as a test of any framework can have it. */
class PlainTest {
  private static StreamConfiguration orders() {
    return StreamConfiguration.builder()
        .name("ORDERS")
        .subjects("orders.>")
        .storageType(StorageType.Memory)
        .maxAge(Duration.ofHours(1))
        .build();
  }

  @Test
  void ordersExpire() throws Exception {
    // @start region="plain"
    try (var nats = TestNats.start()) {
      nats.jetStreamManagement().addStream(orders());
      HubSnapshot before = nats.hub().snapshot();

      nats.jetStream().publish("orders.1", "soup".getBytes(UTF_8));
      nats.journal().await().published("orders.1").atMost(Duration.ofSeconds(5));
      nats.time().advance(Duration.ofHours(2));
      assertThat(nats.jetStreamManagement().getStreamInfo("ORDERS").getStreamState().getMsgCount())
          .isZero();

      nats.hub().rewind(before);
    }
    // @end
  }

  @Test
  void serverIsConfigured() throws Exception {
    // @start region="configured"
    try (var nats =
            TestNats.builder()
                .options(server -> server.maxPayload(1024).serverName("shop"))
                .start();
        Connection client = nats.connect()) {
      assertThat(client.getMaxPayload()).isEqualTo(1024);
      assertThat(client.getServerInfo().getServerName()).isEqualTo("shop");
    }
    // @end
  }

  @Test
  void runnerHasTheOldShape() throws Exception {
    // @start region="runner"
    try (NatsServerRunner server =
            NatsServerRunner.builder()
                .jetstream(true)
                .configInserts(List.of("server_name: shop"))
                .build();
        Connection client = Nats.connect(server.getURI())) {
      assertThat(client.getServerInfo().getServerName()).isEqualTo("shop");
      assertThat(client.getServerInfo().isJetStreamAvailable()).isTrue();
    }
    // @end
  }
}
