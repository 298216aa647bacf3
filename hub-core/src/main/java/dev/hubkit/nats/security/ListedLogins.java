package dev.hubkit.nats.security;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.config.LeafNodesConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.WebSocketConfig;
import dev.hubkit.nats.net.Login;
import dev.hubkit.nats.wire.ConnectOptions;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which of the users that a configuration lists a client is: one with a password, an NKey
 * or a certificate, or the single user or holder of the token. The order in which these are tried
 * is nats-server's. Thread-safe.
 */
final class ListedLogins implements AutoCloseable {
  private static final Log log = Log.of(ListedLogins.class);

  /** The system account where a configuration names none. */
  static final String DEFAULT_SYSTEM_ACCOUNT = "$SYS";

  private final ListedUsers users;
  private final AuthenticatedUser single;
  private final ListenerCredentials ordinary;
  // By how a client is connected, where that makes a difference.
  private final Map<ConnectionType, ListenerCredentials> special;
  private final CertificateMapping mapping;
  private final boolean required;
  private final boolean strangersAreGlobal;
  private final PasswordCheck passwords;
  private volatile boolean closed;

  /**
   * Makes the logins of a configuration.
   *
   * @param accounts finds an account by name, or makes it
   * @param passwords compares passwords; its owner closes it
   */
  ListedLogins(ServerConfig config, Function<String, Account> accounts, PasswordCheck passwords) {
    this.passwords = passwords;
    users = new ListedUsers(config.get(Options.USERS), accounts);
    ordinary = ListenerCredentials.of(config);
    special = special(config, ordinary);
    mapping = CertificateMapping.of(config);
    String name = ordinary.name();
    Account global = accounts.apply(ListedUsers.GLOBAL_ACCOUNT);
    single =
        new AuthenticatedUser(name.isEmpty() ? null : name, global, Permissions.ALL, 0, -1, -1);
    required = !users.isEmpty() || ordinary.wantsSecret();
    strangersAreGlobal = !users.isEmpty() && isAboutSystemAccountOnly(config);
  }

  private static Map<ConnectionType, ListenerCredentials> special(
      ServerConfig config, ListenerCredentials ordinary) {
    WebSocketConfig webSocket = config.get(Options.WEBSOCKET).orElse(null);
    LeafNodesConfig leafNodes = config.get(Options.LEAFNODES);
    Map<ConnectionType, ListenerCredentials> special = new EnumMap<>(ConnectionType.class);
    special.put(ConnectionType.LEAFNODE, ordinary.forLeafNodes(leafNodes, null));
    special.put(ConnectionType.LEAFNODE_WS, ordinary.forLeafNodes(leafNodes, webSocket));
    if (webSocket != null) {
      special.put(ConnectionType.WEBSOCKET, ordinary.forWebSocket(webSocket));
    }
    return special;
  }

  // A configuration that only gives the system account its users leaves everybody else alone.
  private boolean isAboutSystemAccountOnly(ServerConfig config) {
    String system = config.get(Options.SYSTEM_ACCOUNT);
    String name = system.isEmpty() ? DEFAULT_SYSTEM_ACCOUNT : system;
    return ordinary.noAuthUser().isEmpty()
        && !hasAuthorizationBlock(config)
        && config.get(Options.ACCOUNTS).size() == 1
        && config.get(Options.ACCOUNTS).get(0).name().equals(name);
  }

  // What such a block leaves out is set, too; flags set only what they say.
  private static boolean hasAuthorizationBlock(ServerConfig config) {
    return config.isSet(Options.USER)
        && config.isSet(Options.PASSWORD)
        && config.isSet(Options.TOKEN);
  }

  /**
   * Returns whether INFO is to say that clients have to log in. As nats-server does, it says so
   * where only the system account has users, although everybody else needs no login then.
   */
  boolean required() {
    return required && ordinary.noAuthUser().isEmpty();
  }

  boolean knowsUsers() {
    return required;
  }

  boolean wantsNonce() {
    return users.hasNKeys();
  }

  /** Returns whether the user that a client has named is listed; true where it has named none. */
  boolean isListed(ConnectOptions given) {
    String nkey = given.nkey();
    String name = given.user();
    return nkey != null ? users.withNKey(nkey) != null : name == null || users.named(name) != null;
  }

  /** Returns the user that a client is without any login; null when it has to log in. */
  @Nullable AuthenticatedUser anonymous() {
    if (!required || strangersAreGlobal) {
      return single;
    }
    String key = ordinary.noAuthUser();
    ListedUser user = key.isEmpty() ? null : users.find(key);
    return user == null ? null : user.beforeConnect();
  }

  /**
   * Which of the users a client is.
   *
   * @param user null for none of them
   * @param proxyRequired whether that user may only come through a trusted proxy; a client that
   *     does not is none of the users
   */
  record Identified(@Nullable AuthenticatedUser user, boolean proxyRequired) {
    static final Identified NOBODY = new Identified(null, false);
  }

  /** Tells {@code found} which of the users a client is. */
  void identify(Login login, Consumer<Identified> found) {
    ConnectionType type = login.connection().connectionType();
    ListenerCredentials asked = special.getOrDefault(type, ordinary);
    ConnectOptions given = login.options();
    boolean nothing = given.user() == null && given.password() == null && given.token() == null;
    String nkey = given.nkey();
    if (isFree(asked) || (nothing && nkey == null && strangersAreGlobal)) {
      found.accept(new Identified(single, false));
      return;
    }
    ListedUser noAuthKey = nothing && nkey == null ? users.withNKey(asked.noAuthUser()) : null;
    ListedUser noAuthName = nothing ? users.named(asked.noAuthUser()) : null;
    if (noAuthKey != null) {
      found.accept(identified(login, noAuthKey));
    } else if (nkey != null && users.hasNKeys()) {
      found.accept(byNKey(login, users.withNKey(nkey), type));
    } else if (users.hasNames() && asked.mapCertificates()) {
      byCertificate(login, type, found);
    } else if (noAuthName != null) {
      found.accept(identified(login, noAuthName));
    } else if (users.hasNames() && given.user() != null) {
      byPassword(login, users.named(given.user()), type, asked, found);
    } else {
      bySecret(login, asked, found);
    }
  }

  private boolean isFree(ListenerCredentials asked) {
    return !required && !asked.wantsSecret() && asked.noAuthUser().isEmpty();
  }

  private static Identified identified(Login login, ListedUser user) {
    return identified(login, user.user(), user.config().proxyRequired());
  }

  private static Identified identified(Login login, AuthenticatedUser user, boolean proxyRequired) {
    boolean admitted = !proxyRequired || login.connection().proxyKey() != null;
    return new Identified(admitted ? user : null, proxyRequired);
  }

  private static Identified byNKey(Login login, @Nullable ListedUser user, ConnectionType type) {
    if (user == null || !user.allows(type)) {
      return Identified.NOBODY;
    }
    Identified identified = identified(login, user);
    boolean proven =
        identified.user() != null
            && NonceSignature.verify(
                login.connection(), login.options().signature(), user.config().nkey());
    return proven ? identified : new Identified(null, identified.proxyRequired());
  }

  private void byCertificate(Login login, ConnectionType type, Consumer<Identified> found) {
    X509Certificate certificate = CertificateNames.of(login.connection().tlsSession());
    ListedUser user = certificate == null ? null : users.owner(certificate, type);
    if (user == null) {
      found.accept(Identified.NOBODY);
    } else {
      warnOfName(login.options());
      checkPassword(login, user, found);
    }
  }

  /** Warns of a name that counts for nothing, since a certificate tells which user it is. */
  static void warnOfName(ConnectOptions given) {
    String name = given.user();
    if (name != null && !name.isEmpty()) {
      log.warn("User {} found in connect proto, but user required from cert", Quoted.of(name));
    }
  }

  private void byPassword(
      Login login,
      @Nullable ListedUser user,
      ConnectionType type,
      ListenerCredentials asked,
      Consumer<Identified> found) {
    if (user == null || !user.allows(type) || lacksCertificate(user, asked)) {
      found.accept(Identified.NOBODY);
    } else {
      checkPassword(login, user, found);
    }
  }

  // A user without a password whom a certificate names elsewhere is not let in by an empty one.
  private boolean lacksCertificate(ListedUser user, ListenerCredentials asked) {
    return user.config().password().isEmpty()
        && !user.config().name().equals(asked.noAuthUser())
        && mapping.concerns(user.config().connectionTypes());
  }

  private void checkPassword(Login login, ListedUser user, Consumer<Identified> found) {
    String given = login.options().password();
    check(user.config().password(), given, identified(login, user), login, found);
  }

  private void bySecret(Login login, ListenerCredentials asked, Consumer<Identified> found) {
    ConnectOptions given = login.options();
    Identified identified = identified(login, single, asked.proxyRequired());
    if (!asked.token().isEmpty()) {
      check(asked.token(), given.token(), identified, login, found);
    } else if (!asked.name().isEmpty() && asked.name().equals(given.user())) {
      check(asked.password(), given.password(), identified, login, found);
    } else {
      found.accept(new Identified(null, asked.proxyRequired()));
    }
  }

  // As in nats-server, who must come through a proxy and does not is refused before any password
  // is compared (processClientOrLeafAuthentication in auth.go).
  private void check(
      String configured,
      @Nullable String given,
      Identified identified,
      Login login,
      Consumer<Identified> found) {
    if (identified.user() == null) {
      found.accept(identified);
      return;
    }
    passwords.check(
        configured,
        Objects.requireNonNullElse(given, ""),
        new LoginQueue.ClientAttempt(login),
        right -> {
          if (closed) {
            // What this was made of holds no more; who is in its place has not been asked yet.
            login.reconsider();
          } else {
            found.accept(right ? identified : new Identified(null, identified.proxyRequired()));
          }
        });
  }

  /** Decides on nothing more; logins that wait are left to what decides by then. */
  @Override
  public void close() {
    closed = true;
  }
}
