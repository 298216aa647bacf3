package dev.hubkit.junit.quarkus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.junit.HubResource;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls a test resource as Quarkus does; the profile {@code consumers} has Quarkus call it. */
class HubTestResourceTest {
  private final HubTestResource resource = new HubTestResource();
  private final ClassLoader before = Thread.currentThread().getContextClassLoader();
  @TempDir Path classes;

  HubResource hub;
  @InjectHub Connection connection;
  @InjectHub JetStreamManagement management;
  Connection others;

  @AfterEach
  void stop() {
    resource.stop();
    Thread.currentThread().setContextClassLoader(before);
  }

  private void inject() {
    resource.inject(
        (value, fields) -> {
          for (Field field : HubTestResourceTest.class.getDeclaredFields()) {
            if (fields.test(field)) {
              try {
                field.set(this, value);
              } catch (IllegalAccessException e) {
                throw new AssertionError(e);
              }
            }
          }
        });
  }

  @Test
  void startsWhatTheArgumentsSay() throws Exception {
    resource.init(
        Map.of("streams", "ORDERS=orders.>, refunds.>; AUDIT", "kitchen.nats", "${hub.nats.url}"));
    Map<String, String> properties = resource.start();
    inject();
    assertThat(properties)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("hub.nats.url", hub.natsUrl(), "kitchen.nats", "${hub.nats.url}"));
    assertThat(management.getStreamNames()).containsExactlyInAnyOrder("ORDERS", "AUDIT");
    assertThat(management.getStreamInfo("ORDERS").getConfiguration().getSubjects())
        .containsExactly("orders.>", "refunds.>");
    assertThat(connection.getStatus()).isEqualTo(Connection.Status.CONNECTED);
    assertThat(others).isNull();
    resource.stop();
    assertThat(connection.getStatus()).isEqualTo(Connection.Status.CLOSED);
  }

  @Test
  void servesFossilAndUsersOfAFile() throws Exception {
    Path file = classes.resolve("nats.conf");
    Files.writeString(file, "authorization { users = [{ user: cook, password: secret }] }");
    resource.init(Map.of("fossil", "true", "config", file.toString(), "user", "cook"));
    Map<String, String> properties = resource.start();
    inject();
    assertThat(properties)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "hub.nats.url",
                hub.natsUrl(),
                "hub.fossil.url",
                hub.fossilUrl(),
                "hub.nats.user",
                "cook",
                "hub.nats.password",
                "secret"));
  }

  /** Lets a class of the extension be found. */
  private void addToClassPath(String type) throws Exception {
    Path file = classes.resolve("io/quarkiverse/reactive/messaging/nats/" + type + ".class");
    Files.createDirectories(file.getParent());
    Files.createFile(file);
    Thread.currentThread()
        .setContextClassLoader(new URLClassLoader(new URL[] {classes.toUri().toURL()}, before));
  }

  @Test
  void speaksToTheMessagingExtension() throws Exception {
    addToClassPath("jetstream/JetStreamConnector");
    assertThat(resource.start())
        .containsKeys("hub.nats.url", "quarkus.messaging.nats.connection.servers");
  }

  @Test
  void speaksToTheMessagingExtensionUpTo323() throws Exception {
    addToClassPath("NatsConfiguration");
    assertThat(resource.start()).containsKeys("hub.nats.url", "quarkus.messaging.nats.servers");
  }

  @Test
  void wrongArgumentsAreExplained() {
    assertThatThrownBy(() -> resource.init(Map.of("stream", "ORDERS")))
        .hasMessageContaining("no argument \"stream\": use one of [fossil, config, user, streams]");
    assertThatThrownBy(() -> resource.init(Map.of("fossil", "yes")))
        .hasMessageContaining("is \"yes\": use true or false");
    assertThatThrownBy(() -> resource.init(Map.of("streams", "A=b=c")))
        .hasMessageContaining("\"A=b=c\": write streams as ORDERS=orders.>,refunds.>;AUDIT");
  }
}
