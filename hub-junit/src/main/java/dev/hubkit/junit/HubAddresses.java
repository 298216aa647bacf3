package dev.hubkit.junit;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the services of a hub are and what the application under test logs in with, for the
 * configuration of frameworks; null for what there is not.
 *
 * @param natsUrl the URL for NATS clients
 * @param fossilUrl the URL to clone from
 * @param login what to log in to NATS with
 */
public record HubAddresses(
    @Nullable String natsUrl, @Nullable String fossilUrl, @Nullable UserLogin login) {

  /**
   * Returns the addresses of a hub.
   *
   * @param user one of the {@linkplain AsUser known} users; empty for none
   */
  public static HubAddresses of(HubResource hub, String user) {
    boolean nats = hub.hub().owner().nats() != null;
    boolean fossil = hub.hub().owner().fossil() != null;
    return new HubAddresses(
        nats ? hub.natsUrl() : null,
        fossil ? hub.fossilUrl() : null,
        user.isEmpty() ? null : hub.login(user));
  }

  /**
   * Returns the properties that adapters give to each application: {@code hub.nats.url}, {@code
   * hub.fossil.url}, {@code hub.nats.user} and {@code hub.nats.password}, as far as there are
   * values.
   */
  public Map<String, String> properties() {
    return properties("hub.nats.url", "hub.fossil.url", "hub.nats.user", "hub.nats.password");
  }

  /** Returns the same values under other names, as libraries read them; null for no such name. */
  public Map<String, String> properties(
      String nats, @Nullable String fossil, String user, String password) {
    Map<String, String> properties = new LinkedHashMap<>();
    if (natsUrl != null) {
      properties.put(nats, natsUrl);
    }
    if (fossilUrl != null && fossil != null) {
      properties.put(fossil, fossilUrl);
    }
    if (login != null) {
      properties.put(user, login.user());
      properties.put(password, login.password());
    }
    return properties;
  }
}
