package dev.hubkit.nats;

import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.credential.NKeyPair;
import dev.hubkit.nats.wire.Nuid;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Who a server is, from its start to its end.
 *
 * @param signingKey signs for the server where it has to; null elsewhere
 * @param madeUpClusterName the name of its cluster, where its options have none
 */
record NamedServer(
    String id, String name, @Nullable NKeyPair signingKey, String madeUpClusterName) {

  /** Makes the identity of a server with these options. */
  static NamedServer of(NatsOptions options) {
    NKeyPair key = signingKey(options.config());
    String id = key == null ? newId() : key.publicKey();
    String name = options.serverName() == null ? id : options.serverName();
    return new NamedServer(id, name, key, Nuid.next());
  }

  private static @Nullable NKeyPair signingKey(ServerConfig config) {
    boolean signs = config.isSet(Options.AUTH_CALLOUT) || !config.get(Options.OPERATORS).isEmpty();
    return signs ? NKeyPair.generate(NKey.Role.SERVER) : null;
  }

  // Looks like the public key that nats-server has for an id.
  private static String newId() {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    SecureRandom random = new SecureRandom();
    StringBuilder id = new StringBuilder("N");
    while (id.length() < 56) {
      id.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return id.toString();
  }

  /** Returns the name of the cluster: the configured one, or where there is none its own. */
  String clusterName(String configured) {
    return configured.isEmpty() ? madeUpClusterName : configured;
  }
}
