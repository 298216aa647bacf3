package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.Problems.Listen;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.tls.TlsContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code leafnodes} block. */
final class LeafNodesReader {
  private static final FieldTable<LeafNodesReader> FIELDS =
      new FieldTable<LeafNodesReader>()
          .field("listen", LeafNodesReader::listen)
          .field("port", (block, value) -> block.port = value.int32())
          .field("host", "net", (block, value) -> block.host = value.string())
          .field("authorization", LeafNodesReader::authorization)
          .field("remotes", LeafNodesReader::remotes)
          .field(
              List.of("reconnect", "reconnect_delay", "reconnect_interval"),
              (block, value) -> block.reconnect = block.problems.duration("reconnect", value))
          .field(
              "dial_timeout",
              (block, value) -> block.dialTimeout = block.problems.duration("dial_timeout", value))
          .field("tls", LeafNodesReader::tls)
          .field(
              "leafnode_advertise", "advertise", (block, value) -> block.advertise = value.string())
          .field("no_advertise", (block, value) -> block.noAdvertise = value.bool())
          .field("min_version", "minimum_version", LeafNodesReader::minVersion)
          .named(
              List.of("compression"),
              (block, name, value) -> block.compression = CompressionReader.read(name, value))
          .field(
              "isolate_leafnode_interest",
              "isolate",
              (block, value) -> block.isolate = value.bool())
          .field(
              "write_deadline",
              (block, value) ->
                  block.writeDeadline = block.problems.duration("write_deadline", value))
          .field("write_timeout", (block, value) -> ServerFields.writeTimeout(value))
          .field(
              "ping_interval",
              (block, value) ->
                  block.pingInterval = block.problems.duration("ping_interval", value))
          .field("ping_max", (block, value) -> block.pingMax = value.int32())
          .since(Compatibility.V2_15, "ping_interval", "ping_max");

  private static final FieldTable<LeafNodesReader> AUTHORIZATION =
      new FieldTable<LeafNodesReader>()
          .field("user", "username", (block, value) -> block.user = value.string())
          .field("pass", "password", (block, value) -> block.password = value.string())
          .field("nkey", LeafNodesReader::nkey)
          .named(List.of("timeout"), LeafNodesReader::timeout)
          .field("users", LeafNodesReader::users)
          .field("account", (block, value) -> block.account = value.string())
          .field("proxy_required", (block, value) -> block.proxyRequired = value.bool());

  private static final FieldTable<User> USER =
      new FieldTable<User>()
          .field("user", "username", (user, value) -> user.name = value.string())
          .field("pass", "password", (user, value) -> user.password = value.string())
          .field("account", (user, value) -> user.account = value.string())
          .field("proxy_required", (user, value) -> user.proxyRequired = value.bool());

  private static final class User {
    String name = "";
    String password = "";
    @Nullable String account;
    boolean proxyRequired;

    UserConfig config() {
      return new UserConfig(
          name, password, "", account == null ? "" : account, null, Set.of(), proxyRequired);
    }
  }

  /**
   * What nats-server checks when it starts.
   *
   * @param users the names of the accounts of the users that are listed; empty where there is none
   */
  record LeafNodes(
      int port,
      String account,
      List<String> users,
      List<LeafRemoteReader.Remote> remotes,
      CompressionConfig compression) {}

  private final Problems problems;
  private String host = "";
  private int port;
  private String user = "";
  private String password = "";
  private double authTimeout;
  private boolean proxyRequired;
  private @Nullable TlsContext tls;
  private String advertise = "";
  private boolean noAdvertise;
  private String minVersion = "";
  private boolean isolate;
  private long reconnect;
  private long dialTimeout;
  private long writeDeadline;
  private long pingInterval;
  private int pingMax;
  private List<UserConfig> logins = List.of();
  private String nkey = "";
  private String account = "";
  private List<String> users = List.of();
  private List<LeafRemoteReader.Remote> remotes = List.of();
  private CompressionConfig compression = CompressionConfig.DEFAULT;

  LeafNodesReader(Problems problems) {
    this.problems = problems;
  }

  LeafNodes read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected map to define a leafnode, got " + value.type());
    }
    FIELDS.readAll(this, value, problems);
    return new LeafNodes(port, account, users, remotes, compression);
  }

  /** Returns what the block says that {@link #read} has read. */
  LeafNodesConfig config() {
    return new LeafNodesConfig(
        host,
        port,
        user,
        password,
        nkey,
        account,
        logins,
        authTimeout,
        proxyRequired,
        tls,
        advertise,
        noAdvertise,
        minVersion,
        compression,
        isolate,
        reconnect,
        dialTimeout,
        writeDeadline,
        pingInterval,
        pingMax,
        remotes.stream().map(LeafRemoteReader.Remote::config).toList());
  }

  private void listen(ConfigValue value) {
    Listen listen = Listen.of(value);
    host = listen.host();
    port = listen.port();
  }

  private void tls(ConfigValue value) {
    tls = TlsReader.read(value, true, problems);
  }

  private void remotes(ConfigValue value) {
    remotes = new LeafRemoteReader(problems).read(value);
  }

  private void minVersion(ConfigValue value) {
    minVersion = value.string();
    String[] parts = value.string().split("[.-]", -1);
    int[] version = new int[3];
    for (int i = 0; i < version.length; i++) {
      if (i >= parts.length || !parts[i].matches("[0-9]{1,9}")) {
        throw value.error("invalid leafnode's minimum version: invalid semver");
      }
      version[i] = Integer.parseInt(parts[i]);
    }
    if (version[0] < 2 || (version[0] == 2 && version[1] < 8)) {
      throw value.error("the minimum version should be at least 2.8.0");
    }
  }

  private void authorization(ConfigValue value) {
    AUTHORIZATION.readAll(this, value, problems);
    if (users.isEmpty()) {
      return;
    }
    if (!user.isEmpty()) {
      throw value.error("can not have a single user/pass and a users array");
    }
    if (!nkey.isEmpty()) {
      throw value.error("can not have a single nkey and a users array");
    }
    if (duplicate != null) {
      throw value.error(
          "duplicate user " + quoted(duplicate) + " detected in leafnode authorization");
    }
  }

  private @Nullable String duplicate;

  private void nkey(ConfigValue value) {
    nkey = value.string();
    if (!NKey.isValid(nkey, NKey.Role.USER)) {
      problems.add(value, "Not a valid public nkey for leafnode authorization");
    }
  }

  private void timeout(String name, ConfigValue value) {
    authTimeout = AuthorizationReader.timeout(name, value, "leafnode authorization", problems);
  }

  private void users(ConfigValue value) {
    if (!value.isList()) {
      throw value.error("Expected users field to be an array, got " + value.formatted());
    }
    List<String> accounts = new ArrayList<>();
    List<UserConfig> read = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ConfigValue element : value.list()) {
      if (!element.isMap()) {
        problems.add(element, "Expected user entry to be a map/struct, got " + element.formatted());
        continue;
      }
      User listed = new User();
      USER.readAll(listed, element, problems);
      read.add(listed.config());
      accounts.add(listed.account == null ? "" : listed.account);
      if (!names.add(listed.name)) {
        duplicate = listed.name;
      }
    }
    users = List.copyOf(accounts);
    logins = List.copyOf(read);
  }
}
