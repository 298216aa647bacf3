package dev.hubkit.nats.leaf;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.RoutedSubscriber.Role;
import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.peer.PeerOutput;
import dev.hubkit.nats.wire.ServerInfo;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Introduces this server to a hub (leafNodeResumeConnectProcess and leafNodeFinishConnectProcess in
 * nats-server's {@code leafnode.go}). Confined to the thread that reads.
 */
final class SolicitedIntroduction implements Leaf.Introduction {
  private static final Log log = Log.of(SolicitedIntroduction.class);
  // connectProcessTimeout of nats-server.
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  // leafNodeReconnectDelayAfterLoopDetected and the like.
  private static final Duration USELESS = Duration.ofSeconds(30);
  private static final Duration TOO_OLD = Duration.ofSeconds(5);

  private final Leaf leaf;
  private final LeafContext context;
  private final LeafRemote remote;
  private final LeafRemoteSettings settings;
  private final URI url;
  private final LeafInfo first;
  private boolean finished;

  /**
   * Introduces this server.
   *
   * @param first the INFO that the hub has sent first
   */
  SolicitedIntroduction(Leaf leaf, LeafRemote remote, URI url, LeafInfo first) {
    this.leaf = leaf;
    this.context = leaf.context();
    this.remote = remote;
    this.settings = remote.settings();
    this.url = url;
    this.first = first;
  }

  @Override
  public boolean isSolicited() {
    return true;
  }

  @Override
  public void begin() throws LeafLoopException {
    learn(first);
    byte[] connect;
    try {
      connect = connect();
    } catch (CredentialException e) {
      log.error("{} - {}", leaf, e.getMessage());
      remote.progress().failed(String.valueOf(e.getMessage()));
      leaf.close("Write Error");
      return;
    }
    leaf.limit(
        PATIENCE, () -> leaf.refuse("Stale Leaf Node Connection - Closing", "Stale Connection"));
    leaf.send(connect);
    if (!first.infoOnConnect()) {
      finish(first);
    }
  }

  private void learn(LeafInfo info) {
    boolean told = !info.leafUrls().isEmpty() || !info.webSocketUrls().isEmpty();
    if (!settings.ignoreDiscovered() && told) {
      remote.addresses().learn(info.leafUrls(), info.webSocketUrls());
    }
  }

  private byte[] connect() throws CredentialException {
    LeafServer server = context.server();
    ServerInfo self = server.info();
    Account account = server.account(settings.account());
    JsonWriter json = JsonWriter.compact().beginObject().field("version", self.version());
    if (!settings.credentials().isEmpty()) {
      ClientCredentials.credentialsFile(Path.of(settings.credentials())).show(json, first.nonce());
    } else if (!settings.seed().isEmpty()) {
      ClientCredentials.nkeySeed(settings.seed()).show(json, first.nonce());
    }
    login(json, remote.addresses().login(url));
    json.field("server_id", self.serverId())
        .fieldIfSet("domain", server.domain())
        .field("name", self.serverName())
        .fieldIfSet("is_hub", settings.hub())
        .fieldIfSet("cluster", server.clusterName())
        .fieldIfSet("headers", self.headers() && first.headers())
        .fieldIfSet("jetstream", server.hasJetStream(account))
        .fieldIfSet("deny_pub", settings.denyImports())
        .fieldIfSet("isolate", settings.requestIsolation())
        .field("compress_mode", leaf.compression().text())
        .field("remote_account", account.name())
        .field("protocol", LeafInfo.TRACING)
        .endObject();
    return PeerOutput.line("CONNECT ", json.toBytes());
  }

  // A user without a password is sent as a token, too, as nats-server does.
  private static void login(JsonWriter json, @Nullable String login) {
    if (login == null) {
      return;
    }
    int colon = login.indexOf(':');
    if (colon < 0) {
      json.field("user", login).field("auth_token", login);
    } else {
      json.field("user", login.substring(0, colon)).field("pass", login.substring(colon + 1));
    }
  }

  @Override
  public void connect(LeafConnect connect) {
    // Refused before: a hub sends none.
  }

  @Override
  public void stranger() {
    throw new IllegalStateException("A hub does not introduce itself by CONNECT");
  }

  @Override
  public void answered() {
    leaf.adaptCompression();
  }

  @Override
  public void info(LeafInfo info) throws LeafLoopException {
    learn(info);
    if (info.connectInfo() && !finished) {
      finish(info);
    }
  }

  private void finish(LeafInfo info) throws LeafLoopException {
    finished = true;
    Account account = context.server().account(settings.account());
    if (!enter(account)) {
      return;
    }
    LeafBinding agreed =
        new LeafBinding(
            account,
            settings.hub() ? Role.SPOKE : Role.HUB,
            LeafPermissions.ofSpoke(
                info.imports(),
                info.exports(),
                expanded(settings.denyImports(), info.remoteAccount()),
                expanded(settings.denyExports(), info.remoteAccount())),
            first.serverName(),
            first.cluster(),
            first.domain(),
            info.remoteAccount(),
            context.settings().get().isolate() || settings.isolate(),
            first.protocol());
    leaf.bind(JetStreamSeparation.apply(context.server(), agreed, leaf));
    context.table().establish(leaf, other -> false);
    leaf.announce();
    remote.progress().established(first.domain());
  }

  // leafRemoteDenyPermissions of nats-server.
  private List<String> expanded(List<String> rules, String hub) {
    return AccountRules.expand(
        context.server(), rules, settings.account(), hub, hub.isEmpty(), leaf);
  }

  // registerWithAccount of nats-server.
  private boolean enter(Account account) throws LeafLoopException {
    boolean loop =
        !first.cluster().isEmpty()
            && context.table().established().stream()
                .anyMatch(
                    other ->
                        other.subscriber().role() == Role.SPOKE
                            && other.account() == account
                            && other.subscriber().cluster().equals(first.cluster()));
    if (loop) {
      throw new LeafLoopException(account.name());
    }
    if (!leaf.identity().enter(AuthenticatedUser.anyone(account), true)) {
      leaf.fail(CloseReason.MAX_ACCOUNT_CONNECTIONS_EXCEEDED, LeafIdentity.TOO_MANY);
      return false;
    }
    return true;
  }

  @Override
  public void error(String text) {
    remote.progress().failed(text);
    if (text.contains("Loop detected")) {
      remote.delay(USELESS);
      leaf.close("Protocol Violation");
    } else if (text.contains("remote leafnode has same cluster name")
        || text.contains("Permissions Violation")) {
      remote.delay(USELESS);
    } else if (text.contains("connection rejected since minimum version required is")) {
      remote.delay(TOO_OLD);
    }
  }

  @Override
  public void send(byte[] line) {
    leaf.send(line);
  }

  @Override
  public void cancel() {
    // It waits for nothing.
  }

  @Override
  public void ended() {
    // The remote connects again.
  }

  @Override
  public String toString() {
    return leaf.toString();
  }
}
