package dev.hubkit.nats;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.UserConfig;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.AccountSnapshot;
import dev.hubkit.nats.net.Authenticator;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.ConnectedClients;
import dev.hubkit.nats.net.EventLoop;
import dev.hubkit.nats.net.Listener;
import dev.hubkit.nats.security.ConfigAuthenticator;
import dev.hubkit.nats.system.SystemAccount;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An account with a port of its own: whoever connects there is in it, and sees nothing of the other
 * accounts of the server, of which it uses the threads. Without {@linkplain #users users} everybody
 * is let in. Thread-safe.
 */
public final class AccountPort implements AutoCloseable {
  private static final Log log = Log.of(AccountPort.class);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

  private final Account account;
  private final String host;
  private final int port;
  private final TimeSource time;
  private final @Nullable JetStreamServer jetStreams;
  private final Clients clients;
  private final Listener listener;
  private final Consumer<AccountPort> onClose;
  private final AtomicBoolean closed = new AtomicBoolean();
  private @Nullable ConfigAuthenticator logins;

  private AccountPort(
      Account account,
      String host,
      ReservedPort held,
      List<EventLoop> loops,
      Clients whole,
      ServerInfo info,
      TimeSource time,
      @Nullable JetStreamServer jetStreams,
      @Nullable SystemAccount system,
      Consumer<AccountPort> onClose)
      throws IOException {
    this.account = account;
    this.host = host;
    this.port = held.number();
    this.time = time;
    this.jetStreams = jetStreams;
    this.onClose = onClose;
    if (jetStreams != null) {
      jetStreams.open(account);
    }
    if (system != null) {
      system.adopt(account);
    }
    ServerInfo own =
        info.toBuilder().address(host, port).authRequired(false).tls(false, false, false).build();
    this.clients = whole.others(Authenticator.open(AuthenticatedUser.anyone(account)), own);
    this.listener = Listener.start(held, loops, clients);
  }

  /** Opens one on a free port. */
  static AccountPort open(
      Account account,
      String host,
      List<EventLoop> loops,
      Clients whole,
      ServerInfo info,
      TimeSource time,
      @Nullable JetStreamServer jetStreams,
      @Nullable SystemAccount system,
      Consumer<AccountPort> onClose) {
    ListenAddress address = new ListenAddress(host, 0);
    try (ReservedPort held = address.reserve(address::refused)) {
      return new AccountPort(
          account, host, held, loops, whole, info, time, jetStreams, system, onClose);
    } catch (IOException e) {
      throw new NatsException(address.refused(String.valueOf(e.getMessage())), e);
    }
  }

  /** The account. */
  @SuppressWarnings("exports")
  public Account account() {
    return account;
  }

  /** The TCP port. */
  public int port() {
    return port;
  }

  /** Where a client connects to: {@code nats://host:port}. */
  public String url() {
    return "nats://" + host + ":" + port;
  }

  /** Returns the clients that are connected here. */
  @SuppressWarnings("exports")
  public ConnectedClients clients() {
    return clients;
  }

  /**
   * Lets in these users only, or everybody when there are none. All of them belong to this account,
   * whatever account they name. Clients that are connected already stay.
   */
  public synchronized void users(List<UserConfig> users) {
    ConfigAuthenticator before = logins;
    if (users.isEmpty()) {
      logins = null;
      clients.authenticator(Authenticator.open(AuthenticatedUser.anyone(account)));
    } else {
      ServerConfig config = new ServerConfig();
      config.set(Options.USERS, List.copyOf(users));
      ConfigAuthenticator changed =
          new ConfigAuthenticator(
              config, name -> account, claims -> account, time, null, "nats-" + port + "-login");
      logins = changed;
      clients.authenticator(changed);
    }
    clients.info(clients.info().toBuilder().authRequired(!users.isEmpty()).build());
    if (before != null) {
      before.close();
    }
  }

  /** The streams of the account; see {@link AccountSnapshot#of}. */
  @SuppressWarnings("exports")
  public AccountSnapshot snapshot() {
    AccountJetStream jetStream = jetStream();
    return jetStream == null ? AccountSnapshot.EMPTY : AccountSnapshot.of(jetStream);
  }

  /** Puts the streams of the account back; see {@link AccountSnapshot#rewind}. */
  @SuppressWarnings("exports")
  public void rewind(AccountSnapshot snapshot) {
    AccountJetStream jetStream = jetStream();
    if (jetStream != null) {
      snapshot.rewind(jetStream);
    } else if (!snapshot.isEmpty()) {
      throw new IllegalArgumentException(
          "The snapshot has streams, and there is no JetStream here");
    }
  }

  private @Nullable AccountJetStream jetStream() {
    return jetStreams == null ? null : jetStreams.of(account);
  }

  /** Ends the account: closes its connections and its port, deletes its streams. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      listener.close();
    } catch (IOException e) {
      log.warn("Closing the listening socket of port {} failed", port, e);
    }
    clients.closeAll(CLOSE_PATIENCE);
    synchronized (this) {
      if (logins != null) {
        logins.close();
      }
    }
    if (jetStreams != null) {
      jetStreams.remove(account);
    }
    onClose.accept(this);
  }
}
