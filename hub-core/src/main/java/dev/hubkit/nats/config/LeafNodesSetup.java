package dev.hubkit.nats.config;

import dev.hubkit.nats.config.LeafRemoteReader.Remote;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Changes the {@code leafnodes} block of a configuration, as if its file had more. */
public final class LeafNodesSetup {
  private static final String PLACE = "upstream";

  private LeafNodesSetup() {}

  /**
   * Adds a hub to connect to as a leaf node.
   *
   * @param urls the servers of one cluster
   * @param credentials the file with a user's token and seed; empty for none
   * @throws ConfigException if the server can't connect there
   */
  public static void add(ServerConfig config, List<String> urls, String credentials) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("url", urls.stream().map(LeafNodesSetup::value).toList());
    if (!credentials.isEmpty()) {
      fields.put("credentials", credentials);
    }
    if (urls.stream().anyMatch(url -> url.startsWith("tls:"))) {
      // nats-server leaves it to the hub whether such a connection is secured; whoever writes this
      // means that it has to be.
      fields.put("tls", Map.of());
    }
    Map<String, ConfigValue> remote = new LinkedHashMap<>();
    fields.forEach((name, field) -> remote.put(name, value(field)));
    Problems problems = new Problems(config.get(Options.COMPATIBILITY), false);
    List<Remote> read = new LeafRemoteReader(problems).read(value(List.of(value(remote))));
    if (problems.any()) {
      throw new ConfigException(problems.errors(), problems.warnings());
    }
    LeafRemoteReader.check(read, config.get(Options.COMPATIBILITY));
    LeafNodesConfig block = config.get(Options.LEAFNODES);
    List<LeafRemoteConfig> remotes = new ArrayList<>(block.remotes());
    read.forEach(each -> remotes.add(each.config()));
    config.set(Options.LEAFNODES, block.withRemotes(remotes));
  }

  /**
   * Has it listen for leaf nodes, unless it does so already.
   *
   * @param port -1 for any free port
   */
  public static void accept(ServerConfig config, String host, int port) {
    LeafNodesConfig block = config.get(Options.LEAFNODES);
    if (block.port() == 0) {
      config.set(Options.LEAFNODES, block.withListener(host, port));
    }
  }

  private static ConfigValue value(Object value) {
    return new ConfigValue(value, PLACE, 1, 1);
  }
}
