package dev.hubkit.nats.config;

import dev.hubkit.nats.tls.TlsContext;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code cluster} block: where other servers connect and whom to connect to.
 *
 * @param port 0 for no listener, -1 for any free port
 * @param routes the servers to connect to
 * @param connectBackoff whether to wait longer after each attempt to connect that fails
 * @param pingIntervalNanos 0 for the default
 * @param writeDeadlineNanos 0 for that of clients
 */
@SuppressWarnings("exports")
public record ClusterConfig(
    String name,
    String host,
    int port,
    String user,
    String password,
    double authTimeoutSeconds,
    @Nullable PermissionsConfig permissions,
    @Nullable TlsContext tls,
    String advertise,
    boolean noAdvertise,
    int connectRetries,
    boolean connectBackoff,
    CompressionConfig compression,
    List<URI> routes,
    long pingIntervalNanos,
    int pingMax,
    long writeDeadlineNanos) {
  /** Neither a name nor a listener nor routes. */
  public static final ClusterConfig NONE =
      new ClusterConfig(
          "",
          "",
          0,
          "",
          "",
          0,
          null,
          null,
          "",
          false,
          0,
          false,
          CompressionConfig.DEFAULT,
          List.of(),
          0,
          0,
          0);

  /** The same with other routes. */
  public ClusterConfig withRoutes(List<URI> others) {
    return new ClusterConfig(
        name,
        host,
        port,
        user,
        password,
        authTimeoutSeconds,
        permissions,
        tls,
        advertise,
        noAdvertise,
        connectRetries,
        connectBackoff,
        compression,
        List.copyOf(others),
        pingIntervalNanos,
        pingMax,
        writeDeadlineNanos);
  }

  /** The same with another listener and the user that routes authenticate as. */
  public ClusterConfig withListener(
      String otherHost, int otherPort, String otherUser, String otherPassword) {
    return new ClusterConfig(
        name,
        otherHost,
        otherPort,
        otherUser,
        otherPassword,
        authTimeoutSeconds,
        permissions,
        tls,
        advertise,
        noAdvertise,
        connectRetries,
        connectBackoff,
        compression,
        routes,
        pingIntervalNanos,
        pingMax,
        writeDeadlineNanos);
  }

  /** The same under another name and with other ways of telling clients about it. */
  public ClusterConfig withIdentity(
      String otherName, String otherAdvertise, boolean otherNoAdvertise, int otherRetries) {
    return new ClusterConfig(
        otherName,
        host,
        port,
        user,
        password,
        authTimeoutSeconds,
        permissions,
        tls,
        otherAdvertise,
        otherNoAdvertise,
        otherRetries,
        connectBackoff,
        compression,
        routes,
        pingIntervalNanos,
        pingMax,
        writeDeadlineNanos);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "cluster " + name + " " + host + ":" + port;
  }
}
