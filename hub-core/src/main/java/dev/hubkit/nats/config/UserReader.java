package dev.hubkit.nats.config;

import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.credential.NKey;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads lists of {@code users}. */
final class UserReader {
  private static final class Entry {
    String name = "";
    String password = "";
    String nkey = "";
    @Nullable PermissionsConfig permissions;
    Set<ConnectionType> connectionTypes = Set.of();
    boolean proxyRequired;
  }

  private final Problems problems;
  private final FieldTable<Entry> fields;

  UserReader(Problems problems, PermissionsReader permissions) {
    this.problems = problems;
    this.fields =
        new FieldTable<Entry>()
            .field("nkey", (user, value) -> user.nkey = value.string())
            .field("user", "username", (user, value) -> user.name = value.string())
            .field("pass", "password", (user, value) -> user.password = value.string())
            .field(
                List.of("permission", "permissions", "authorization"),
                (user, value) -> user.permissions = permissions.read(value))
            .field(
                List.of("allowed_connection_types", "connection_types", "clients"),
                (user, value) -> user.connectionTypes = connectionTypes(value))
            .field("proxy_required", (user, value) -> user.proxyRequired = value.bool());
  }

  static List<UserConfig> withDefaults(List<UserConfig> users, PermissionsConfig defaults) {
    return users.stream()
        .map(user -> user.permissions() == null ? user.withPermissions(defaults) : user)
        .toList();
  }

  List<UserConfig> read(ConfigValue value) {
    if (!value.isList()) {
      throw value.error("Expected users field to be an array, got " + value.formatted());
    }
    List<UserConfig> users = new ArrayList<>();
    for (ConfigValue element : value.list()) {
      if (element.isMap()) {
        users.add(user(element));
      } else {
        problems.add(element, "Expected user entry to be a map/struct, got " + element.formatted());
      }
    }
    return users;
  }

  private UserConfig user(ConfigValue value) {
    Entry user = new Entry();
    fields.readAll(user, value, problems);
    ConfigValue place = value.lastField();
    if (user.nkey.isEmpty() && user.name.isEmpty()) {
      throw place.error("User entry requires a user");
    }
    if (!user.nkey.isEmpty()) {
      if (!NKey.isValid(user.nkey, NKey.Role.USER)) {
        throw place.error("Not a valid public nkey for a user");
      }
      if (!user.name.isEmpty() || !user.password.isEmpty()) {
        throw place.error("Nkey users do not take usernames or passwords");
      }
    }
    return new UserConfig(
        user.name,
        user.password,
        user.nkey,
        "",
        user.permissions,
        user.connectionTypes,
        user.proxyRequired);
  }

  private Set<ConnectionType> connectionTypes(ConfigValue value) {
    Set<ConnectionType> types = EnumSet.noneOf(ConnectionType.class);
    List<String> unknown = new ArrayList<>();
    for (String name : problems.strings("allowed connection types", value)) {
      ConnectionType type = ConnectionType.of(name);
      if (type == null) {
        unknown.add(name.toUpperCase(Locale.ROOT));
      } else {
        types.add(type);
      }
    }
    if (!unknown.isEmpty()) {
      throw value.error(
          unknown.stream()
              .map(Problems::quoted)
              .collect(Collectors.joining(" ", "invalid connection types [", "]")));
    }
    return types;
  }
}
