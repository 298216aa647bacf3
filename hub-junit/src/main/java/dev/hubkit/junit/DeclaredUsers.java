package dev.hubkit.junit;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.PermissionsConfig;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.UserConfig;
import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.nats.credential.ClientCredentials.NameAndPassword;
import dev.hubkit.nats.credential.ClientCredentials.Token;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The users that tests have declared for a hub, beside those of its configuration file, and the
 * credentials with which connections log in. Thread-safe.
 */
final class DeclaredUsers {
  // The user of connections injected without @AsUser, once users are declared.
  private static final String OWN = "hub-junit";

  private final HubResource hub;
  private final String ownPassword = new BigInteger(130, new SecureRandom()).toString(36);
  private final List<UserConfig> declared = new ArrayList<>();
  private @Nullable ServerConfig config;

  DeclaredUsers(HubResource hub) {
    this.hub = hub;
  }

  synchronized void add(WithUser user) {
    hub.requireOwn(Service.NATS, "users of its own");
    if (find(user.name()).isPresent()) {
      throw JUnitExceptions.wrongUse(
          "There already is a user \"" + user.name() + "\": give each @WithUser a name of its own");
    }
    declared.add(config(user));
    apply();
  }

  synchronized void remove(WithUser user) {
    declared.removeIf(each -> each.name().equals(user.name()));
    apply();
  }

  private static UserConfig config(WithUser user) {
    PermissionsConfig permissions =
        new PermissionsConfig(
            allowed(user.publish()),
            List.of(user.denyPublish()),
            allowed(user.subscribe()),
            List.of(user.denySubscribe()),
            user.allowResponses() ? new ResponsePermission(-1, 0) : null);
    return user(user.name(), password(user), permissions);
  }

  private static UserConfig user(
      String name, String password, @Nullable PermissionsConfig permissions) {
    return new UserConfig(name, password, "", "", permissions, Set.of(), false);
  }

  private static @Nullable List<String> allowed(String[] subjects) {
    return subjects.length == 0 ? null : List.of(subjects);
  }

  private static String password(WithUser user) {
    return user.password().isEmpty() ? user.name() : user.password();
  }

  private void apply() {
    List<UserConfig> all = new ArrayList<>(declared);
    if (!declared.isEmpty()) {
      all.add(user(OWN, ownPassword, null));
    }
    List<NatsServer> servers = hub.hub().natsServers();
    if (servers.size() > 1) {
      throw new IllegalStateException(
          "@WithUser needs a hub with one NATS server: declare the users of several in a file, with"
              + " @WithNatsConfig");
    }
    NatsServer server = hub.hub().nats();
    ServerConfig config = config().copy();
    all.addAll(0, config.get(Options.USERS));
    config.set(Options.USERS, List.copyOf(all));
    server.reload(server.options().toBuilder().config(config).build());
  }

  private Optional<UserConfig> find(String name) {
    return Stream.concat(declared.stream(), configured().stream())
        .filter(user -> user.name().equals(name))
        .findFirst();
  }

  private List<UserConfig> configured() {
    return hub.isExternal(Service.NATS) ? List.of() : config().get(Options.USERS);
  }

  /** Returns the configuration that the server started with, before any declaration. */
  private synchronized ServerConfig config() {
    ServerConfig first = config;
    if (first == null) {
      first = hub.hub().nats().options().config();
      config = first;
    }
    return first;
  }

  /** Adds the credentials of a user with all permissions, if one is known. */
  io.nats.client.Options.Builder credentials(io.nats.client.Options.Builder options) {
    ClientCredentials own = credentials();
    if (own instanceof NameAndPassword user) {
      return options.userInfo(user.name(), user.password());
    }
    return own instanceof Token token ? options.token(token.text().toCharArray()) : options;
  }

  /** Returns the credentials of a user with all permissions; null if none is needed or known. */
  synchronized @Nullable ClientCredentials credentials() {
    if (!declared.isEmpty()) {
      return new NameAndPassword(OWN, ownPassword);
    }
    if (hub.isExternal(Service.NATS)) {
      return null;
    }
    ServerConfig config = config();
    if (!config.get(Options.TOKEN).isEmpty()) {
      return new Token(config.get(Options.TOKEN));
    }
    if (!config.get(Options.USER).isEmpty()) {
      return new NameAndPassword(config.get(Options.USER), config.get(Options.PASSWORD));
    }
    if (!config.get(Options.NO_AUTH_USER).isEmpty()) {
      return null;
    }
    return configured().stream()
        .filter(user -> isPlain(user) && user.permissions() == null)
        .findFirst()
        .map(user -> new NameAndPassword(user.name(), user.password()))
        .orElse(null);
  }

  /**
   * Adds the credentials of a user.
   *
   * @throws org.junit.jupiter.api.extension.ExtensionConfigurationException if the user or the
   *     password is not known
   */
  io.nats.client.Options.Builder credentials(io.nats.client.Options.Builder options, String name) {
    UserLogin login = login(name);
    return options.userInfo(login.user(), login.password());
  }

  /**
   * Returns the credentials of a user.
   *
   * @throws ExtensionConfigurationException if the user or the password is not known
   */
  synchronized UserLogin login(String name) {
    hub.requireOwn(Service.NATS, "the user \"" + name + "\"");
    UserConfig user =
        find(name)
            .orElseThrow(
                () ->
                    JUnitExceptions.wrongUse(
                        "There is no user \""
                            + name
                            + "\": declare it with @WithUser(name = \""
                            + name
                            + "\")"));
    if (!isPlain(user)) {
      throw JUnitExceptions.wrongUse(
          "The password of \""
              + name
              + "\" is not known, because the configuration file contains only its hash: use"
              + " hub.connect(options)");
    }
    return new UserLogin(user.name(), user.password());
  }

  /**
   * Returns the account of {@linkplain #credentials(io.nats.client.Options.Builder) the user with
   * all permissions}.
   */
  synchronized String account() {
    if (!declared.isEmpty()) {
      return NatsServer.GLOBAL_ACCOUNT;
    }
    ServerConfig config = config();
    String anyone = config.get(Options.NO_AUTH_USER);
    boolean plain = config.get(Options.TOKEN).isEmpty() && config.get(Options.USER).isEmpty();
    return configured().stream()
        .filter(user -> plain)
        .filter(
            user ->
                anyone.isEmpty()
                    ? isPlain(user) && user.permissions() == null
                    : user.name().equals(anyone))
        .map(UserConfig::account)
        .filter(account -> !account.isEmpty())
        .findFirst()
        .orElse(NatsServer.GLOBAL_ACCOUNT);
  }

  private static boolean isPlain(UserConfig user) {
    return user.nkey().isEmpty() && !user.password().startsWith("$2");
  }
}
