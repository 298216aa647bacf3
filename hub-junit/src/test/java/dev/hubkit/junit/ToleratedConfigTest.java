package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.config.Options;
import org.junit.jupiter.api.Test;

/** A file for production asks for gateways and MQTT, which a test can do without. */
@WithHub(fossil = false)
@WithNatsConfig(value = ToleratedConfigTest.FILE, tolerate = true)
class ToleratedConfigTest {
  static final String FILE = "classpath:dev/hubkit/junit/production.conf";

  @Test
  void startsWithoutWhatHubHasNot(HubResource hub) {
    var options = hub.hub().nats().options();
    assertThat(options.maxPayload()).isEqualTo(5000);
    assertThat(options.config().get(Options.TOLERATE_UNSUPPORTED)).isTrue();
    assertThat(options.config().omissions()).hasSize(3);
  }

  @Test
  void isRefusedUnlessThatIsTolerated() {
    assertThatThrownBy(() -> TestHub.natsConfig(FILE).apply(StartedHub.options().toBuilder()))
        .hasMessageContaining("production.conf:3:")
        .hasMessageContaining("tolerate = true");
    try (TestNats nats = TestNats.builder().config(FILE, true).start()) {
      assertThat(nats.url()).startsWith("nats://");
    }
  }
}
