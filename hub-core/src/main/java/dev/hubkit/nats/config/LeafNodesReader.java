package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.CompressionReader.Compression;
import dev.hubkit.nats.config.Problems.Listen;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.release.Compatibility;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code leafnodes} block. Hub has no leaf nodes: a block that only tells where to listen
 * for them changes nothing for clients, and a server starts with it; one with remotes is not
 * supported.
 */
final class LeafNodesReader {
  private static final FieldTable<LeafNodesReader> FIELDS =
      new FieldTable<LeafNodesReader>()
          .field("listen", (block, value) -> block.port = Listen.of(value).port())
          .field("port", (block, value) -> block.port = value.int32())
          .field("host", "net", (block, value) -> value.string())
          .field("authorization", LeafNodesReader::authorization)
          .field("remotes", LeafNodesReader::remotes)
          .field(
              List.of("reconnect", "reconnect_delay", "reconnect_interval"),
              (block, value) -> block.problems.duration("reconnect", value))
          .field("dial_timeout", (block, value) -> block.problems.duration("dial_timeout", value))
          .field("tls", (block, value) -> TlsReader.read(value, true, block.problems))
          .field("leafnode_advertise", "advertise", (block, value) -> value.string())
          .field("no_advertise", (block, value) -> value.bool())
          .field("min_version", "minimum_version", (block, value) -> minVersion(value))
          .named(
              List.of("compression"),
              (block, name, value) -> block.compression = CompressionReader.read(name, value))
          .field("isolate_leafnode_interest", "isolate", (block, value) -> value.bool())
          .field(
              "write_deadline", (block, value) -> block.problems.duration("write_deadline", value))
          .field("write_timeout", (block, value) -> ServerFields.checkWriteTimeout(value))
          .field("ping_interval", (block, value) -> block.problems.duration("ping_interval", value))
          .field("ping_max", (block, value) -> value.integer())
          .since(Compatibility.V2_15, "ping_interval", "ping_max");

  private static final FieldTable<LeafNodesReader> AUTHORIZATION =
      new FieldTable<LeafNodesReader>()
          .field("user", "username", (block, value) -> block.user = value.string())
          .field("pass", "password", (block, value) -> value.string())
          .field("nkey", LeafNodesReader::nkey)
          .named(List.of("timeout"), LeafNodesReader::timeout)
          .field("users", LeafNodesReader::users)
          .field("account", (block, value) -> block.account = value.string())
          .field("proxy_required", (block, value) -> value.bool());

  private static final FieldTable<User> USER =
      new FieldTable<User>()
          .field("user", "username", (user, value) -> user.name = value.string())
          .field("pass", "password", (user, value) -> value.string())
          .field("account", (user, value) -> user.account = value.string())
          .field("proxy_required", (user, value) -> value.bool());

  private static final class User {
    String name = "";
    @Nullable String account;
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
      Compression compression) {}

  private final Problems problems;
  private int port;
  private String user = "";
  private String nkey = "";
  private String account = "";
  private List<String> users = List.of();
  private List<LeafRemoteReader.Remote> remotes = List.of();
  private Compression compression = Compression.UNSET;

  LeafNodesReader(Problems problems) {
    this.problems = problems;
  }

  LeafNodes read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected map to define a leafnode, got " + value.type());
    }
    FIELDS.readAll(this, value, problems);
    if (port != 0) {
      problems.leftOut(value, "leafnodes: Hub has no leaf nodes and does not listen for them");
    }
    return new LeafNodes(port, account, users, remotes, compression);
  }

  private void remotes(ConfigValue value) {
    remotes = new LeafRemoteReader(problems).read(value);
    if (!remotes.isEmpty()) {
      problems.unsupported("leafnodes remotes", "Hub has no leaf nodes", value);
    }
  }

  private static void minVersion(ConfigValue value) {
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
    AuthorizationReader.timeout(name, value, "leafnode authorization", problems);
  }

  private void users(ConfigValue value) {
    if (!value.isList()) {
      throw value.error("Expected users field to be an array, got " + value.formatted());
    }
    List<String> accounts = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ConfigValue element : value.list()) {
      if (!element.isMap()) {
        problems.add(element, "Expected user entry to be a map/struct, got " + element.formatted());
        continue;
      }
      User read = new User();
      USER.readAll(read, element, problems);
      accounts.add(read.account == null ? "" : read.account);
      if (!names.add(read.name)) {
        duplicate = read.name;
      }
    }
    users = List.copyOf(accounts);
  }
}
