package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.RoutedSubscriber.Role;
import dev.hubkit.nats.net.Authenticator;
import dev.hubkit.nats.net.ClientDescription;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Login;
import dev.hubkit.nats.peer.AgreedCompression;
import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.ProtocolException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Introduces a leaf node that has connected (processLeafNodeConnect in nats-server's {@code
 * leafnode.go}). Confined to the thread that reads, but for {@link #cancel}.
 */
final class AcceptedIntroduction implements Leaf.Introduction {
  private static final Log log = Log.of(AcceptedIntroduction.class);
  private static final String RESERVED = "_";

  private final Leaf leaf;
  private final LeafContext context;
  private final CompletableFuture<Login.@Nullable Verdict> verdict = new CompletableFuture<>();

  AcceptedIntroduction(Leaf leaf) {
    this.leaf = leaf;
    this.context = leaf.context();
  }

  @Override
  public boolean isSolicited() {
    return false;
  }

  @Override
  public void begin() {
    leaf.limit(
        context.settings().get().authTimeout(),
        () -> leaf.fail("Authentication Timeout", "Authentication Timeout"));
  }

  @Override
  public void cancel() {
    verdict.complete(null);
  }

  @Override
  public void ended() {
    // The leaf node connects again.
  }

  @Override
  public void error(String text) {
    // Neither does a hub wait for anything that the leaf node refuses.
  }

  @Override
  public void info(LeafInfo info) throws ProtocolException {
    AgreedCompression compression = leaf.compression();
    PeerCompression wanted = compression.wanted();
    if (compression.isAgreed()) {
      return;
    }
    if (!wanted.mode().isNegotiated()) {
      stranger();
      return;
    }
    if (leaf.compressesFrames()) {
      compression.agree(PeerCompression.Mode.OFF);
      return;
    }
    PeerCompression.Mode mode =
        wanted.negotiate(info.compression(), Duration.ofNanos(leaf.uptimeNanos()));
    compression.agree(mode);
    if (mode.isNegotiated()) {
      leaf.decompress();
      leaf.send(context.infos().greeting(leaf.id(), leaf.nonce(), wanted.told(mode).text()));
    }
  }

  @Override
  public void answered() {
    leaf.adaptCompression();
  }

  @Override
  public void send(byte[] line) {
    leaf.send(line);
  }

  @Override
  public void connect(LeafConnect connect) throws ProtocolException {
    if (!leaf.compression().isAgreed()) {
      leaf.compression().agree(PeerCompression.Mode.uncompressed(connect.compression()));
    }
    AuthenticatedUser user = logIn(connect.login());
    if (user == null || !enter(user) || isRefused(connect, user)) {
      return;
    }
    LeafBinding agreed = bind(connect, user);
    establish(connect, agreed, user.permissions());
  }

  private @Nullable AuthenticatedUser logIn(ConnectOptions credentials) {
    Authenticator logins = context.server().logins();
    ConnectOptions read = logins.readsTokens() ? credentials : credentials.withoutToken();
    leaf.identity().show(read);
    Login login = Login.of(leaf, read, context.server()::logins, made -> verdict.complete(made));
    logins.authenticate(login);
    Login.Verdict made = verdict.join();
    if (made == null) {
      // The connection has ended meanwhile.
      return null;
    }
    AuthenticatedUser user = made.user();
    if (user == null) {
      String name = ClientDescription.userName(credentials, null);
      log.error(
          "{} - authentication error{}", leaf, name == null ? "" : " - User " + Quoted.of(name));
      leaf.refuse(made.error(), made.reason().text());
      boolean reported = logins.isReported();
      context
          .server()
          .observer()
          .refused(leaf, made.reason(), reported ? made.told() : null, reported ? made.why() : "");
    }
    return user;
  }

  // registerLeafWithAccount and reportErrRegisterAccount of nats-server.
  private boolean enter(AuthenticatedUser user) {
    Authenticator logins = context.server().logins();
    if (leaf.identity().enter(user, logins.isReported())) {
      return true;
    }
    if (logins.isReported() && logins.required()) {
      leaf.fail(CloseReason.MAX_ACCOUNT_CONNECTIONS_EXCEEDED, LeafIdentity.TOO_MANY);
    } else {
      stranger();
    }
    return false;
  }

  @Override
  public void stranger() {
    CloseReason reason = CloseReason.AUTHENTICATION_VIOLATION;
    log.error("{} - authentication error", leaf);
    leaf.refuse("Authorization Violation", reason.text());
    context.server().observer().refused(leaf, reason, null, "");
  }

  private boolean isRefused(LeafConnect connect, AuthenticatedUser user) {
    if (!connect.login().lang().isEmpty()) {
      leaf.fail("attempted to connect to leaf node port", "Incorrect Port");
    } else if (connect.cluster().contains(" ")) {
      leaf.fail("cluster name cannot contain spaces", "Protocol Violation");
    } else if (connect.cluster().equals(RESERVED)) {
      leaf.fail("cluster name is reserved", "Protocol Violation");
    } else if (!connect.cluster().isEmpty()
        && connect.cluster().equals(context.server().clusterName())) {
      leaf.fail("remote leafnode has same cluster name", "Cluster Names Identical");
    } else if (!connect.gateway().isEmpty()) {
      leaf.fail(
          "Rejecting connection from gateway "
              + Quoted.of(connect.gateway())
              + " on the leafnode port",
          "Wrong Gateway");
    } else {
      return isTooOld(connect, user);
    }
    return true;
  }

  private boolean isTooOld(LeafConnect connect, AuthenticatedUser user) {
    String least = context.settings().get().minVersion();
    if (least.isEmpty() || LeafVersion.isAtLeast(connect.login().version(), least)) {
      return false;
    }
    // With the INFO, leaf nodes take the refusal for what it is.
    leaf.send(answer(user.account(), user.permissions()));
    leaf.fail(
        "connection rejected since minimum version required is " + Quoted.of(least),
        "Minimum Version Required");
    return true;
  }

  private LeafBinding bind(LeafConnect connect, AuthenticatedUser user) {
    String own = user.account().name();
    List<String> denied =
        AccountRules.expand(
            context.server(), connect.denied(), connect.remoteAccount(), own, false, leaf);
    LeafPermissions permissions = LeafPermissions.ofHub(user.permissions(), denied);
    LeafBinding agreed =
        new LeafBinding(
            user.account(),
            connect.hub() ? Role.HUB : Role.SPOKE,
            permissions,
            connect.server(),
            connect.cluster(),
            connect.domain(),
            connect.remoteAccount(),
            context.settings().get().isolate() || connect.isolate(),
            (int) connect.login().protocol());
    return JetStreamSeparation.apply(context.server(), agreed, leaf);
  }

  private void establish(LeafConnect connect, LeafBinding agreed, Permissions user) {
    leaf.bind(agreed);
    Leaf before = context.table().establish(leaf, other -> isSame(other, connect, agreed));
    if (before != null) {
      before.fail("Duplicate Remote LeafNode Connection", "Duplicate Remote LeafNode Connection");
      log.warn("{} - Replacing connection from same server", leaf);
    }
    List<String> told = context.infos().urls();
    leaf.send(answer(agreed.account(), user));
    if (!told.equals(context.infos().urls())) {
      // A server came or went meanwhile; what told of it may have been sent before the answer.
      leaf.send(context.infos().update());
    }
    leaf.announce();
  }

  private byte[] answer(Account account, Permissions user) {
    boolean system = context.server().isSystem(account);
    return context
        .infos()
        .answer(leaf.id(), new LeafInfoWriter.Answer(account.name(), system, user));
  }

  // A leaf node that connects again before its former connection is known to be gone.
  private static boolean isSame(Leaf other, LeafConnect connect, LeafBinding agreed) {
    if (connect.server().isEmpty() || connect.remoteAccount().isEmpty() || other.isSolicited()) {
      return false;
    }
    LeafBinding theirs = other.binding();
    return theirs.remoteName().equals(agreed.remoteName())
        && theirs.cluster().equals(agreed.cluster())
        && theirs.account() == agreed.account()
        && theirs.remoteAccount().equals(agreed.remoteAccount());
  }

  @Override
  public String toString() {
    return leaf.toString();
  }
}
