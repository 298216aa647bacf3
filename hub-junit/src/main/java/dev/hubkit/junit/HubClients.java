package dev.hubkit.junit;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.nats.credential.ClientCredentials;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Opens the NATS connections of a hub that the toolkit hands out. Thread-safe. */
final class HubClients {
  // The name of the connection that all tests of a hub share.
  private static final String SHARED = "hub-junit";

  // To the server that a test has cut or crashed, and that is at hand: 2 s are the default.
  private static final Duration BRIEFLY = Duration.ofMillis(50);

  // Nobody answers for a stream without a leader.
  private static final Duration ANSWER = Duration.ofMillis(500);

  private final StartedHub started;
  private final DeclaredUsers users;
  private final OpenConnections open;
  private @Nullable Connection shared;
  private @Nullable Connection toolkit;
  private @Nullable ClientCredentials toolkitLogin;

  HubClients(StartedHub started, DeclaredUsers users, OpenConnections open) {
    this.started = started;
    this.users = users;
    this.open = open;
  }

  synchronized Connection shared() {
    Connection existing = shared;
    if (existing == null || existing.getStatus() == Connection.Status.CLOSED) {
      requireUp();
      existing = open(users.credentials(options(SHARED)));
      shared = existing;
    }
    return existing;
  }

  synchronized Connection toolkit() {
    Connection existing = toolkit;
    ClientCredentials login = users.credentials();
    // What is requested while a client reconnects may get lost. A client whose user the server no
    // longer knows is about to reconnect, in vain.
    if (existing != null
        && (existing.getStatus() != Connection.Status.CONNECTED
            || !Objects.equals(toolkitLogin, login))) {
      open.close(existing);
      existing = null;
    }
    if (existing == null) {
      existing = connectFor("", Journal.TOOLKIT_CLIENT);
      toolkit = existing;
      toolkitLogin = login;
    }
    return existing;
  }

  /** Asks JetStream's API; null when there is no answer at once. */
  @Nullable JsonObject askJetStream(String request) {
    try {
      Message answer = toolkit().request("$JS.API." + request, null, ANSWER);
      return answer == null || answer.isStatusMessage() ? null : Json.parseObject(answer.getData());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while asking JetStream", e);
    }
  }

  Connection connect() {
    requireUp();
    return open(users.credentials(options(started.tests().clientName())));
  }

  Connection connectAs(String user) {
    requireUp();
    return open(users.credentials(options(started.tests().clientName()), user));
  }

  /**
   * Opens a connection that JUnit's store closes.
   *
   * @param user the user name; empty for no particular user
   * @param client the name of the client
   */
  Connection connectFor(String user, String client) {
    requireUp();
    Options.Builder options = options(client);
    if (client.equals(Journal.TOOLKIT_CLIENT)) {
      // It outlasts each crash. What cannot be asked fails on its own account, so that it could not
      // reconnect is no news.
      options.maxReconnects(-1);
      ExpectedErrors.ignoredBy(options, () -> true);
    }
    Connection connection =
        open(user.isEmpty() ? users.credentials(options) : users.credentials(options, user));
    open.keep(connection);
    return connection;
  }

  /** Opens a connection with the caller's options, which get a name if they have none. */
  Connection connect(Options.Builder options) {
    requireUp();
    HubResource.awaitWarmUp();
    // Without a server, build() would add the client's default one.
    if (options.server(url()).build().getConnectionName() == null) {
      options.connectionName(started.tests().clientName());
    }
    return open(options);
  }

  private static Options.Builder options(String client) {
    return new Options.Builder()
        .connectionName(client)
        .connectionTimeout(HubResource.SLOW_MACHINE)
        .reconnectWait(BRIEFLY);
  }

  // A test with several servers begins at the same one each time.
  private Options.Builder atOneAfterTheOther(Options.Builder options) {
    return started.hub().natsServers().size() > 1 ? options.noRandomize() : options;
  }

  private String url() {
    return started.hub().natsUrl();
  }

  private void requireUp() {
    url();
    if (started.controls().isCrashed()) {
      IOException down = new IOException("The hub has crashed");
      throw new UncheckedIOException("NATS at " + url() + obstacle(down), down);
    }
  }

  private String obstacle(IOException e) {
    String faults = started.controls().describeFaults();
    if (!faults.isEmpty()) {
      return (started.controls().isCrashed() ? " is down: " : " cannot be reached: ") + faults;
    }
    return " rejected the connection: " + e.getMessage();
  }

  private Connection open(Options.Builder options) {
    Connection connection;
    try {
      connection =
          Nats.connect(
              ExpectedErrors.ignoredBy(
                  atOneAfterTheOther(options).server(url()),
                  started.controls()::expectsConnectionErrors));
    } catch (IOException e) {
      throw new UncheckedIOException("NATS at " + url() + obstacle(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while connecting", e);
    }
    open.add(connection);
    return connection;
  }
}
