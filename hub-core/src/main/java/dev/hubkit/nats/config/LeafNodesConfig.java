package dev.hubkit.nats.config;

import dev.hubkit.nats.tls.TlsContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code leafnodes} block: where leaf nodes connect, and the hubs to connect to as one.
 *
 * @param port 0 for no listener, -1 for any free port
 * @param user the single user that leaf nodes log in as; empty for none
 * @param nkey the public key that leaf nodes log in with; empty for none
 * @param account the account of that user or key; empty for the global one
 * @param users the users of leaf nodes; where there are none, and no single one, leaf nodes log in
 *     as clients do
 * @param authTimeoutSeconds 0 for the default
 * @param proxyRequired whether leaf nodes may only come through a trusted proxy
 * @param advertise where others are told to connect; empty for the listener's address
 * @param minVersion the oldest release of leaf nodes that are let in; empty for any
 * @param isolate whether leaf nodes are not told what other leaf nodes subscribe to
 * @param reconnectNanos how long to wait before a hub is connected to again; 0 for the default
 * @param dialTimeoutNanos how long connecting may take; 0 for the default
 * @param writeDeadlineNanos 0 for that of the server
 * @param pingIntervalNanos 0 for that of the server
 * @param pingMax 0 for that of the server
 */
@SuppressWarnings("exports")
public record LeafNodesConfig(
    String host,
    int port,
    String user,
    String password,
    String nkey,
    String account,
    List<UserConfig> users,
    double authTimeoutSeconds,
    boolean proxyRequired,
    @Nullable TlsContext tls,
    String advertise,
    boolean noAdvertise,
    String minVersion,
    CompressionConfig compression,
    boolean isolate,
    long reconnectNanos,
    long dialTimeoutNanos,
    long writeDeadlineNanos,
    long pingIntervalNanos,
    int pingMax,
    List<LeafRemoteConfig> remotes) {
  /** Neither a listener nor remotes. */
  public static final LeafNodesConfig NONE =
      new LeafNodesConfig(
          "",
          0,
          "",
          "",
          "",
          "",
          List.of(),
          0,
          false,
          null,
          "",
          false,
          "",
          CompressionConfig.DEFAULT,
          false,
          0,
          0,
          0,
          0,
          0,
          List.of());

  public LeafNodesConfig {
    users = List.copyOf(users);
    remotes = List.copyOf(remotes);
  }

  /** Returns this block with other remotes. */
  LeafNodesConfig withRemotes(List<LeafRemoteConfig> others) {
    return with(host, port, others);
  }

  /** Returns this block with another listener. */
  LeafNodesConfig withListener(String otherHost, int otherPort) {
    return with(otherHost, otherPort, remotes);
  }

  private LeafNodesConfig with(
      String otherHost, int otherPort, List<LeafRemoteConfig> otherRemotes) {
    return new LeafNodesConfig(
        otherHost,
        otherPort,
        user,
        password,
        nkey,
        account,
        users,
        authTimeoutSeconds,
        proxyRequired,
        tls,
        advertise,
        noAdvertise,
        minVersion,
        compression,
        isolate,
        reconnectNanos,
        dialTimeoutNanos,
        writeDeadlineNanos,
        pingIntervalNanos,
        pingMax,
        otherRemotes);
  }

  /** Returns whether leaf nodes log in by what this block says, not as clients do. */
  public boolean hasLogins() {
    return !user.isEmpty() || !nkey.isEmpty() || !users.isEmpty();
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "leafnodes " + host + ":" + port;
  }
}
