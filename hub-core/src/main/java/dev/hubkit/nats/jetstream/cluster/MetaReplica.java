package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.replication.ReplicaHost.Standing;
import dev.hubkit.nats.replication.ReplicaMember;
import dev.hubkit.time.TimeSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one server knows of what all servers agree upon. Stays when the server ends, as its disk
 * does. The group calls it; what it knows, any thread may ask.
 */
final class MetaReplica implements ReplicaMember<MetaCommand, Assignments> {
  private final String server;
  private final TimeSource time;
  private volatile Assignments assignments = Assignments.NONE;
  private volatile Standing standing = new Standing(0, null);
  private volatile long standingSince;
  private volatile long applied;
  private volatile @Nullable Listener listener;

  /** What is done about changes on a server that runs. Called within turns of the group. */
  interface Listener {
    /** Notes that a command was applied. */
    void applied(long index, MetaCommand command, Assignments before, Assignments after);

    /** Notes that what was known has been replaced. */
    void replaced(Assignments before, Assignments after);

    /** Notes that there is another leader, or none. */
    void leaderChanged(@Nullable String before, @Nullable String leader);

    /** Notes that this server led, and has not reached a majority for too long. */
    void quorumLost();
  }

  MetaReplica(String server, TimeSource time) {
    this.server = server;
    this.time = time;
    this.standingSince = time.nanoTime();
  }

  /** Tells a listener from now on; null for none, while the server does not run. */
  void listen(@Nullable Listener present) {
    listener = present;
    standing = new Standing(0, null);
    standingSince = time.nanoTime();
  }

  /** Forgets all, as when the server loses its disk. */
  void forget() {
    assignments = Assignments.NONE;
    applied = 0;
  }

  /** Returns what is agreed upon, as far as this server knows. */
  Assignments assignments() {
    return assignments;
  }

  /** Returns the leader of the group, as far as this server knows; null if there is none. */
  @Nullable String leader() {
    return standing.leader();
  }

  /** Returns whether this server leads the group. */
  boolean isLeading() {
    return server.equals(standing.leader());
  }

  /** Returns for how long there has been this leader, or none, in nanoseconds. */
  long nanosInStanding() {
    return time.nanoTime() - standingSince;
  }

  /** Returns the index of the last command that was applied. */
  long applied() {
    return applied;
  }

  @Override
  public void apply(long index, long term, MetaCommand command) {
    Assignments before = assignments;
    Assignments after = before.after(command);
    assignments = after;
    applied = index;
    Listener present = listener;
    if (present != null) {
      present.applied(index, command, before, after);
    }
  }

  @Override
  public Assignments snapshot() {
    return assignments;
  }

  @Override
  public void restore(Assignments snapshot) {
    Assignments before = assignments;
    assignments = snapshot;
    Listener present = listener;
    if (present != null) {
      present.replaced(before, snapshot);
    }
  }

  @Override
  public void changed(Standing present) {
    String before = standing.leader();
    String leader = present.leader();
    standing = present;
    if (!Objects.equals(before, leader)) {
      standingSince = time.nanoTime();
      Listener told = listener;
      if (told != null) {
        told.leaderChanged(before, leader);
      }
    }
  }

  @Override
  public void quorumLost() {
    Listener present = listener;
    if (present != null) {
      present.quorumLost();
    }
  }
}
