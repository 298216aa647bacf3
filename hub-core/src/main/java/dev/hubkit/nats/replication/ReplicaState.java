package dev.hubkit.nats.replication;

import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * What a replica has still when its server comes back: its term and its vote, the log, and how much
 * of it was applied. Belongs to one {@link Replica} at a time. Not thread-safe.
 *
 * @param <C> the commands of the group
 */
public final class ReplicaState<C> {
  private final ReplicaLog<C> log;
  private long term;
  private @Nullable String vote;
  private long applied;
  private boolean whole;
  private boolean stale;
  private long lostIndex;
  private long lostTerm;

  private ReplicaState(SortedSet<String> members, boolean whole) {
    this.log = new ReplicaLog<>(members);
    this.whole = whole;
  }

  /** Returns the state of a replica of a group that begins. */
  public static <C> ReplicaState<C> founding(SortedSet<String> members) {
    return new ReplicaState<>(members, true);
  }

  /**
   * Returns the state of a replica that joins a group.
   *
   * @param members the servers that have replicas so far
   */
  public static <C> ReplicaState<C> joining(SortedSet<String> members) {
    return new ReplicaState<>(members, false);
  }

  /**
   * Forgets the log, as when the disk is lost or streams are in memory. Term and vote stay: a
   * replica must not vote twice, and unlike a server of its own it has somewhere to keep them.
   */
  public void loseLog() {
    if (isUpToDate(log.lastIndex(), log.lastTerm())) {
      lostIndex = log.lastIndex();
      lostTerm = log.lastTerm();
    }
    log.reset(0, 0, log.members());
    applied = 0;
    whole = false;
    stale = true;
  }

  /**
   * Begins anew, for a server that has been a member before.
   *
   * @param members the servers that have replicas so far
   */
  public void joinAgain(SortedSet<String> members) {
    loseLog();
    log.reset(0, 0, members);
  }

  /**
   * Returns whether the replica has all that it has ever confirmed. One that has lost its log
   * confirmed entries that it has no more; until a leader has brought it up to date, its vote does
   * not count for a candidate that lacks what was lost, or a stale replica could win with it.
   */
  public boolean isWhole() {
    return whole;
  }

  /**
   * Returns whether the state is not what the log says: a replica that has lost its log may have
   * part of its state still, so the log alone does not bring it up to date. It needs the state of a
   * leader.
   */
  boolean isStale() {
    return stale;
  }

  /** Notes that there is a state already where the log only begins. */
  void begunBefore() {
    stale = true;
  }

  /** Notes that the state is that of the log again, or is what counts from now on. */
  void renewed() {
    stale = false;
  }

  void restored() {
    whole = true;
    lostIndex = 0;
    lostTerm = 0;
  }

  /** Returns whether a log that ends so has all that this replica has lost. */
  boolean isUpToDate(long lastIndex, long lastTerm) {
    return lastTerm > lostTerm || (lastTerm == lostTerm && lastIndex >= lostIndex);
  }

  /** Returns the index of the last entry that was applied. */
  public long applied() {
    return applied;
  }

  void applied(long index) {
    applied = index;
  }

  /**
   * Goes back to where the state of the replica really is, which has lost the last of what was
   * applied; without the entries that it lacks, it {@linkplain #loseLog has lost its log}.
   */
  void resume(long index) {
    if (index < log.baseIndex()) {
      loseLog();
    } else {
      applied = Math.min(applied, index);
    }
  }

  /** Returns the index of the last entry, whether or not a majority has it. */
  public long lastIndex() {
    return log.lastIndex();
  }

  /** Returns how many entries are kept for replicas that are behind. */
  public long size() {
    return log.lastIndex() - log.baseIndex();
  }

  /** Returns the highest term the replica has heard of. */
  public long term() {
    return term;
  }

  @Nullable String vote() {
    return vote;
  }

  void enter(long newTerm) {
    term = newTerm;
    vote = null;
  }

  void voteFor(String candidate) {
    vote = candidate;
  }

  ReplicaLog<C> log() {
    return log;
  }

  /**
   * Drops applied entries but for the last ones. Replicas that miss them get a snapshot.
   *
   * @param kept how many applied entries stay
   */
  public void compact(long kept) {
    compactTo(applied - kept);
  }

  /** Drops applied entries up to an index. */
  void compactTo(long index) {
    log.compact(Math.max(log.baseIndex(), Math.min(index, applied)));
  }
}
