package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.content.ArtifactName;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a client is to exchange with a server. Immutable. */
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
   * A wish to be the next to commit on top of a check-in.
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

  /** Nothing but what is added to it. */
  public static SyncOptions nothing() {
    return of(EnumSet.noneOf(Flag.class));
  }

  /** Get what the server has. */
  public static SyncOptions pull() {
    return of(EnumSet.of(Flag.PULL));
  }

  /** Give what the server lacks. */
  public static SyncOptions push() {
    return of(EnumSet.of(Flag.PUSH));
  }

  /** Both. */
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

  /** Private content too, where the user may. */
  public SyncOptions withPrivate() {
    return with(Flag.PRIVATE);
  }

  /** Compares everything both sides have, to find what earlier exchanges may have missed. */
  public SyncOptions verily() {
    return with(Flag.EVERYTHING);
  }

  /** Unversioned files too, the newer over the older. */
  public SyncOptions withUnversioned() {
    return with(Flag.UNVERSIONED);
  }

  /** Makes the unversioned files here those of the server. */
  public SyncOptions revertingUnversioned() {
    return with(Flag.UNVERSIONED).with(Flag.REVERT_UNVERSIONED);
  }

  /** Gets areas of configuration too. */
  public SyncOptions pullingConfig(Set<ConfigArea> areas) {
    EnumSet<ConfigArea> more = EnumSet.copyOf(pulledConfig);
    more.addAll(areas);
    return new SyncOptions(flags, more, pushedConfig, lock);
  }

  /** Gives areas of configuration too; the user has to be an administrator of the server. */
  public SyncOptions pushingConfig(Set<ConfigArea> areas) {
    EnumSet<ConfigArea> more = EnumSet.copyOf(pushedConfig);
    more.addAll(areas);
    return new SyncOptions(flags, pulledConfig, more, lock);
  }

  /** Asks for a lock on a check-in; {@link SyncResult#lockedBy()} says if another has it. */
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
