package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.Problems.Listen;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.time.GoDuration;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code cluster} block. */
final class ClusterReader {
  private static final long MAX_PING_NANOS = 30_000_000_000L;
  private static final Set<String> COMPRESSION =
      Set.of(
          "off",
          "disabled",
          "not supported",
          "not_supported",
          "on",
          "enabled",
          "accept",
          "auto",
          "s2_auto",
          "fast",
          "s2_fast",
          "s2_uncompressed",
          "better",
          "s2_better",
          "best",
          "s2_best");

  private final Problems problems;
  private final AuthorizationReader authorization;
  private String name = "";
  private String host = "";
  private int port;
  private String user = "";
  private String password = "";
  private double authTimeout;
  private @Nullable PermissionsConfig permissions;
  private @Nullable TlsContext tls;
  private String advertise = "";
  private boolean noAdvertise;
  private int connectRetries;
  private List<URI> routes = List.of();
  private long pingInterval;
  private int pingMax;

  ClusterReader(Problems problems, AuthorizationReader authorization) {
    this.problems = problems;
    this.authorization = authorization;
  }

  ClusterConfig read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected map to define cluster, got " + value.type());
    }
    problems.each(value.map(), this::field);
    return new ClusterConfig(
        name,
        host,
        port,
        user,
        password,
        authTimeout,
        permissions,
        tls,
        advertise,
        noAdvertise,
        connectRetries,
        routes,
        pingInterval,
        pingMax);
  }

  private void field(String key, String fieldName, ConfigValue value) {
    switch (key) {
      case "name" -> {
        if (value.string().contains(" ")) {
          throw value.error("cluster name cannot contain spaces");
        }
        name = value.string();
      }
      case "listen" -> {
        Listen listen = Listen.of(value);
        host = listen.host();
        port = listen.port();
      }
      case "port" -> port = (int) value.integer();
      case "host", "net" -> host = value.string();
      case "authorization" -> authorization(fieldName, value);
      case "routes" -> routes = urls(value, "route");
      case "tls" -> tls = TlsReader.read(value, false);
      case "cluster_advertise", "advertise" -> advertise = value.string();
      case "no_advertise" -> noAdvertise = value.bool();
      case "connect_retries" -> connectRetries = (int) value.integer();
      // Hub's routes keep a steady interval, have one connection and are not compressed; the
      // settings are checked and routes work with them.
      case "connect_backoff" -> value.bool();
      case "pool_size" -> value.integer();
      case "accounts" -> problems.strings("accounts", value);
      case "compression" -> compression(value);
      case "permissions" -> {
        PermissionsConfig read = authorization.permissions(value);
        if (read.responses() != null) {
          throw value.error("Cluster permissions do not support dynamic responses");
        }
        permissions = read;
      }
      case "ping_interval" -> {
        pingInterval = problems.duration("ping_interval", value);
        if (pingInterval > MAX_PING_NANOS) {
          problems.warn(
              value,
              "Cluster 'ping_interval' will reset to "
                  + GoDuration.format(MAX_PING_NANOS)
                  + " which is the max for routes");
          pingInterval = MAX_PING_NANOS;
        }
      }
      case "ping_max" -> pingMax = (int) value.integer();
      case "write_deadline" -> problems.duration("write_deadline", value);
      case "write_timeout" -> ConfigFile.writeTimeout(value);
      default -> problems.unknown(fieldName, value);
    }
  }

  private void authorization(String fieldName, ConfigValue value) {
    AuthorizationReader.Block block = authorization.authorization(value);
    if (block.users != null) {
      throw value.error("Cluster authorization does not allow multiple users");
    }
    if (!block.token.isEmpty()) {
      throw value.error("Cluster authorization does not support tokens");
    }
    if (block.callout != null) {
      throw value.error("Cluster authorization does not support callouts");
    }
    user = block.user;
    password = block.password;
    authTimeout = block.timeoutSeconds;
    if (block.defaultPermissions != null) {
      problems.warn(
          value,
          "invalid use of field "
              + quoted(fieldName)
              + ": setting \"permissions\" within cluster authorization block is deprecated");
      permissions = permissions == null ? block.defaultPermissions : permissions;
    }
  }

  private static void compression(ConfigValue value) {
    if (value.isBool() || value.isMap()) {
      return;
    }
    if (!value.isString() || !COMPRESSION.contains(value.string().toLowerCase(Locale.ROOT))) {
      throw value.error("unsupported compression mode " + quoted(String.valueOf(value.value())));
    }
  }

  private List<URI> urls(ConfigValue value, String kind) {
    List<URI> urls = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (ConfigValue element : value.list()) {
      String text = element.string().strip();
      if (!seen.add(text)) {
        problems.warn(
            element,
            "invalid use of field " + quoted(text) + ": Duplicate " + kind + " entry detected");
        continue;
      }
      urls.add(url(text, kind, element));
    }
    return urls;
  }

  static URI url(String text, String kind, ConfigValue place) {
    try {
      return new URI(text.strip());
    } catch (URISyntaxException e) {
      throw place.error("error parsing " + kind + " url [" + quoted(text.strip()) + "]");
    }
  }
}
