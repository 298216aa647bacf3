package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.GatewayReader.Gateway;
import dev.hubkit.nats.config.LeafNodesReader.LeafNodes;
import dev.hubkit.nats.config.MqttReader.Mqtt;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.release.Compatibility;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a file says of connections to other servers and other clients that nats-server checks when
 * it starts, although Hub makes no such connections. Filled while the file is read, and not changed
 * afterwards.
 */
final class StartChecks {
  private static final String GLOBAL_ACCOUNT = "$G";

  LeafNodes leafNodes = new LeafNodes(0, "", List.of(), List.of(), CompressionConfig.DEFAULT);
  Gateway gateway = new Gateway("", 0, List.of());
  Mqtt mqtt = new Mqtt(0, "", "", "", 0, 0);
  @Nullable ClusterReader cluster;

  /**
   * Checks them in a whole configuration.
   *
   * @throws ConfigException for the first thing that is wrong
   */
  void check(ServerConfig config) {
    checkLeafNodes(config);
    gateway.check();
    checkCluster(config);
    checkMqtt(config);
  }

  // validateMQTTOptions in nats-server's mqtt.go.
  private void checkMqtt(ServerConfig config) {
    if (mqtt.port() == 0) {
      return;
    }
    boolean alone = config.get(Options.CLUSTER).port() == 0 && gateway.port() == 0;
    if (config.get(Options.SERVER_NAME).isEmpty() && !alone) {
      throw new ConfigException("mqtt requires server name to be explicitly set");
    }
    ConfigValidator.checkNoAuthUser(mqtt.noAuthUser(), config);
    mqtt.check(!config.get(Options.USERS).isEmpty());
    if (!config.get(Options.JETSTREAM)
        && alone
        && leafNodes.port() == 0
        && leafNodes.remotes().isEmpty()) {
      throw new ConfigException(
          "mqtt requires JetStream to be enabled if running in standalone mode");
    }
  }

  /** Checks leaf nodes (validateLeafNode in nats-server's {@code leafnode.go}). */
  private void checkLeafNodes(ServerConfig config) {
    if (config.get(Options.OPERATORS).isEmpty()) {
      checkLeafAccounts(config);
    } else {
      checkLeafKeys();
    }
    leafNodes.compression().check();
    LeafRemoteReader.check(leafNodes.remotes(), config.get(Options.COMPATIBILITY));
    if (leafNodes.port() != 0
        && gateway.isDefined()
        && config.get(Options.SYSTEM_ACCOUNT).isEmpty()) {
      throw new ConfigException(
          "leaf nodes and gateways (both being defined) require a system account to also be"
              + " configured");
    }
  }

  private void checkLeafAccounts(ServerConfig config) {
    Set<String> known = new HashSet<>(Set.of(GLOBAL_ACCOUNT, ""));
    config.get(Options.ACCOUNTS).forEach(account -> known.add(account.name()));
    if (config.get(Options.SYSTEM_ACCOUNT).isEmpty() && !config.get(Options.NO_SYSTEM_ACCOUNT)) {
      known.add("$SYS");
    }
    requireAccount(known, leafNodes.account(), "authorization");
    leafNodes.users().forEach(account -> requireAccount(known, account, "authorization"));
    leafNodes.remotes().forEach(remote -> requireAccount(known, remote.account(), "remote"));
  }

  private static void requireAccount(Set<String> known, String account, String where) {
    if (!known.contains(account)) {
      throw new ConfigException(
          "cannot find local account " + quoted(account) + " specified in leafnode " + where);
    }
  }

  private void checkLeafKeys() {
    if (!leafNodes.users().isEmpty()) {
      throw new ConfigException("operator mode does not allow specifying users in leafnode config");
    }
    for (LeafRemoteReader.Remote remote : leafNodes.remotes()) {
      if (!NKey.isValid(remote.account(), NKey.Role.ACCOUNT)) {
        throw new ConfigException(
            "operator mode requires account nkeys in remotes. Please add an `account` key to each"
                + " remote in your `leafnodes` section, to assign it to an account. Each account"
                + " value should be a 56 character public key, starting with the letter 'A'");
      }
    }
    if (leafNodes.port() != 0
        && !leafNodes.account().isEmpty()
        && !NKey.isValid(leafNodes.account(), NKey.Role.ACCOUNT)) {
      throw new ConfigException("operator mode and non account nkeys are incompatible");
    }
  }

  /** Checks the cluster (validateCluster in nats-server's {@code server.go}). */
  private void checkCluster(ServerConfig config) {
    ClusterConfig block = config.get(Options.CLUSTER);
    String name = block.name();
    if (name.contains(" ")) {
      throw new ConfigException("cluster name cannot contain spaces");
    }
    if (cluster != null) {
      cluster.checkCompression();
    }
    if (!gateway.name().isEmpty() && !gateway.name().equals(name)) {
      if (!name.isEmpty()) {
        throw new ConfigException("cluster name conflicts between cluster and gateway definitions");
      }
      name = gateway.name();
    }
    if (name.isEmpty() && !leafNodes.remotes().isEmpty() && block.port() == 0) {
      name = config.get(Options.SERVER_NAME);
    }
    if (name.equals(ClusterReader.RESERVED)
        && config.get(Options.COMPATIBILITY).atLeast(Compatibility.V2_15)) {
      throw new ConfigException("cluster name is reserved");
    }
    if (cluster != null) {
      cluster.checkAccounts();
    }
  }
}
