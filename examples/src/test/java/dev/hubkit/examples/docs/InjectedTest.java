package dev.hubkit.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.junit.Bucket;
import dev.hubkit.junit.FromHub;
import dev.hubkit.junit.HubPort;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.HubUrl;
import dev.hubkit.junit.Service;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.ObjectStore;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

// @start region="all"
@WithHub
class InjectedTest {
  @FromHub static Connection ofTheClass;

  HubResource hub;

  @HubUrl(Service.FOSSIL)
  URI repositoryUrl;

  @BeforeAll
  static void oncePerClass(JetStreamManagement management) throws Exception {
    assertThat(management.getStreamNames()).isEmpty();
  }

  @BeforeEach
  void beforeEachTest(Connection nats) {
    assertThat(nats).isNotSameAs(ofTheClass);
  }

  @Test
  void parameters(
      Connection nats,
      JetStream jetStream,
      @Bucket("prices") KeyValue prices,
      @Bucket("pictures") ObjectStore pictures,
      FossilRepository repository,
      @HubPort(Service.NATS) int port,
      @FromHub Path root)
      throws Exception {
    assertThat(hub.natsPort()).isEqualTo(port);
    assertThat(repository.file()).startsWith(root.toRealPath());
    prices.put("tea", "2.50");
    assertThat(nats.keyValue("prices").get("tea").getValueAsString()).isEqualTo("2.50");
    assertThat(pictures.getStatus().isSealed()).isFalse();
    assertThat(jetStream.getStreamContext("KV_prices").getStreamName()).isEqualTo("KV_prices");
    assertThat(repositoryUrl.getPort()).isEqualTo(hub.fossilPort());
  }
}
// @end
