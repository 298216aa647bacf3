package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.EventLoop;
import dev.hubkit.nats.system.SystemAccount;
import dev.hubkit.time.TimeSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The accounts of a server that have ports of their own. Thread-safe. */
final class AccountPorts implements AutoCloseable {
  private final String host;
  private final ServerAccounts accounts;
  private final List<EventLoop> loops;
  private final Clients clients;
  private final TimeSource time;
  private final @Nullable JetStreamServer jetStreams;
  private final @Nullable SystemAccount systemAccount;
  private final ServerClosing closing;
  private final Set<AccountPort> ports = ConcurrentHashMap.newKeySet();

  AccountPorts(
      String host,
      ServerAccounts accounts,
      List<EventLoop> loops,
      Clients clients,
      TimeSource time,
      @Nullable JetStreamServer jetStreams,
      @Nullable SystemAccount systemAccount,
      ServerClosing closing) {
    this.host = host;
    this.accounts = accounts;
    this.loops = loops;
    this.clients = clients;
    this.time = time;
    this.jetStreams = jetStreams;
    this.systemAccount = systemAccount;
    this.closing = closing;
  }

  /** Creates an account and opens a port for it; see {@link NatsServer#open}. */
  AccountPort open(String accountName) {
    Account account = accounts.add(accountName);
    boolean open = false;
    try {
      AccountPort port =
          AccountPort.open(
              account,
              host,
              loops,
              clients,
              clients.info(),
              time,
              jetStreams,
              systemAccount,
              closed -> {
                accounts.remove(account);
                ports.remove(closed);
              });
      ports.add(port);
      open = true;
      if (closing.hasBegun()) {
        port.close();
        throw new IllegalStateException("The server is closed");
      }
      return port;
    } finally {
      if (!open) {
        accounts.remove(account);
      }
    }
  }

  /** Whether an account is one of those with a port of their own. */
  boolean contains(String accountName) {
    return ports.stream().anyMatch(port -> port.account().name().equals(accountName));
  }

  /** Cuts the connections of all clients, as when the process is killed. */
  void cutClients() {
    ports.forEach(port -> port.clients().all().forEach(Connection::cut));
  }

  @Override
  public void close() {
    ports.forEach(AccountPort::close);
  }
}
