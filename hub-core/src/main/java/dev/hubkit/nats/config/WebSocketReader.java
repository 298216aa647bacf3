package dev.hubkit.nats.config;

import dev.hubkit.nats.config.Problems.Listen;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.time.Nanos;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the {@code websocket} block. */
final class WebSocketReader {

  private final Problems problems;
  private final AuthorizationReader authorization;
  private String host = "";
  private int port;
  private String advertise = "";
  private boolean noTls;
  private @Nullable TlsContext tls;
  private boolean sameOrigin;
  private List<String> origins = List.of();
  private long handshakeTimeout = WebSocketConfig.HANDSHAKE_NANOS;
  private boolean compression;
  private AuthorizationReader.Block auth = new AuthorizationReader.Block();
  private String jwtCookie = "";
  private String userCookie = "";
  private String passwordCookie = "";
  private String tokenCookie = "";
  private String noAuthUser = "";
  private final Map<String, String> headers = new LinkedHashMap<>();
  private long pingInterval;

  WebSocketReader(Problems problems, AuthorizationReader authorization) {
    this.problems = problems;
    this.authorization = authorization;
  }

  WebSocketConfig read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected websocket to be a map, got " + value.type());
    }
    problems.each(value.map(), this::field);
    return new WebSocketConfig(
        host,
        port,
        advertise,
        noTls,
        tls,
        sameOrigin,
        origins,
        handshakeTimeout,
        compression,
        auth.user,
        auth.password,
        auth.token,
        auth.timeoutSeconds,
        jwtCookie,
        userCookie,
        passwordCookie,
        tokenCookie,
        noAuthUser,
        Map.copyOf(headers),
        pingInterval);
  }

  private void field(String key, String name, ConfigValue value) {
    switch (key) {
      case "listen" -> {
        Listen listen = Listen.of(value);
        host = listen.host();
        port = listen.port();
      }
      case "port" -> port = (int) value.integer();
      case "host", "net" -> host = value.string();
      case "advertise" -> advertise = value.string();
      case "no_tls" -> noTls = value.bool();
      case "tls" -> tls = TlsReader.read(value, true);
      case "same_origin" -> sameOrigin = value.bool();
      case "allowed_origins",
          "allowed_origin",
          "allow_origins",
          "allow_origin",
          "origins",
          "origin" ->
          origins = problems.strings("allowed origins", value);
      case "handshake_timeout" -> handshakeTimeout = handshakeTimeout(value);
      case "compress", "compression" -> compression = value.bool();
      case "authorization", "authentication" -> auth = authorization.simple(value);
      case "jwt_cookie" -> jwtCookie = value.string();
      case "user_cookie" -> userCookie = value.string();
      case "pass_cookie" -> passwordCookie = value.string();
      case "token_cookie" -> tokenCookie = value.string();
      case "no_auth_user" -> noAuthUser = value.string();
      case "headers" -> headers(value);
      case "ping_interval" -> pingInterval = problems.duration("ping_interval", value);
      default -> problems.unknown(name, value);
    }
  }

  private static long handshakeTimeout(ConfigValue value) {
    if (value.isInteger()) {
      return Nanos.ofSeconds(value.integer());
    }
    if (!value.isString()) {
      throw value.error("error parsing handshake timeout: unsupported type " + value.type());
    }
    return Problems.duration("", value.string(), value);
  }

  private void headers(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("error parsing headers: unsupported type " + value.type());
    }
    value
        .map()
        .forEach(
            (name, header) -> {
              if (header.isString()) {
                headers.put(name, header.string());
              } else {
                problems.add(
                    header,
                    "error parsing header key " + name + ": unsupported type " + header.type());
              }
            });
  }

  /** Checks what the real server checks when it starts rather than when it reads the file. */
  static void validate(WebSocketConfig config, ServerConfig server) {
    if (config.port() == 0) {
      return;
    }
    if (config.tls() == null && !config.noTls()) {
      throw new ConfigException("websocket requires TLS configuration");
    }
    for (String origin : config.allowedOrigins()) {
      checkOrigin(origin);
    }
    if (!server.get(Options.USERS).isEmpty()) {
      if (!config.user().isEmpty()) {
        throw new ConfigException(
            "websocket authentication username not compatible with presence of users/nkeys");
      }
      if (!config.token().isEmpty()) {
        throw new ConfigException(
            "websocket authentication token not compatible with presence of users/nkeys");
      }
    }
    if (!config.jwtCookie().isEmpty()
        && server.get(Options.OPERATORS).isEmpty()
        && server.get(Options.TRUSTED_KEYS).isEmpty()) {
      throw new ConfigException(
          "trusted operators or trusted keys configuration is required for JWT authentication via"
              + " cookie "
              + Problems.quoted(config.jwtCookie()));
    }
    for (String header : config.headers().keySet()) {
      checkHeader(header);
    }
  }

  private static void checkOrigin(String origin) {
    String complaint = "unable to parse allowed origin " + Problems.quoted(origin) + ": ";
    try {
      URI uri = new URI(origin);
      if (!"http".equals(uri.getScheme()) && !"https".equals(uri.getScheme())) {
        throw new ConfigException(
            complaint + "allowed origins must be absolute URLs with http or https scheme");
      }
      if (uri.getHost() == null) {
        throw new ConfigException(complaint + "host is required");
      }
    } catch (URISyntaxException e) {
      throw new ConfigException("unable to parse allowed origin: " + e.getMessage());
    }
  }

  private static void checkHeader(String name) {
    switch (name.toLowerCase(Locale.ROOT)) {
      case "host", "content-length", "connection", "upgrade", "nats-no-masking" ->
          throw new ConfigException(
              "websocket: invalid header " + Problems.quoted(name) + " not allowed");
      default -> {
        if (name.toLowerCase(Locale.ROOT).startsWith("sec-websocket-")) {
          throw new ConfigException(
              "websocket: invalid header "
                  + Problems.quoted(name)
                  + ", \"Sec-WebSocket-\" prefix not allowed");
        }
      }
    }
  }
}
