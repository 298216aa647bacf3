package dev.hubkit.nats;

import dev.hubkit.log.Log;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ReadOptions;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.leaf.LeafNodes;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.route.Cluster;
import dev.hubkit.nats.security.ConfigAuthenticator;
import dev.hubkit.nats.system.ServerControl;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Applies changed options to a running server. Thread-safe. */
final class Reload {
  private static final Log log = Log.of(Reload.class);

  private final CurrentOptions options;
  private final ServerAccounts accounts;
  private final ServerLogins logins;
  private final @Nullable JetStreamServer jetStreams;
  private final Clients clients;
  private final InfoUpdater info;
  private final @Nullable Cluster cluster;
  private final LeafNodes leafNodes;
  private final @Nullable WebSocketPort webSocket;
  private volatile @Nullable ServerControl control;

  /**
   * Changes the parts of one server.
   *
   * @param options those that hold; this alone sets others
   */
  Reload(
      CurrentOptions options,
      ServerAccounts accounts,
      ServerLogins logins,
      @Nullable JetStreamServer jetStreams,
      Clients clients,
      InfoUpdater info,
      @Nullable Cluster cluster,
      LeafNodes leafNodes,
      @Nullable WebSocketPort webSocket) {
    this.options = options;
    this.accounts = accounts;
    this.logins = logins;
    this.jetStreams = jetStreams;
    this.clients = clients;
    this.info = info;
    this.cluster = cluster;
    this.leafNodes = leafNodes;
    this.webSocket = webSocket;
  }

  /**
   * Applies other options; see {@link NatsServer#reload}.
   *
   * @throws NatsException if that is impossible; then everything is as before
   */
  synchronized void apply(NatsOptions wanted) {
    NatsOptions before = options.get();
    ServerConfig config = wanted.config();
    // The clock, the observer and the faults are those that the server was started with.
    NatsOptions changed = before.toBuilder().config(config).build();
    check(before, changed, clients.info().port());
    ConfigAuthenticator changedLogins = logins.create(config);
    try {
      if (config.get(Options.OPERATORS).isEmpty()) {
        ConfigAccounts.change(config, accounts.all(), accounts::get);
      }
    } catch (NatsException e) {
      changedLogins.close();
      ConfigAccounts.change(before.config(), accounts.all(), accounts::get);
      throw e;
    }
    if (jetStreams != null) {
      JetStreamFactory.change(
          jetStreams,
          changed,
          ServerAccounts.systemAccountName(config),
          List.copyOf(accounts.all()),
          accounts::get);
    }
    options.set(changed);
    changed.config().omissions().stream()
        .filter(omission -> !before.config().omissions().contains(omission))
        .forEach(log::warn);
    ConfigAuthenticator formerLogins = logins.replace(changedLogins);
    clients.authenticator(changedLogins);
    clients.closeUntrusted(config.get(Options.TRUSTED_PROXIES));
    clients.limits(changed.limits());
    info.optionsChanged(changed, changedLogins.required());
    if (cluster != null) {
      ClusterFactory.change(cluster, changed, webSocket, clients.info());
    }
    LeafNodesFactory.change(leafNodes, changed);
    if (changedLogins.canAskAgain()) {
      clients.logInAgain();
    }
    formerLogins.close();
  }

  /**
   * Checks whether a running server can take over other options.
   *
   * @param port where it listens
   * @throws NatsException if it can't
   */
  static void check(NatsOptions before, NatsOptions after, int port) {
    if (after.compatibility() != before.compatibility()) {
      throw new NatsException(
          "config reload not supported for compat: restart the server to have it behave like"
              + " another release");
    }
    ReloadRules.check(before.config(), after.config(), port);
    ClusterFactory.check(before, after);
    LeafNodesFactory.check(before, after);
    JetStreamFactory.check(before, after);
  }

  /** Has {@code reloading} called in place of reading the configuration file again. */
  void delegateTo(ServerControl reloading) {
    control = reloading;
  }

  /**
   * Reads the configuration file again when a request to the system account asks for it. What the
   * program had set on top of the file stays on top.
   *
   * @throws RuntimeException if that is not possible, with a message for the one that asked
   */
  void onRequest() {
    ServerControl reloading = control;
    String file = options.get().config().get(Options.CONFIG_FILE);
    if (reloading != null) {
      reloading.reload();
    } else if (file.isEmpty()) {
      throw new NatsException(
          "can only reload config when a file is provided using -c or --config");
    } else {
      ServerConfig before = options.get().config();
      ServerConfig read =
          ConfigFile.read(
              file,
              System::getenv,
              new ReadOptions(
                  options.get().compatibility(), before.get(Options.TOLERATE_UNSUPPORTED)));
      apply(NatsOptions.of(before.withFile(read)));
    }
  }
}
