package dev.hubkit.nats.config;

import dev.hubkit.nats.config.Problems.Listen;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.time.Nanos;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the {@code websocket} block. */
final class WebSocketReader {
  private static final FieldTable<WebSocketReader> FIELDS =
      new FieldTable<WebSocketReader>()
          .field("listen", WebSocketReader::listen)
          .field("port", (block, value) -> block.port = value.int32())
          .field("host", "net", (block, value) -> block.host = value.string())
          .field("advertise", (block, value) -> block.advertise = value.string())
          .field("no_tls", (block, value) -> block.noTls = value.bool())
          .field("tls", (block, value) -> block.tls = TlsReader.read(value, true, block.problems))
          .field("same_origin", (block, value) -> block.sameOrigin = value.bool())
          .field(
              List.of(
                  "allowed_origins",
                  "allowed_origin",
                  "allow_origins",
                  "allow_origin",
                  "origins",
                  "origin"),
              WebSocketReader::origins)
          .field(
              "handshake_timeout",
              (block, value) -> block.handshakeTimeout = handshakeTimeout(value))
          .field("compress", "compression", (block, value) -> block.compression = value.bool())
          .field("authorization", "authentication", WebSocketReader::authorization)
          .field("jwt_cookie", (block, value) -> block.jwtCookie = value.string())
          .field("user_cookie", (block, value) -> block.userCookie = value.string())
          .field("pass_cookie", (block, value) -> block.passwordCookie = value.string())
          .field("token_cookie", (block, value) -> block.tokenCookie = value.string())
          .field("no_auth_user", (block, value) -> block.noAuthUser = value.string())
          .field("headers", WebSocketReader::headers)
          .field("ping_interval", WebSocketReader::pingInterval);

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
    FIELDS.readAll(this, value, problems);
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

  private void listen(ConfigValue value) {
    Listen listen = Listen.of(value);
    host = listen.host();
    port = listen.port();
  }

  private void origins(ConfigValue value) {
    origins = problems.strings("allowed origins", value);
  }

  private void authorization(ConfigValue value) {
    auth = authorization.readListener(value);
  }

  private void pingInterval(ConfigValue value) {
    pingInterval = problems.duration("ping_interval", value);
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
}
