package dev.hubkit.nats.net;

import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.HostPort;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the log calls a client, as nats-server's does ({@code ncs} in its {@code client.go}). */
final class ClientLabel {
  private static final String HIDDEN = "[REDACTED]";
  // The values of CONNECT that are secret: prefixAuthPat and exactAuthPat of nats-server, and the
  // token of a user, which it leaves readable.
  private static final Pattern SECRETS =
      Pattern.compile(
          "(\"?\\s*(?:auth_token\\S*?|pass\\S*?|jwt|proxy_sig|nkey|sig)\"?\\s*[:=]\\s*\"?)"
              + "[^\",\\r\\n}]*");

  private ClientLabel() {}

  /** Returns what it is called before it has logged in: its address and number. */
  static String before(Connection client) {
    InetSocketAddress remote = client.transport().remoteAddress();
    String kind = client.transport().type() == ConnectionType.WEBSOCKET ? "wid" : "cid";
    return (remote == null ? "in-process" : HostPort.of(remote)) + " - " + kind + ":" + client.id();
  }

  /** Returns what it is called after that: also what it says of itself, and its user. */
  static String after(Connection client) {
    ConnectOptions options = client.options();
    List<String> about = new ArrayList<>();
    if (!options.version().isEmpty()) {
      about.add("v" + options.version());
    }
    if (!options.lang().isEmpty()) {
      about.add(options.lang());
    }
    if (!options.name().isEmpty()) {
      about.add(options.name());
    }
    String label = before(client);
    if (!about.isEmpty()) {
      label += " - " + Quoted.of(String.join(":", about));
    }
    AuthenticatedUser user = client.user();
    String name = name(options, user);
    return name.isEmpty() || user == null
        ? label
        : label + " - " + Quoted.of(label(user.account()) + "/" + name);
  }

  private static String label(Account account) {
    String tag = account.nameTag();
    return tag.equals(account.name()) ? tag : account.name() + "/" + tag;
  }

  private static String name(ConnectOptions options, @Nullable AuthenticatedUser user) {
    if (options.nkey() != null) {
      return "nkey:" + options.nkey();
    }
    if (options.user() != null) {
      return "user:" + options.user();
    }
    if (options.jwt() != null && user != null) {
      return "jwt:" + user.name();
    }
    return options.token() == null ? "" : "token";
  }

  /**
   * Returns whom an error of a login names, behind a dash; empty for a client without a login, and
   * for one with a token, whose user is not known before the token is.
   */
  static String loginOf(ConnectOptions options) {
    if (options.nkey() != null) {
      return " - Nkey " + Quoted.of(options.nkey());
    }
    if (options.user() != null) {
      return " - User " + Quoted.of(options.user());
    }
    if (options.jwt() != null) {
      return "";
    }
    return options.token() == null ? "" : " - Token \"" + HIDDEN + "\"";
  }

  /** Returns CONNECT without its secrets. */
  static String withoutSecrets(String connect) {
    return SECRETS.matcher(connect).replaceAll("$1" + HIDDEN);
  }
}
