package dev.hubkit.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.FromHub;
import dev.hubkit.junit.HubExtension;
import dev.hubkit.junit.HubLifecycle;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.api.StreamConfiguration;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LifecycleTest {
  // @start region="suite"
  /** The hub of the whole run: started by the first class that has it, stopped at the end. */
  @WithHub(name = "shop", lifecycle = HubLifecycle.PER_SUITE)
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface ShopHub {}

  // @end

  @Nested
  @ShopHub
  class OfSuite {
    @Test
    void isNamed(HubResource hub) {
      assertThat(hub.name()).isEqualTo("shop");
    }
  }

  // @start region="several"
  @Nested
  @WithHub(name = "here")
  @WithHub(name = "there", fossil = false)
  class TwoHubs {
    @Test
    void areTwo(@FromHub("here") HubResource here, @FromHub("there") HubResource there) {
      assertThat(here.natsUrl()).isNotEqualTo(there.natsUrl());
    }
  }

  // @end

  // @start region="method"
  @Nested
  class OneTestOnly {
    @Test
    @WithHub
    void hasAHubOfItsOwn(Connection nats) {
      assertThat(nats.getStatus()).isEqualTo(Connection.Status.CONNECTED);
    }
  }

  // @end

  // @start region="builder"
  static class BuiltTest {
    @RegisterExtension
    static final HubExtension HUB =
        HubExtension.builder()
            .withoutFossil()
            .options(hub -> hub.tuneNats(nats -> nats.maxPayload(64_000)))
            .prepare(hub -> hub.jetStreamManagement().addStream(orders()))
            .build();

    private static StreamConfiguration orders() {
      return StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build();
    }

    @Test
    void isAsBuilt(Connection nats) throws Exception {
      assertThat(nats.getServerInfo().getMaxPayload()).isEqualTo(64_000);
      assertThat(nats.jetStreamManagement().getStreamNames()).containsExactly("ORDERS");
    }
  }

  // @end

  @Nested
  class Built extends BuiltTest {}
}
