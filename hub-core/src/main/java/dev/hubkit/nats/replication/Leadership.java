package dev.hubkit.nats.replication;

import dev.hubkit.nats.replication.ReplicaMessage.AppendReply;
import dev.hubkit.nats.replication.ReplicaMessage.AppendRequest;
import dev.hubkit.nats.replication.ReplicaMessage.SnapshotTransfer;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a replica does while it leads: it sends entries, and counts who has them. Not thread-safe.
 */
final class Leadership<C, S> {
  private final String name;
  private final ReplicaState<C> state;
  private final ReplicaHost<C, S> host;
  private final long term;
  private final long begin;
  private final TreeMap<String, Follower> followers = new TreeMap<>();

  /** What the leader knows of another replica. */
  private static final class Follower {
    private long match;
    private long next;
    private long told;
    private long round;
    private boolean linked;

    // Sends again what may have been lost.
    void restart(long from) {
      next = from;
      told = 0;
      round++;
    }
  }

  /** Begins to lead: appends the first entry of the term. */
  Leadership(String name, ReplicaState<C> state, ReplicaHost<C, S> host) {
    this.name = name;
    this.state = state;
    this.host = host;
    this.term = state.term();
    this.begin = append(new LogEntry.TermBegin<>());
    meetMembers();
  }

  /** Returns the index of the first entry of this leader. */
  long begin() {
    return begin;
  }

  /** Appends an entry, which {@link #flush} sends; returns its index. */
  long append(LogEntry.Content<C> content) {
    long index = state.lastIndex() + 1;
    state.log().append(new LogEntry<>(index, term, content));
    return index;
  }

  /** Notes that the members may have changed. */
  void meetMembers() {
    SortedSet<String> members = state.log().members();
    followers.keySet().retainAll(members);
    for (String member : members) {
      if (!member.equals(name) && !followers.containsKey(member)) {
        Follower added = new Follower();
        added.restart(begin);
        added.linked = isLinked(member);
        followers.put(member, added);
      }
    }
  }

  private boolean isLinked(String peer) {
    return host.hears(peer) && host.reaches(peer);
  }

  /** Begins anew with those that can be talked to again. */
  void linksChanged() {
    followers.forEach(
        (peer, follower) -> {
          boolean linked = isLinked(peer);
          if (linked && !follower.linked) {
            follower.restart(follower.match + 1);
          } else if (host.reaches(peer)) {
            // One that hears this leader must know it, even when its answers are lost.
            follower.told = 0;
          }
          follower.linked = linked;
        });
  }

  /** Begins anew with a replica that was started again, and may have lost what it had. */
  void restarted(String peer) {
    Follower follower = followers.get(peer);
    if (follower != null) {
      follower.restart(follower.match + 1);
    }
  }

  /** Begins anew with everybody. */
  void resumed() {
    followers.values().forEach(follower -> follower.restart(follower.match + 1));
  }

  /** Returns whether a majority can be talked to. */
  boolean hasQuorum() {
    SortedSet<String> members = state.log().members();
    int linked = members.contains(name) ? 1 : 0;
    for (String member : members) {
      if (!member.equals(name) && isLinked(member)) {
        linked++;
      }
    }
    return linked > members.size() / 2;
  }

  /** Sends everybody what is new to them. */
  void flush(long committed) {
    followers.forEach(
        (peer, follower) -> {
          // The first request tells of the leader, even if there is nothing else to tell.
          boolean isNews = follower.next <= state.lastIndex() || follower.told <= committed;
          if (isNews && host.reaches(peer)) {
            send(peer, follower, committed);
          }
        });
  }

  private void send(String peer, Follower follower, long committed) {
    ReplicaLog<C> log = state.log();
    long previous = follower.next - 1;
    if (previous < log.baseIndex()) {
      // The state is that after all that was applied, which the log still has.
      long applied = state.applied();
      host.send(
          peer,
          new SnapshotTransfer<>(
              term,
              follower.round,
              applied,
              log.termAt(applied),
              log.membersAt(applied),
              host.snapshot(),
              log.lastIndex()));
      previous = applied;
    }
    List<LogEntry<C>> entries = log.from(previous + 1);
    host.send(
        peer,
        new AppendRequest<>(
            term,
            follower.round,
            previous,
            log.termAt(previous),
            entries,
            committed,
            log.lastIndex()));
    follower.next = log.lastIndex() + 1;
    follower.told = committed + 1;
  }

  /** Notes an answer of this term; returns up to where a majority has the log. */
  long answered(String peer, AppendReply<C, S> reply, long committed) {
    Follower follower = followers.get(peer);
    if (follower == null) {
      return committed;
    }
    if (reply.accepted()) {
      follower.match = Math.max(follower.match, reply.match());
      follower.next = Math.max(follower.next, reply.match() + 1);
    } else if (reply.round() == follower.round) {
      follower.match = reply.match();
      follower.restart(reply.match() + 1);
      send(peer, follower, committed);
    }
    return committed(committed);
  }

  /** Returns the last entry that a majority has, as far as the leader may tell. */
  long committed(long before) {
    SortedSet<String> members = state.log().members();
    long[] matches = new long[members.size()];
    int at = 0;
    for (String member : members) {
      Follower follower = followers.get(member);
      matches[at++] = follower == null ? state.lastIndex() : follower.match;
    }
    Arrays.sort(matches);
    long agreed = matches[(matches.length - 1) / 2];
    // Entries of earlier terms count by those after them: a later leader may not have them.
    return agreed > before && state.log().termAt(agreed) == term ? agreed : before;
  }

  /** Returns up to where the log of a follower is known to be this one. */
  long match(String peer) {
    Follower follower = followers.get(peer);
    return follower == null ? 0 : follower.match;
  }

  /** Returns the follower that can be talked to and has most; null without one. */
  @Nullable String heir() {
    String best = null;
    for (String peer : followers.keySet()) {
      if (isLinked(peer) && (best == null || match(peer) > match(best))) {
        best = peer;
      }
    }
    return best;
  }
}
