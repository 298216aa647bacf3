package dev.hubkit.nats;

import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.UserConfig;
import dev.hubkit.nats.config.WebSocketConfig;
import dev.hubkit.time.GoDuration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which options a running server cannot take another value of, in the words of nats-server
 * (diffOptions in its {@code reload.go}).
 */
final class ReloadRules {
  /** The names of these options in nats-server's code, which its messages have. */
  private static final Map<Option<?>, String> FIXED =
      Map.ofEntries(
          Map.entry(Options.HOST, "Host"),
          Map.entry(Options.SERVER_NAME, "ServerName"),
          Map.entry(Options.HTTP_HOST, "HTTPHost"),
          Map.entry(Options.HTTP_PORT, "HTTPPort"),
          Map.entry(Options.HTTPS_PORT, "HTTPSPort"),
          Map.entry(Options.HTTP_BASE_PATH, "HTTPBasePath"),
          Map.entry(Options.LOG_SIZE_LIMIT, "LogSizeLimit"),
          Map.entry(Options.LOG_MAX_FILES, "LogMaxFiles"),
          Map.entry(Options.MAX_PENDING, "MaxPending"),
          Map.entry(Options.MAX_SUBSCRIPTIONS, "MaxSubs"),
          Map.entry(Options.MAX_SUBSCRIPTION_TOKENS, "MaxSubTokens"),
          Map.entry(Options.MAX_CLOSED_CLIENTS, "MaxClosedClients"),
          Map.entry(Options.LAME_DUCK_DURATION, "LameDuckDuration"),
          Map.entry(Options.LAME_DUCK_GRACE_PERIOD, "LameDuckGracePeriod"),
          Map.entry(Options.WRITE_TIMEOUT, "WriteTimeout"),
          Map.entry(Options.FEATURE_FLAGS, "FeatureFlags"),
          Map.entry(Options.NO_SUBLIST_CACHE, "NoSublistCache"),
          Map.entry(Options.TRUSTED_KEYS, "TrustedKeys"),
          Map.entry(Options.NO_HEADERS, "NoHeaderSupport"),
          Map.entry(Options.NO_SYSTEM_ACCOUNT, "NoSystemAccount"),
          Map.entry(Options.SYSTEM_ACCOUNT, "SystemAccount"),
          Map.entry(Options.OPERATORS, "TrustedOperators"),
          Map.entry(Options.PROFILE_PORT, "ProfPort"),
          Map.entry(Options.ALLOW_NON_TLS, "AllowNonTLS"),
          Map.entry(Options.PROXY_PROTOCOL, "ProxyProtocol"),
          Map.entry(Options.DEFAULT_JS_DOMAINS, "JsAccDefaultDomain"),
          Map.entry(Options.JETSTREAM, "JetStream"));

  private static final Set<Option<?>> DURATIONS =
      Set.of(Options.LAME_DUCK_DURATION, Options.LAME_DUCK_GRACE_PERIOD);

  private ReloadRules() {}

  /**
   * Checks what has changed.
   *
   * @param port where the server listens
   * @throws NatsException if a running server cannot take it over
   */
  static void check(ServerConfig before, ServerConfig after, int port) {
    int wanted = after.get(Options.PORT);
    // 0 stands for any port, so for the one that the server has.
    if (wanted != 0 && wanted != port) {
      throw unsupported("Port", port, wanted);
    }
    for (Option<?> option : before.differences(after)) {
      if (!option.isReloadable() && option != Options.PORT) {
        throw unsupported(
            FIXED.getOrDefault(option, option.name()),
            shown(option, before.get(option)),
            shown(option, after.get(option)));
      }
    }
    checkNoAuthUser(before, after);
    if (before.isSet(Options.RESOLVER) != after.isSet(Options.RESOLVER)) {
      throw new NatsException(
          "config reload not supported for moving to or from an account resolver");
    }
    Optional<WebSocketConfig> webSocket = before.get(Options.WEBSOCKET);
    Optional<WebSocketConfig> changed = after.get(Options.WEBSOCKET);
    if (!webSocket
        .map(WebSocketConfig::withoutTls)
        .equals(changed.map(WebSocketConfig::withoutTls))) {
      throw unsupported("Websocket", shown(webSocket), shown(changed));
    }
  }

  private static String shown(Optional<WebSocketConfig> webSocket) {
    return webSocket.map(WebSocketConfig::toString).orElse("none");
  }

  private static void checkNoAuthUser(ServerConfig before, ServerConfig after) {
    String was = before.get(Options.NO_AUTH_USER);
    String is = after.get(Options.NO_AUTH_USER);
    if (was.equals(is)) {
      return;
    }
    boolean removed = is.isEmpty();
    if (!removed || after.get(Options.USERS).stream().map(UserConfig::name).anyMatch(was::equals)) {
      throw unsupported("NoAuthUser", was, is);
    }
  }

  private static Object shown(Option<?> option, Object value) {
    if (DURATIONS.contains(option)) {
      return GoDuration.format((Long) value);
    }
    if (option == Options.WRITE_TIMEOUT && value.equals(Options.WRITE_TIMEOUT.unset())) {
      return "";
    }
    if (value instanceof Map<?, ?> map) {
      // As Go prints a map.
      return new TreeMap<>(map)
          .entrySet().stream()
              .map(each -> each.getKey() + ":" + each.getValue())
              .collect(Collectors.joining(" ", "map[", "]"));
    }
    return value;
  }

  private static NatsException unsupported(String name, Object was, Object is) {
    return new NatsException(
        "config reload not supported for " + name + ": old=" + was + ", new=" + is);
  }
}
