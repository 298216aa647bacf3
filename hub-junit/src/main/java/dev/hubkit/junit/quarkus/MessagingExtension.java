package dev.hubkit.junit.quarkus;

import dev.hubkit.junit.HubAddresses;
import java.util.Map;
import java.util.Optional;

/**
 * The names that a version of quarkus-messaging-nats-jetstream reads. Quarkus warns of names that
 * no extension knows.
 */
enum MessagingExtension {
  /** From 3.24 on; see its {@code JetStreamDevServicesProcessor}. */
  CONNECTION("quarkus.messaging.nats.connection."),
  /** Up to 3.23, which has a {@code NatsConfiguration}. */
  PLAIN("quarkus.messaging.nats.");

  private static final String PLACE = "io/quarkiverse/reactive/messaging/nats/";

  private final String connection;

  MessagingExtension(String connection) {
    this.connection = connection;
  }

  /** Returns the version that the application uses; empty for none. */
  static Optional<MessagingExtension> onClassPath() {
    if (has("NatsConfiguration")) {
      return Optional.of(PLAIN);
    }
    return has("jetstream/JetStreamConnector") ? Optional.of(CONNECTION) : Optional.empty();
  }

  private static boolean has(String type) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    return loader != null && loader.getResource(PLACE + type + ".class") != null;
  }

  /** Returns the properties by which the extension connects to a hub. */
  Map<String, String> connection(HubAddresses addresses) {
    return addresses.properties(
        connection + "servers", null, connection + "username", connection + "password");
  }
}
