package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.spring.HubConnectionDetails;
import dev.hubkit.junit.spring.HubServiceConnection;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.junit.jupiter.SpringExtension;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** Runs test classes whose application Spring starts, caches and closes. */
class HubServiceConnectionTest {
  private static final List<Kitchen> KITCHENS = new CopyOnWriteArrayList<>();

  @BeforeEach
  void forget() {
    KITCHENS.clear();
  }

  private static void allClosedBeforeTheirHub() {
    assertThat(KITCHENS)
        .isNotEmpty()
        .allSatisfy(
            kitchen -> assertThat(kitchen.statusAtClose).isEqualTo(Connection.Status.CONNECTED));
  }

  /** An application with a connection of its own. */
  @Configuration
  static class Kitchen {
    private volatile Connection.Status statusAtClose;

    @Bean(destroyMethod = "")
    Connection nats(Environment environment) throws Exception {
      Options.Builder options =
          new Options.Builder()
              .server(environment.getRequiredProperty("nats.spring.server"))
              .connectionTimeout(HubResource.SLOW_MACHINE);
      if (environment.containsProperty("nats.spring.username")) {
        options.userInfo(
            environment.getRequiredProperty("nats.spring.username"),
            environment.getRequiredProperty("nats.spring.password"));
      }
      return Nats.connect(options.build());
    }

    @Bean(destroyMethod = "close")
    AutoCloseable closing(Connection nats) {
      KITCHENS.add(this);
      return () -> {
        statusAtClose = nats.getStatus();
        nats.close();
      };
    }
  }

  private static boolean same(Connection one, HubResource hub) {
    return one.getServerInfo().getServerId().equals(hub.hub().nats().id());
  }

  /** Has no hub but the default one; Spring's extension comes first. */
  @SpringJUnitConfig(Kitchen.class)
  @HubServiceConnection(properties = "kitchen.nats=${hub.nats.url}/kitchen")
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class Plain {
    @Autowired Connection application;
    @Autowired HubResource fromSpring;
    @Autowired HubConnectionDetails details;

    @Value("${kitchen.nats}")
    String property;

    @Test
    void isConnected(HubResource hub, Connection nats) throws Exception {
      assertThat(same(application, hub)).isTrue();
      assertThat(same(nats, hub)).isTrue();
      assertThat(fromSpring).isSameAs(hub);
      assertThat(details).isEqualTo(new HubConnectionDetails(hub.natsUrl(), null, null, null));
      assertThat(property).isEqualTo(hub.natsUrl() + "/kitchen");
      application.jetStream().publish("orders.1", "soup".getBytes(UTF_8));
    }

    @Nested
    class Inside {
      @Autowired Connection sameApplication;

      @Test
      void sharesTheApplication() {
        assertThat(sameApplication).isSameAs(application);
      }
    }
  }

  /** Of the same configuration, but for the order. */
  @HubServiceConnection(properties = "kitchen.nats=${hub.nats.url}/kitchen")
  @SpringJUnitConfig(Kitchen.class)
  static class Alike {
    @Autowired Connection application;

    @Test
    void isConnected(HubResource hub) {
      assertThat(same(application, hub)).isTrue();
    }
  }

  @Test
  void oneApplicationServesAllClassesOfTheDefaultHub() {
    TestRun.of(Plain.class, Alike.class).succeeds();
    assertThat(KITCHENS).hasSize(1);
    allClosedBeforeTheirHub();
    // The next run finds no closed application in the cache.
    TestRun.of(Alike.class).succeeds();
    assertThat(KITCHENS).hasSize(2);
  }

  /** Has a hub of its own. */
  @ExtendWith(SpringExtension.class)
  @ContextConfiguration(classes = Kitchen.class)
  @HubServiceConnection
  @WithHub
  static class One {
    @Autowired Connection application;
    @Autowired HubConnectionDetails details;

    @Test
    void isConnected(HubResource hub) {
      assertThat(same(application, hub)).isTrue();
      assertThat(details.fossilUrl()).isEqualTo(hub.fossilUrl());
    }
  }

  /** Likewise. */
  @ExtendWith(SpringExtension.class)
  @ContextConfiguration(classes = Kitchen.class)
  @HubServiceConnection
  @WithHub
  static class Other extends One {}

  @Test
  void classesWithHubsOfTheirOwnDoNotShareAnApplication() {
    TestRun.of(One.class, Other.class).succeeds();
    assertThat(KITCHENS).hasSize(2);
    allClosedBeforeTheirHub();
  }

  /** Has two hubs. */
  @SpringJUnitConfig(Kitchen.class)
  @HubServiceConnection("orders")
  @WithHub(name = "orders", fossil = false)
  @WithHub(name = "stock", fossil = false)
  static class Named {
    @Autowired Connection application;

    @Test
    void isConnectedToTheNamedOne(
        @FromHub("orders") HubResource orders, @FromHub("stock") HubResource stock) {
      assertThat(same(application, orders)).isTrue();
      assertThat(same(application, stock)).isFalse();
    }
  }

  /** Builds its hub in code. */
  @HubServiceConnection
  @SpringJUnitConfig(Kitchen.class)
  static class Built {
    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().withoutFossil().build();

    @Autowired Connection application;

    @Test
    void isConnected(HubResource hub) {
      assertThat(hub).isSameAs(HUB.hub());
      assertThat(same(application, hub)).isTrue();
    }
  }

  /** Asks for a new application after each test. */
  @SpringJUnitConfig(Kitchen.class)
  @HubServiceConnection
  @WithHub(fossil = false)
  @DirtiesContext(classMode = DirtiesContext.ClassMode.AFTER_EACH_TEST_METHOD)
  static class Dirty {
    @Autowired Connection application;

    @Test
    void one(HubResource hub) {
      assertThat(same(application, hub)).isTrue();
    }

    @Test
    void other(HubResource hub) {
      assertThat(same(application, hub)).isTrue();
    }
  }

  /** Logs in as a user. */
  @SpringJUnitConfig(Kitchen.class)
  @HubServiceConnection(user = "cook")
  @WithHub(fossil = false)
  @WithUser(name = "cook", password = "secret")
  static class AsCook {
    @Autowired HubConnectionDetails details;

    @Test
    void isConnected(HubResource hub) {
      assertThat(hub.clients().all()).anyMatch(client -> client.options().user().equals("cook"));
      assertThat(details.user()).isEqualTo("cook");
      assertThat(details.password()).isEqualTo("secret");
    }
  }

  @Test
  void theApplicationIsConnectedToTheHubOfTheClass() {
    TestRun.of(Named.class, Built.class, Dirty.class, AsCook.class).succeeds();
    assertThat(KITCHENS).hasSize(5);
    allClosedBeforeTheirHub();
  }

  /** An application that needs a stream when it starts. */
  @Configuration
  static class Bound {
    @Bean
    String stream(@Value("${hub.nats.url}") String url) throws Exception {
      try (Connection connection = Nats.connect(url)) {
        return connection.getStreamContext("ORDERS").getStreamName();
      }
    }
  }

  /** JUnit makes the instance, and Spring starts the application, before all callbacks. */
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @SpringJUnitConfig(Bound.class)
  @HubServiceConnection
  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class OneInstance {
    @Autowired String stream;

    @Test
    void findsTheStream() {
      assertThat(stream).isEqualTo("ORDERS");
    }
  }

  @Test
  void theApplicationFindsWhatTheClassDeclares() {
    TestRun.of(OneInstance.class).succeeds();
  }

  /** Has no hub at the time. */
  @SpringJUnitConfig(Kitchen.class)
  @HubServiceConnection
  @WithHub(lifecycle = HubLifecycle.PER_METHOD)
  static class TooLate {
    @Test
    void isNotReached() {}
  }

  /** Names a hub that is not there. */
  @SpringJUnitConfig(Kitchen.class)
  @HubServiceConnection("orders")
  static class Unknown {
    @Test
    void isNotReached() {}
  }

  @Test
  void wrongUseIsExplained() {
    assertThat(TestRun.of(TooLate.class).execute().failures())
        .singleElement()
        .asString()
        .contains("the application under test starts before", "PER_CLASS or PER_SUITE");
    assertThat(TestRun.of(Unknown.class).execute().failures())
        .singleElement()
        .asString()
        .contains("There is no hub \"orders\"", "add @WithHub(name = \"orders\")");
  }
}
