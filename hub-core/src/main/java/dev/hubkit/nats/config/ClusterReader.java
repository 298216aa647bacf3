package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.Problems.Listen;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.time.GoDuration;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the {@code cluster} block. */
final class ClusterReader {
  /** A name that no cluster may have. */
  static final String RESERVED = "_";

  private static final long MAX_PING_NANOS = 30_000_000_000L;
  private static final FieldTable<ClusterReader> FIELDS =
      new FieldTable<ClusterReader>()
          .field("name", ClusterReader::name)
          .field("listen", ClusterReader::listen)
          .field("port", (block, value) -> block.port = value.int32())
          .field("host", "net", (block, value) -> block.host = value.string())
          .named(List.of("authorization"), ClusterReader::authorization)
          .field("routes", (block, value) -> block.routes = urls(value, "route", block.problems))
          .field("tls", (block, value) -> block.tls = TlsReader.read(value, false, block.problems))
          .field(
              "cluster_advertise", "advertise", (block, value) -> block.advertise = value.string())
          .field("no_advertise", (block, value) -> block.noAdvertise = value.bool())
          .field("connect_retries", (block, value) -> block.connectRetries = value.int32())
          .field("connect_backoff", (block, value) -> block.connectBackoff = value.bool())
          // Between two servers there is one connection for all accounts; the settings are checked,
          // and servers that have a pool take this one for a server without.
          .field("pool_size", (block, value) -> block.poolSize = value.integer())
          .field(
              "accounts",
              (block, value) -> block.accounts = block.problems.strings("accounts", value))
          .named(
              List.of("compression"),
              (block, name, value) -> block.compression = CompressionReader.read(name, value))
          .field("permissions", ClusterReader::permissions)
          .field("ping_interval", ClusterReader::pingInterval)
          .field("ping_max", (block, value) -> block.pingMax = value.int32())
          .field(
              "write_deadline",
              (block, value) ->
                  block.writeDeadline = block.problems.duration("write_deadline", value))
          .field("write_timeout", (block, value) -> ServerFields.writeTimeout(value));

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
  private boolean connectBackoff;
  private List<URI> routes = List.of();
  private long pingInterval;
  private int pingMax;
  private long writeDeadline;
  private CompressionConfig compression = CompressionConfig.DEFAULT;
  private long poolSize;
  private List<String> accounts = List.of();

  ClusterReader(Problems problems, AuthorizationReader authorization) {
    this.problems = problems;
    this.authorization = authorization;
  }

  ClusterConfig read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected map to define cluster, got " + value.type());
    }
    FIELDS.readAll(this, value, problems);
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
        connectBackoff,
        compression,
        routes,
        pingInterval,
        pingMax,
        writeDeadline);
  }

  /** Checks the compression, which nats-server does when it starts. */
  void checkCompression() {
    compression.check();
  }

  /** Checks the accounts with routes of their own, which nats-server does when it starts. */
  void checkAccounts() {
    if (!accounts.isEmpty() && poolSize < 0) {
      throw new ConfigException("pool_size cannot be negative if pinned accounts are specified");
    }
    Set<String> known = new HashSet<>();
    for (String account : accounts) {
      if (!known.add(account)) {
        String all =
            accounts.stream().map(Problems::quoted).collect(Collectors.joining(" ", "[", "]"));
        throw new ConfigException(
            "found duplicate account name " + quoted(account) + " in pinned accounts list " + all);
      }
    }
  }

  private void name(ConfigValue value) {
    if (value.string().contains(" ")) {
      throw value.error("cluster name cannot contain spaces");
    }
    name = unreserved(value, problems.compatibility());
  }

  // A name that leaf nodes use among themselves (leafNoOriginCluster in nats-server's route.go).
  static String unreserved(ConfigValue value, Compatibility compatibility) {
    if (compatibility.atLeast(Compatibility.V2_15) && value.string().equals(RESERVED)) {
      throw value.error("cluster name is reserved");
    }
    return value.string();
  }

  private void listen(ConfigValue value) {
    Listen listen = Listen.of(value);
    host = listen.host();
    port = listen.port();
  }

  private void permissions(ConfigValue value) {
    PermissionsConfig read = authorization.permissions().read(value);
    if (read.responses() != null) {
      throw value.error("Cluster permissions do not support dynamic responses");
    }
    permissions = read;
  }

  private void pingInterval(ConfigValue value) {
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

  private void authorization(String fieldName, ConfigValue value) {
    AuthorizationReader.Block block = authorization.read(value);
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

  static List<URI> urls(ConfigValue value, String kind, Problems problems) {
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
