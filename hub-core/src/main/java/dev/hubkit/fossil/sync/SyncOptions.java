package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.content.ArtifactName;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Selects what a client exchanges with a server. Immutable. */
public final class SyncOptions {
  private enum Flag {
    CLONE,
    PULL,
    PUSH,
    PRIVATE,
    EVERYTHING,
    UNVERSIONED,
    REVERT_UNVERSIONED
  }

  private final EnumSet<Flag> flags;
  private final EnumSet<ConfigArea> pulledConfig;
  private final EnumSet<ConfigArea> pushedConfig;
  private final @Nullable CheckInLock lock;

  /**
   * A request to be the next to commit on top of a check-in.
   *
   * @param clientId forty hexadecimal digits that stand for the check-out
   */
  public record CheckInLock(ArtifactName checkIn, String clientId) {}

  private SyncOptions(
      EnumSet<Flag> flags,
      EnumSet<ConfigArea> pulledConfig,
      EnumSet<ConfigArea> pushedConfig,
      @Nullable CheckInLock lock) {
    this.flags = flags;
    this.pulledConfig = pulledConfig;
    this.pushedConfig = pushedConfig;
    this.lock = lock;
  }

  private static SyncOptions of(EnumSet<Flag> flags) {
    return new SyncOptions(
        flags, EnumSet.noneOf(ConfigArea.class), EnumSet.noneOf(ConfigArea.class), null);
  }

  /** Selects nothing; the other methods add to it. */
  public static SyncOptions nothing() {
    return of(EnumSet.noneOf(Flag.class));
  }

  /** Receives what the server has. */
  public static SyncOptions pull() {
    return of(EnumSet.of(Flag.PULL));
  }

  /** Sends what the server lacks. */
  public static SyncOptions push() {
    return of(EnumSet.of(Flag.PUSH));
  }

  /** Receives and sends. */
  public static SyncOptions sync() {
    return of(EnumSet.of(Flag.PULL, Flag.PUSH));
  }

  static SyncOptions cloning() {
    SyncOptions options = of(EnumSet.of(Flag.CLONE));
    options.pulledConfig.addAll(EnumSet.allOf(ConfigArea.class));
    return options;
  }

  private SyncOptions with(Flag flag) {
    EnumSet<Flag> more = EnumSet.copyOf(flags);
    more.add(flag);
    return new SyncOptions(more, pulledConfig, pushedConfig, lock);
  }

  /** Adds private content, if the user may see it. */
  public SyncOptions withPrivate() {
    return with(Flag.PRIVATE);
  }

  /** Compares everything both sides have, to find what earlier exchanges may have missed. */
  public SyncOptions verily() {
    return with(Flag.EVERYTHING);
  }

  /** Adds unversioned files; newer ones replace older ones. */
  public SyncOptions withUnversioned() {
    return with(Flag.UNVERSIONED);
  }

  /** Replaces the unversioned files here by those of the server. */
  public SyncOptions revertingUnversioned() {
    return with(Flag.UNVERSIONED).with(Flag.REVERT_UNVERSIONED);
  }

  /** Also receives areas of configuration. */
  public SyncOptions pullingConfig(Set<ConfigArea> areas) {
    EnumSet<ConfigArea> more = EnumSet.copyOf(pulledConfig);
    more.addAll(areas);
    return new SyncOptions(flags, more, pushedConfig, lock);
  }

  /** Also sends areas of configuration; the user has to be an administrator of the server. */
  public SyncOptions pushingConfig(Set<ConfigArea> areas) {
    EnumSet<ConfigArea> more = EnumSet.copyOf(pushedConfig);
    more.addAll(areas);
    return new SyncOptions(flags, pulledConfig, more, lock);
  }

  /**
   * Asks for a lock on a check-in; {@link SyncResult#lockedBy()} tells whether another user has it.
   */
  public SyncOptions locking(CheckInLock wanted) {
    return new SyncOptions(flags, pulledConfig, pushedConfig, wanted);
  }

  boolean isClone() {
    return flags.contains(Flag.CLONE);
  }

  boolean isPull() {
    return flags.contains(Flag.PULL);
  }

  boolean isPush() {
    return flags.contains(Flag.PUSH);
  }

  boolean includesPrivate() {
    return flags.contains(Flag.PRIVATE);
  }

  boolean comparesEverything() {
    return flags.contains(Flag.EVERYTHING);
  }

  boolean includesUnversioned() {
    return flags.contains(Flag.UNVERSIONED);
  }

  boolean revertsUnversioned() {
    return flags.contains(Flag.REVERT_UNVERSIONED);
  }

  Set<ConfigArea> pulledConfig() {
    return pulledConfig;
  }

  Set<ConfigArea> pushedConfig() {
    return pushedConfig;
  }

  @Nullable CheckInLock lock() {
    return lock;
  }
}
