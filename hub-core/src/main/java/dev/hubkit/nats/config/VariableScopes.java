package dev.hubkit.nats.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What {@code $name} stands for: a field of the map that it is in or of one around that, or else a
 * variable of the environment. Confined to its thread.
 */
final class VariableScopes {
  // An unquoted bcrypt hash looks like a variable.
  private static final String BCRYPT_PREFIX = "2a$";
  private static final String ENVIRONMENT_KEY = "pk";

  private final ConfigCursor cursor;
  private final UnaryOperator<@Nullable String> environment;
  private final Set<String> resolving;
  private final Function<byte[], Map<String, ConfigValue>> parser;
  private final Deque<Map<String, ConfigValue>> scopes = new ArrayDeque<>();

  /**
   * Begins without a scope.
   *
   * @param resolving the variables of the environment that are being read already
   * @param parser reads the text of a variable of the environment
   */
  VariableScopes(
      ConfigCursor cursor,
      UnaryOperator<@Nullable String> environment,
      Set<String> resolving,
      Function<byte[], Map<String, ConfigValue>> parser) {
    this.cursor = cursor;
    this.environment = environment;
    this.resolving = resolving;
    this.parser = parser;
  }

  void open(Map<String, ConfigValue> fields) {
    scopes.push(fields);
  }

  void close() {
    scopes.pop();
  }

  /** Returns the value of a variable that the cursor has just passed. */
  ConfigValue find(String name, int column) {
    if (name.startsWith(BCRYPT_PREFIX)) {
      return cursor.value("$" + name, column);
    }
    for (Map<String, ConfigValue> scope : scopes) {
      ConfigValue value = scope.get(name);
      if (value != null) {
        value.markVariable();
        return cursor.value(value.value(), column);
      }
    }
    return fromEnvironment(name, column);
  }

  private ConfigValue fromEnvironment(String name, int column) {
    if (!resolving.add(name)) {
      throw unresolved(name, "variable reference cycle for '" + name + "'");
    }
    String text = environment.apply(name);
    if (text == null) {
      throw new ConfigException(
          "variable reference for '" + name + "' on line " + cursor.line() + " can not be found");
    }
    byte[] bytes = (ENVIRONMENT_KEY + "=" + text).getBytes(StandardCharsets.UTF_8);
    try {
      ConfigValue value = parser.apply(bytes).get(ENVIRONMENT_KEY);
      resolving.remove(name);
      if (value == null) {
        throw new ConfigException("no value");
      }
      return cursor.value(value.value(), column);
    } catch (ConfigException e) {
      throw unresolved(name, String.valueOf(e.getMessage()));
    }
  }

  private ConfigException unresolved(String name, String problem) {
    return new ConfigException(
        "variable reference for '"
            + name
            + "' on line "
            + cursor.line()
            + " could not be parsed: "
            + problem);
  }
}
