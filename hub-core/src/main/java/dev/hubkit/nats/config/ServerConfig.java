package dev.hubkit.nats.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a server was told, by file, flags or code; an option nobody set has its default. Not
 * thread-safe while it is being filled; {@link #frozen()} gives one that is.
 */
public final class ServerConfig {
  private final Map<Option<?>, Object> values = new HashMap<>();
  // What flags or code said after the file was read; everything where there is no file.
  private final Set<Option<?>> changed = new HashSet<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<String> omissions = new ArrayList<>();
  private Consumer<ServerConfig> startCheck = config -> {};
  private boolean frozen;

  /** Begins with the default of every option. */
  public ServerConfig() {}

  /** Another configuration that says the same. */
  public ServerConfig copy() {
    ServerConfig copy = new ServerConfig();
    copy.values.putAll(values);
    copy.changed.addAll(changed);
    copy.warnings.addAll(warnings);
    copy.omissions.addAll(omissions);
    copy.startCheck = startCheck;
    return copy;
  }

  /** Returns a configuration that says the same and cannot be changed; it is thread-safe. */
  public ServerConfig frozen() {
    if (frozen) {
      return this;
    }
    ServerConfig copy = copy();
    copy.frozen = true;
    return copy;
  }

  /**
   * Returns what this configuration would be if its file had been read as {@code read}: what was
   * set after the file was read is set on top of it again.
   */
  public ServerConfig withFile(ServerConfig read) {
    ServerConfig result = read.copy();
    for (Option<?> option : changed) {
      Object value = values.get(option);
      if (value == null) {
        result.values.remove(option);
      } else {
        result.values.put(option, value);
      }
      result.changed.add(option);
    }
    return result;
  }

  /** Called when all of a file has been read. */
  void fileRead(List<String> lines, List<String> leftOut) {
    warnings.addAll(lines);
    omissions.addAll(leftOut);
    changed.clear();
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

  /**
   * Sets an option, whatever it was before.
   *
   * @throws UnsupportedOperationException if this configuration is frozen
   */
  public <T> void set(Option<T> option, T value) {
    requireChangeable();
    values.put(option, value);
    changed.add(option);
  }

  /**
   * Gives an option its default again.
   *
   * @throws UnsupportedOperationException if this configuration is frozen
   */
  public void clear(Option<?> option) {
    requireChangeable();
    values.remove(option);
    changed.add(option);
  }

  private void requireChangeable() {
    if (frozen) {
      throw new UnsupportedOperationException(
          "The options of a server cannot be changed: change a copy() and reload the server");
    }
  }

  /** What the file should say differently; each a line with its place. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * What the file has and a server does without, since Hub does not support it; each a line with
   * its place.
   */
  public List<String> omissions() {
    return List.copyOf(omissions);
  }

  /** Sets what checks, of a whole configuration, the parts of a file that are no options here. */
  void startCheck(Consumer<ServerConfig> check) {
    startCheck = check;
  }

  /**
   * Checks the parts of the file that are no options here.
   *
   * @throws ConfigException if nats-server would not start with them
   */
  void checkStart() {
    startCheck.accept(this);
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
