package dev.hubkit.nats.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a server was told, by file, flags or code; an option nobody set has its default. Not
 * thread-safe while it is being filled.
 */
public final class ServerConfig {
  private final Map<Option<?>, Object> values = new HashMap<>();
  private final List<String> warnings = new ArrayList<>();

  /** Begins with the default of every option. */
  public ServerConfig() {}

  /** Another configuration that says the same. */
  public ServerConfig copy() {
    ServerConfig copy = new ServerConfig();
    copy.values.putAll(values);
    copy.warnings.addAll(warnings);
    return copy;
  }

  /** The value of an option, or its default. */
  @SuppressWarnings("unchecked")
  public <T> T get(Option<T> option) {
    Object value = values.get(option);
    return value == null ? option.unset() : (T) value;
  }

  /** The value of an option; empty where it was not set. */
  @SuppressWarnings("unchecked")
  public <T> Optional<T> find(Option<T> option) {
    return Optional.ofNullable((T) values.get(option));
  }

  public boolean isSet(Option<?> option) {
    return values.containsKey(option);
  }

  /** Sets an option, whatever it was before. */
  public <T> void set(Option<T> option, T value) {
    values.put(option, value);
  }

  public void clear(Option<?> option) {
    values.remove(option);
  }

  /** What the file should say differently; each a line with its place. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  void warn(List<String> lines) {
    warnings.addAll(lines);
  }

  /** The options whose values differ between this and another configuration. */
  public List<Option<?>> differences(ServerConfig other) {
    List<Option<?>> differing = new ArrayList<>();
    for (Option<?> option : values.keySet()) {
      if (!Objects.equals(get(option), other.get(option))) {
        differing.add(option);
      }
    }
    for (Option<?> option : other.values.keySet()) {
      if (!values.containsKey(option) && !Objects.equals(get(option), other.get(option))) {
        differing.add(option);
      }
    }
    return differing;
  }
}
