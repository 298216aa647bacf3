package dev.hubkit.nats.leaf;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the connection to a hub is at one moment.
 *
 * @param account the account here that it is for
 * @param urls where the hub is by the configuration, users and passwords included
 * @param credentials the credentials file of the user; empty for none
 * @param connected whether both sides have introduced themselves
 * @param since since when that is so
 * @param domain the JetStream domain of the hub; empty for none, and while it is not known
 * @param problem why the last connection failed or ended; null when it did not
 */
public record LeafRemoteState(
    String account,
    List<URI> urls,
    String credentials,
    boolean connected,
    Instant since,
    String domain,
    @Nullable String problem) {
  public LeafRemoteState {
    urls = List.copyOf(urls);
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return "remote for account " + account + (connected ? ", connected" : ", not connected");
  }
}
