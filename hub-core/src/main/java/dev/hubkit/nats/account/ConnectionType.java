package dev.hubkit.nats.account;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a client is connected; a user can be limited to some of these. */
public enum ConnectionType {
  STANDARD,
  WEBSOCKET,
  LEAFNODE,
  LEAFNODE_WS,
  MQTT,
  MQTT_WS,
  IN_PROCESS;

  /** Returns the type of that name, ignoring case; null when there is none. */
  public static @Nullable ConnectionType of(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    for (ConnectionType type : values()) {
      if (type.name().equals(upper)) {
        return type;
      }
    }
    return null;
  }
}
