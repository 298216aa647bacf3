package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Checks of the {@code websocket} block what nats-server checks when it starts rather than when it
 * reads the file (validateWebsocketOptions in its {@code websocket.go}).
 */
final class WebSocketValidator {
  private WebSocketValidator() {}

  /**
   * Checks a block.
   *
   * @param server the whole configuration, flags included
   * @throws ConfigException for the first thing that is wrong
   */
  static void check(WebSocketConfig config, ServerConfig server) {
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
              + quoted(config.jwtCookie()));
    }
    for (String header : config.headers().keySet()) {
      checkHeader(header);
    }
  }

  private static void checkOrigin(String origin) {
    if (origin.isEmpty()) {
      throw new ConfigException("unable to parse allowed origin: parse \"\": empty url");
    }
    if (!origin.startsWith("/") && origin.indexOf(':') < 0) {
      throw new ConfigException(
          "unable to parse allowed origin: parse " + quoted(origin) + ": invalid URI for request");
    }
    String complaint = "unable to parse allowed origin " + quoted(origin) + ": ";
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
          throw new ConfigException("websocket: invalid header " + quoted(name) + " not allowed");
      default -> {
        if (name.toLowerCase(Locale.ROOT).startsWith("sec-websocket-")) {
          throw new ConfigException(
              "websocket: invalid header "
                  + quoted(name)
                  + ", \"Sec-WebSocket-\" prefix not allowed");
        }
      }
    }
  }
}
