package dev.hubkit.nats.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.time.VirtualTimeSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A client that sends nothing where proxies do is not waited for longer than nats-server does. */
class ProxySilenceTest {
  @Test
  void endsAfterFiveSeconds() throws Exception {
    ServerConfig config = new ServerConfig();
    config.set(Options.PORT, 0);
    config.set(Options.PROXY_PROTOCOL, true);
    try (VirtualTimeSource time = new VirtualTimeSource("proxy-silence-test");
        NatsServer server =
            NatsServer.start(NatsOptions.builder().config(config).timeSource(time).build());
        RawClient client = RawClient.connect(server.port(), 0)) {
      assertThat(client.line()).startsWith("INFO ");
      time.advance(Duration.ofSeconds(5));
      assertThat(client.line()).isNull();
    }
  }
}
