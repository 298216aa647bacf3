package dev.hubkit.nats.release;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A line of releases of nats-server whose behaviour a server can have, the option {@code compat}.
 * The constants are in the order of the releases, and the build says which release the last one is.
 * For the next one, add a constant at the end, give the one before its version as text, and change
 * the property {@code nats-server.version} of the build.
 */
public enum Compatibility {
  /** As nats-server 2.14, with level 4 of the JetStream API. */
  V2_14("2.14.5", 4),

  /** As nats-server 2.15, with level 5 of the JetStream API. */
  V2_15(FollowedRelease.version(), 5);

  private final String version;
  private final int apiLevel;

  Compatibility(String version, int apiLevel) {
    this.version = version;
    this.apiLevel = apiLevel;
  }

  /** Returns the newest one, which a server has unless it is told otherwise. */
  public static Compatibility current() {
    Compatibility[] all = values();
    return all[all.length - 1];
  }

  /**
   * Returns the one of a name such as {@code 2.14}.
   *
   * @throws IllegalArgumentException if there is none, with a message that lists the names
   */
  public static Compatibility named(String name) {
    Optional<Compatibility> found =
        Arrays.stream(values()).filter(each -> each.toString().equals(name)).findFirst();
    return found.orElseThrow(
        () ->
            new IllegalArgumentException(
                "compat must be one of "
                    + Arrays.stream(values())
                        .map(each -> '"' + each.toString() + '"')
                        .collect(Collectors.joining(", "))
                    + ", not \""
                    + name
                    + "\""));
  }

  /** Returns the full version, which the server tells to clients: {@code 2.14.5}. */
  public String version() {
    return version;
  }

  /** Returns the level of the JetStream API (ADR-44). */
  public int apiLevel() {
    return apiLevel;
  }

  /** Returns whether this is the given line of releases or a later one. */
  public boolean atLeast(Compatibility release) {
    return compareTo(release) >= 0;
  }

  /** Returns the name that the option has for it: {@code 2.14}. */
  @Override
  public String toString() {
    return name().substring(1).replace('_', '.');
  }
}
