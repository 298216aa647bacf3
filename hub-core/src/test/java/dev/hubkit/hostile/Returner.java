package dev.hubkit.hostile;

import io.nats.client.Connection;
import java.time.Duration;

/** Logs in with the right password, which the server keeps as a hash, and leaves again. */
final class Returner implements OrdinaryClient {
  private final OrdinaryClients clients;
  private final String url;

  Returner(OrdinaryClients clients, String url) {
    this.clients = clients;
    this.url = url;
  }

  @Override
  public String name() {
    return "login";
  }

  @Override
  public void act() throws Exception {
    Connection connection =
        clients.connect(
            name() + " connection",
            new io.nats.client.Options.Builder()
                .server(url)
                .userInfo(Attacker.HASHED_USER, HostileClientsTest.HASHED_PASSWORD)
                .noReconnect());
    try {
      connection.flush(Duration.ofSeconds(20));
    } finally {
      clients.leave(connection);
    }
  }

  @Override
  public long restMillis() {
    return 500;
  }

  @Override
  public void close() {}
}
