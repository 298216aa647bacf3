package dev.hubkit.nats.replication;

import dev.hubkit.nats.replication.ReplicaHost.Standing;
import dev.hubkit.nats.replication.ReplicaMessage.AppendReply;
import dev.hubkit.nats.replication.ReplicaMessage.AppendRequest;
import dev.hubkit.nats.replication.ReplicaMessage.HandOver;
import dev.hubkit.nats.replication.ReplicaMessage.Resignation;
import dev.hubkit.nats.replication.ReplicaMessage.SnapshotTransfer;
import dev.hubkit.nats.replication.ReplicaMessage.VoteReply;
import dev.hubkit.nats.replication.ReplicaMessage.VoteRequest;
import dev.hubkit.time.Timer;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The replica of a group on one server. One of the replicas leads; it takes commands, and what a
 * majority has is applied by all, in one order. The rules are those of Raft (Ongaro and Ousterhout,
 * 2014; members change one at a time), except that the host's links tell who hears whom, in place
 * of heartbeats.
 *
 * <p>Not thread-safe; see {@link ReplicaHost}.
 *
 * @param <C> the commands of the group
 * @param <S> its snapshots
 */
public final class Replica<C, S> {
  // Up to where the log of a replica agrees that needs the whole state.
  private static final long STALE = -1;

  private final String name;
  private final ReplicaState<C> state;
  private final ReplicaHost<C, S> host;
  private final ElectionTimes times;
  private final Elector<C, S> elector;
  private long committed;
  private @Nullable String leader;
  private long resignedTerm = -1;
  private @Nullable Leadership<C, S> leadership;
  // What is confirmed when the host has taken over a state; of the present leader.
  private @Nullable AppendReply<C, S> withheld;
  private @Nullable Timer quorumTimer;
  private Standing standing;
  private boolean closed;

  /**
   * Makes a replica, which takes part after {@link #start}.
   *
   * @param name the server's name
   * @param state what it had before, or the state of a new one
   */
  public Replica(String name, ReplicaState<C> state, ReplicaHost<C, S> host, ElectionTimes times) {
    this.name = name;
    this.state = state;
    this.host = host;
    this.times = times;
    this.committed = state.applied();
    this.elector = new Elector<>(name, state, host, times, this::lead);
    this.standing = new Standing(state.term(), null);
  }

  /** Begins to take part. */
  public void start() {
    linksChanged();
  }

  /**
   * Asks at once to be elected, as the first leader of a new group; does nothing where it leads, or
   * hears a leader.
   */
  public void elect() {
    if (!closed && leadership == null && !hasLeader()) {
      elector.campaign(false);
    }
  }

  /** Ends its part. The state stays as it is. */
  public void close() {
    closed = true;
    elector.stop();
    stopLeading();
  }

  // ---- What the group is asked.

  /**
   * Appends a command, to be sent by {@link #flush}.
   *
   * @return its index; empty if this replica does not lead
   */
  public OptionalLong propose(C command) {
    Leadership<C, S> present = leadership;
    return closed || present == null
        ? OptionalLong.empty()
        : OptionalLong.of(present.append(new LogEntry.Command<>(command)));
  }

  /** Sends what was proposed; it is applied before this returns where this replica is all alone. */
  public void flush() {
    Leadership<C, S> present = leadership;
    if (!closed && present != null) {
      present.flush(committed);
      advance(present.committed(committed));
    }
  }

  /**
   * Adds a server to the members, or removes one. It holds from now on, before a majority has it.
   *
   * @return whether the change has begun: this replica leads, has applied what was before it, the
   *     last change is complete, and this one is of one server
   */
  public boolean change(SortedSet<String> members) {
    Leadership<C, S> present = leadership;
    ReplicaLog<C> log = state.log();
    if (closed
        || present == null
        || members.isEmpty()
        || committed < present.begin()
        || isChanging()
        || difference(members, log.members()) != 1) {
      return false;
    }
    present.append(new LogEntry.Members<>(members));
    present.meetMembers();
    watchQuorum();
    flush();
    return true;
  }

  /** Returns whether no majority has the last change of the members yet, as far as is known. */
  boolean isChanging() {
    return state.log().membersIndex() > committed;
  }

  private static long difference(SortedSet<String> some, SortedSet<String> others) {
    return some.stream().filter(each -> !others.contains(each)).count()
        + others.stream().filter(each -> !some.contains(each)).count();
  }

  /**
   * Has another replica lead.
   *
   * @param to which; null for the one that has most
   * @return whether this replica led, and leads no more
   */
  public boolean stepDown(@Nullable String to) {
    Leadership<C, S> present = leadership;
    if (closed || present == null) {
      return false;
    }
    flush();
    String heir = to == null ? present.heir() : to;
    if (heir != null) {
      host.send(heir, new HandOver<>(state.term()));
    }
    resign();
    return true;
  }

  // ---- What it is told.

  /** Notes that {@link ReplicaHost#hears} or {@link ReplicaHost#reaches} has changed. */
  public void linksChanged() {
    if (closed) {
      return;
    }
    Leadership<C, S> present = leadership;
    if (present != null) {
      present.linksChanged();
      watchQuorum();
      flush();
      return;
    }
    if (leader != null && !host.hears(leader)) {
      follow(null);
    }
    elector.linksChanged();
  }

  /** Notes that the server of another replica was started again. */
  public void peerRestarted(String peer) {
    if (closed) {
      return;
    }
    Leadership<C, S> present = leadership;
    if (present != null) {
      present.restarted(peer);
      flush();
    } else if (peer.equals(leader)) {
      follow(null);
    }
  }

  /**
   * Goes on after the server has stood still, and may have missed changes of its links. Called when
   * the messages that have come meanwhile were received.
   */
  public void resumed() {
    if (closed) {
      return;
    }
    Leadership<C, S> present = leadership;
    if (present != null) {
      present.resumed();
    } else {
      follow(null);
    }
    linksChanged();
  }

  /** Takes a message of another replica. */
  public void receive(String from, ReplicaMessage<C, S> message) {
    if (closed) {
      return;
    }
    if (message instanceof VoteRequest<C, S> request) {
      host.send(from, vote(from, request));
      return;
    }
    if (message.term() > state.term()) {
      enter(message.term());
    }
    if (message instanceof VoteReply<C, S> reply) {
      elector.receive(from, reply);
    } else if (message instanceof AppendRequest<C, S> request) {
      confirm(from, append(from, request));
    } else if (message instanceof SnapshotTransfer<C, S> transfer) {
      confirm(from, restore(from, transfer));
    } else if (message instanceof AppendReply<C, S> reply) {
      answered(from, reply);
    } else if (message instanceof HandOver<C, S> request && request.term() == state.term()) {
      if (leadership == null) {
        follow(null);
        elector.campaign(true);
      }
    } else if (message instanceof Resignation<C, S> end && end.term() == state.term()) {
      resignedTerm = end.term();
      follow(null);
    }
  }

  private VoteReply<C, S> vote(String from, VoteRequest<C, S> request) {
    ReplicaLog<C> log = state.log();
    boolean isUpToDate =
        request.lastTerm() > log.lastTerm()
            || (request.lastTerm() == log.lastTerm() && request.lastIndex() >= log.lastIndex());
    // A replica that is cut off must not end the term of a leader that others hear.
    boolean isLed = !request.handedOver() && hasLeader();
    boolean granted = request.term() > state.term() && isUpToDate && !isLed;
    if (!request.probe() && !isLed) {
      if (request.term() > state.term()) {
        enter(request.term());
      }
      granted =
          request.term() == state.term()
              && isUpToDate
              && leadership == null
              && (state.vote() == null || from.equals(state.vote()));
      if (granted) {
        state.voteFor(from);
        elector.voted();
      }
    }
    boolean isWhole = state.isWhole() || state.isUpToDate(request.lastIndex(), request.lastTerm());
    SortedSet<String> others = isWhole ? new TreeSet<>() : log.members();
    return new VoteReply<>(state.term(), request.term(), request.probe(), granted, isWhole, others);
  }

  private boolean hasLeader() {
    Leadership<C, S> present = leadership;
    return present == null ? leader != null && host.hears(leader) : present.hasQuorum();
  }

  private AppendReply<C, S> append(String from, AppendRequest<C, S> request) {
    if (request.term() < state.term()) {
      return new AppendReply<>(state.term(), request.round(), false, 0);
    }
    follow(from);
    ReplicaLog<C> log = state.log();
    if (state.isStale()) {
      return new AppendReply<>(state.term(), request.round(), false, STALE);
    }
    long match = request.previousIndex();
    // What was committed here is the same there.
    if (match > committed && log.termAt(match) != request.previousTerm()) {
      return new AppendReply<>(state.term(), request.round(), false, committed);
    }
    for (LogEntry<C> entry : request.entries()) {
      match = entry.index();
      if (match > committed && log.termAt(match) != entry.term()) {
        if (match <= log.lastIndex()) {
          log.truncate(match - 1);
        }
        log.append(entry);
      }
    }
    if (match >= request.lastIndex()) {
      state.restored();
    }
    advance(Math.min(request.committed(), match));
    return new AppendReply<>(state.term(), request.round(), true, match);
  }

  private AppendReply<C, S> restore(String from, SnapshotTransfer<C, S> transfer) {
    if (transfer.term() < state.term()) {
      return new AppendReply<>(state.term(), transfer.round(), false, 0);
    }
    follow(from);
    if (transfer.index() <= committed && !state.isStale()) {
      return new AppendReply<>(state.term(), transfer.round(), true, transfer.index());
    }
    host.restore(transfer.state());
    state.log().reset(transfer.index(), transfer.indexTerm(), transfer.members());
    state.applied(transfer.index());
    state.renewed();
    committed = transfer.index();
    if (committed >= transfer.lastIndex()) {
      state.restored();
    }
    return new AppendReply<>(state.term(), transfer.round(), true, committed);
  }

  // What the host has not taken over yet would be lost with the leader that it comes from.
  private void confirm(String from, AppendReply<C, S> reply) {
    if (!reply.accepted() || !host.isRestoring()) {
      host.send(from, reply);
      return;
    }
    AppendReply<C, S> before = withheld;
    if (before == null || before.term() != reply.term() || before.match() < reply.match()) {
      withheld = reply;
    }
  }

  /** Confirms what waits for {@link ReplicaHost#isRestoring} to be over. */
  public void restored() {
    AppendReply<C, S> reply = withheld;
    if (closed || host.isRestoring()) {
      return;
    }
    withheld = null;
    if (reply != null && reply.term() == state.term() && leader != null) {
      host.send(leader, reply);
    }
  }

  private void answered(String from, AppendReply<C, S> reply) {
    Leadership<C, S> present = leadership;
    if (present != null && reply.term() == state.term()) {
      long agreed = present.answered(from, reply, committed);
      if (agreed > committed) {
        advance(agreed);
        if (present == leadership) {
          present.flush(committed);
        }
      }
    }
  }

  // ---- What follows from it.

  private void advance(long agreed) {
    committed = Math.max(committed, agreed);
    while (state.applied() < committed) {
      LogEntry<C> entry = state.log().at(state.applied() + 1);
      state.applied(entry.index());
      host.apply(entry);
    }
    Leadership<C, S> present = leadership;
    if (present != null && committed >= present.begin()) {
      tell(name);
      ReplicaLog<C> log = state.log();
      if (log.membersIndex() <= committed && !log.members().contains(name)) {
        // Those who stay have heard of it by the next message, or elect a leader without it.
        present.flush(committed);
        resign();
      }
    }
  }

  // Enters a higher term, whose leader is not known yet.
  private void enter(long term) {
    boolean led = leadership != null;
    long before = state.term();
    state.enter(term);
    if (led) {
      stopLeading();
      tellPeers(new Resignation<>(before));
    }
    elector.stop();
    leader = null;
    tell(null);
    elector.leaderless();
  }

  private void resign() {
    stopLeading();
    tellPeers(new Resignation<>(state.term()));
    follow(null);
  }

  private void tellPeers(ReplicaMessage<C, S> message) {
    for (String member : state.log().members()) {
      if (!member.equals(name)) {
        host.send(member, message);
      }
    }
  }

  private void stopLeading() {
    leadership = null;
    leader = null;
    if (quorumTimer != null) {
      quorumTimer.cancel();
      quorumTimer = null;
    }
  }

  private void follow(@Nullable String newLeader) {
    // What the leader sent before it resigned may come after that.
    leader = state.term() == resignedTerm ? null : newLeader;
    tell(leader);
    if (leader == null) {
      elector.leaderless();
    } else {
      elector.led();
    }
  }

  // The elector has won the term.
  private void lead() {
    leadership = new Leadership<>(name, state, host);
    // Others get the state from here; nobody has a better one.
    state.renewed();
    leader = null;
    watchQuorum();
    flush();
  }

  private void watchQuorum() {
    Leadership<C, S> present = leadership;
    if (present == null) {
      return;
    }
    if (present.hasQuorum()) {
      if (quorumTimer != null) {
        quorumTimer.cancel();
        quorumTimer = null;
      }
    } else if (quorumTimer == null) {
      quorumTimer =
          host.schedule(
              times.quorumNanos(),
              () -> {
                quorumTimer = null;
                if (!closed && present == leadership && !present.hasQuorum()) {
                  resign();
                  host.quorumLost();
                }
              });
    }
  }

  private void tell(@Nullable String known) {
    if (standing.term() != state.term() || !Objects.equals(standing.leader(), known)) {
      standing = new Standing(state.term(), known);
      host.changed(standing);
    }
  }

  // ---- What it knows.

  /** Returns the part it plays. */
  public Standing standing() {
    return standing;
  }

  /** Returns whether it leads, and has applied all that was committed before. */
  public boolean isLeading() {
    return leadership != null && name.equals(standing.leader());
  }

  /** Returns the last entry of which it knows that a majority has it. */
  public long committed() {
    return committed;
  }

  /** Returns the servers that have replicas, by the last entry about it. */
  public SortedSet<String> members() {
    return state.log().members();
  }

  /**
   * Returns how many entries a follower lacks, as far as the leader knows.
   *
   * @return 0 if this replica does not lead
   */
  public long lag(String peer) {
    Leadership<C, S> present = leadership;
    return present == null || peer.equals(name) ? 0 : state.lastIndex() - present.match(peer);
  }
}
