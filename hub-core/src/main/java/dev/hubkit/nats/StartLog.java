package dev.hubkit.nats;

import dev.hubkit.log.Quoted;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.EncryptionConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.credential.OperatorClaims;
import dev.hubkit.nats.credential.Password;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.monitor.FeatureFlags;
import dev.hubkit.nats.security.CertificateMapping;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.NameHash;
import dev.hubkit.text.FriendlyBytes;
import dev.hubkit.time.GoDuration;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells of a start in the lines of nats-server (Start in its {@code server.go}). */
final class StartLog {
  // JetStream's sign (enableJetStream in jetstream.go of nats-server).
  private static final String BANNER =
      """
          _ ___ _____ ___ _____ ___ ___   _   __  __
       _ | | __|_   _/ __|_   _| _ \\ __| /_\\ |  \\/  |
      | || | _|  | | \\__ \\ | | |   / _| / _ \\| |\\/| |
       \\__/|___| |_| |___/ |_| |_|_\\___/_/ \\_\\_|  |_|

               https://docs.nats.io/jetstream

      ---------------- JETSTREAM ----------------""";

  // MAX_PAYLOAD_MAX_SIZE of nats-server.
  private static final int DISCOURAGED_PAYLOAD = 8 << 20;

  private final StartListener listener;
  private final NatsOptions options;
  private final ServerConfig config;

  StartLog(StartListener listener, NatsOptions options) {
    this.listener = listener;
    this.options = options;
    this.config = options.config();
  }

  /** Tells who starts. */
  void named(NamedServer identity) {
    if (listener == StartListener.NONE) {
      return;
    }
    listener.info("Starting nats-server");
    listener.info("  Version:  " + options.compatibility().version());
    listener.info("  Git:      [not set]");
    if (config.get(Options.CLUSTER).port() != 0) {
      listener.info("  Cluster:  " + identity.clusterName(config.get(Options.CLUSTER).name()));
    }
    listener.info("  Name:     " + identity.name());
    if (options.storeDir() != null) {
      listener.info("  Node:     " + NameHash.of(identity.name()));
    }
    listener.info("  ID:       " + identity.id());
    FeatureFlags.startLines(config, options.compatibility()).forEach(listener::info);
    if (hasPlainPasswords()) {
      listener.warn("Plaintext passwords detected, use nkeys or bcrypt");
    }
  }

  /** Tells where the configuration comes from, and what of it is unusual. */
  void configuration() {
    if (listener == StartListener.NONE) {
      return;
    }
    String file = config.get(Options.CONFIG_FILE);
    if (!file.isEmpty()) {
      String digest = ConfigFile.digest(file, System::getenv);
      listener.info("Using configuration file: " + file + " (" + digest + ")");
    }
    if (!config.get(Options.OPERATORS).isEmpty()) {
      operators();
    }
    if (options.maxPayload() > DISCOURAGED_PAYLOAD) {
      listener.warn(
          "Maximum payloads over "
              + FriendlyBytes.format(DISCOURAGED_PAYLOAD)
              + " are generally discouraged and could lead to poor performance");
    }
  }

  private void operators() {
    listener.info("Trusted Operators");
    for (OperatorClaims operator : config.get(Options.OPERATORS)) {
      Jwt jwt = operator.jwt();
      listener.info("  System  : " + Quoted.of(jwt.audience()));
      listener.info("  Operator: " + Quoted.of(jwt.name()));
      listener.info("  Issued  : " + time(jwt.issuedAt()));
      listener.info("  Expires : " + (jwt.expires() == 0 ? "Never" : time(jwt.expires())));
    }
    if (config.get(Options.SYSTEM_ACCOUNT).isEmpty()) {
      listener.warn("Trusted Operators should utilize a System Account");
    }
  }

  // As Go prints a time.
  private static String time(long epochSeconds) {
    return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss Z z", Locale.ROOT)
        .format(Instant.ofEpochSecond(epochSeconds).atZone(ZoneId.systemDefault()));
  }

  // checkAuthforWarnings of nats-server: a user without a password, too, unless a certificate
  // tells.
  private boolean hasPlainPasswords() {
    CertificateMapping mapping = CertificateMapping.of(config);
    return isPlain(config.get(Options.PASSWORD))
        || config.get(Options.USERS).stream()
            .filter(user -> user.nkey().isEmpty())
            .anyMatch(
                user ->
                    user.password().isEmpty()
                        ? !mapping.concerns(user.connectionTypes())
                        : isPlain(user.password()));
  }

  private static boolean isPlain(String password) {
    return !password.isEmpty() && !Password.isHash(password);
  }

  /** Tells the listener that the server is about to open its parts. */
  void opening() {
    listener.opening();
  }

  /** Tells of the port for profiles. */
  void profile(int port) {
    listener.info("profiling port: " + port);
  }

  /** Tells of a monitoring port. */
  void monitor(String protocol, HostPort address) {
    listener.info("Starting " + protocol + " monitor on " + address);
  }

  /** Tells that JetStream begins to start; returns when. */
  long jetStreamBegins() {
    listener.info("Starting JetStream");
    return System.nanoTime();
  }

  /** Tells what JetStream has. */
  void jetStream(JetStreamServer jetStream, Path directory) {
    if (listener == StartListener.NONE) {
      return;
    }
    BANNER.lines().forEach(listener::info);
    if (config.get(Options.JETSTREAM_SETTINGS).strict()) {
      listener.info("  Strict:          true");
    }
    listener.info("  Max Memory:      " + FriendlyBytes.format(jetStream.maxMemory()));
    listener.info("  Max Storage:     " + FriendlyBytes.format(jetStream.maxStorage()));
    listener.info("  Store Directory: \"" + directory.resolve("jetstream") + "\"");
    String domain = config.get(Options.JETSTREAM_SETTINGS).domain();
    if (!domain.isEmpty()) {
      listener.info("  Domain:          " + domain);
    }
    EncryptionConfig encryption = config.get(Options.JETSTREAM_ENCRYPTION);
    if (!encryption.key().isEmpty()) {
      listener.info("  Encryption:      " + encryption.cipherName());
    }
    listener.info("  API Level:       " + options.compatibility().apiLevel());
    listener.info("-------------------------------------------");
    if (config.get(Options.CLUSTER).port() != 0 && jetStream.peer() == null) {
      listener.warn(
          "JetStream is not replicated: this server alone keeps all streams of its cluster, and the"
              + " others can have no JetStream. Run nats-servers where you need replicas, or a"
              + " NatsCluster in the JVM of a test");
    }
  }

  /** Tells how long the start of JetStream has taken, whatever came of it. */
  void jetStreamEnds(long begun) {
    listener.info("Took " + GoDuration.format(System.nanoTime() - begun) + " to start JetStream");
  }

  /** Tells of the port for WebSockets. */
  void webSocket(WebSocketPort port) {
    String scheme = port.isSecured() ? "wss" : "ws";
    listener.info(
        "Listening for websocket clients on "
            + scheme
            + "://"
            + new HostPort(port.host(), port.port()));
    if (!port.isSecured()) {
      listener.warn("Websocket not configured with TLS. DO NOT USE IN PRODUCTION!");
    }
  }

  /** Tells of the port for leaf nodes; null when there is none. */
  void leafNodes(@Nullable HostPort address) {
    if (address != null) {
      listener.info("Listening for leafnode connections on " + address);
    }
  }

  /** Tells of the port for clients. */
  void clients(int port) {
    listener.info("Listening for client connections on " + new HostPort(options.host(), port));
    if (config.get(Options.PROXY_PROTOCOL)) {
      listener.info("PROXY protocol enabled for client connections");
    }
    TlsContext tls = config.get(Options.TLS).orElse(null);
    if (tls == null) {
      return;
    }
    // Then the handshake is required whatever allow_non_tls says.
    boolean firstOnly = tls.settings().handshakeFirst() && tls.settings().fallbackNanos() == 0;
    boolean optional = config.get(Options.ALLOW_NON_TLS) && !firstOnly;
    listener.info("TLS " + (optional ? "available" : "required") + " for client connections");
    if (firstOnly) {
      listener.warn(
          "Clients that are not using \"TLS Handshake First\" option will fail to connect");
    }
  }

  /** Tells that clients are served. */
  void ready() {
    listener.info("Server is ready");
  }

  /** Tells of the cluster, before its port is opened. */
  void cluster(String name) {
    listener.info("Cluster name is " + name);
    if (config.get(Options.CLUSTER).name().isEmpty()) {
      listener.warn("Cluster name was dynamically generated, consider setting one");
    }
  }

  /** Tells of the port for routes. */
  void routes(HostPort address) {
    listener.info("Listening for route connections on " + address);
  }
}
