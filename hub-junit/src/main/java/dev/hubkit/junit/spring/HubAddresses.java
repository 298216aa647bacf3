package dev.hubkit.junit.spring;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.UserLogin;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the services of a hub are, and what the application logs in with; null for what there is
 * not.
 */
record HubAddresses(
    @Nullable String natsUrl,
    int natsPort,
    @Nullable String fossilUrl,
    int fossilPort,
    @Nullable UserLogin login) {

  static HubAddresses of(HubResource hub, String user) {
    boolean nats = hub.hub().owner().nats() != null;
    boolean fossil = hub.hub().owner().fossil() != null;
    return new HubAddresses(
        nats ? hub.natsUrl() : null,
        nats ? hub.natsPort() : 0,
        fossil ? hub.fossilUrl() : null,
        fossil ? hub.fossilPort() : 0,
        user.isEmpty() ? null : hub.login(user));
  }

  /** Returns the properties of the application. */
  Map<String, Object> properties() {
    Map<String, Object> properties = new LinkedHashMap<>();
    if (natsUrl != null) {
      properties.put("hub.nats.url", natsUrl);
      properties.put("hub.nats.port", natsPort);
      properties.put("nats.spring.server", natsUrl);
      properties.put("nats.url", natsUrl);
    }
    if (fossilUrl != null) {
      properties.put("hub.fossil.url", fossilUrl);
      properties.put("hub.fossil.port", fossilPort);
    }
    if (login != null) {
      properties.put("hub.nats.user", login.user());
      properties.put("hub.nats.password", login.password());
      properties.put("nats.spring.username", login.user());
      properties.put("nats.spring.password", login.password());
    }
    return properties;
  }
}
