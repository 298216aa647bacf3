package dev.hubkit.nats.replication;

import dev.hubkit.nats.replication.ReplicaMessage.VoteReply;
import dev.hubkit.nats.replication.ReplicaMessage.VoteRequest;
import dev.hubkit.time.Timer;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Has a replica elected when there is no leader: it waits a random time, asks whether it would win,
 * and only then begins a term. Not thread-safe.
 */
final class Elector<C, S> {
  private final String name;
  private final ReplicaState<C> state;
  private final ReplicaHost<C, S> host;
  private final ElectionTimes times;
  private final Runnable won;
  private @Nullable Timer timer;
  private @Nullable Ballot ballot;
  private int failed;
  private boolean leaderless = true;

  /**
   * @param won called when the replica is the leader of the present term
   */
  Elector(
      String name,
      ReplicaState<C> state,
      ReplicaHost<C, S> host,
      ElectionTimes times,
      Runnable won) {
    this.name = name;
    this.state = state;
    this.host = host;
    this.times = times;
    this.won = won;
  }

  /** Notes that there is no leader. */
  void leaderless() {
    leaderless = true;
    failed = 0;
    await(false);
  }

  /** Notes that there is a leader. */
  void led() {
    leaderless = false;
    stop();
  }

  /** Gives up what is under way. */
  void stop() {
    ballot = null;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** Notes a vote for another replica, which gets the time to win. */
  void voted() {
    stop();
    await(false);
  }

  /** Goes on when a majority can be talked to again. */
  void linksChanged() {
    if (leaderless) {
      failed = 0;
      await(timer == null || ballot != null);
    }
  }

  // Without a majority there is nothing to wait for but a change of the links.
  private void await(boolean anew) {
    if (anew || timer == null) {
      stop();
      if (leaderless && canWin()) {
        timer = host.schedule(times.patience(failed, host), this::due);
      }
    }
  }

  private boolean canWin() {
    SortedSet<String> members = state.log().members();
    long linked =
        members.stream()
            .filter(each -> each.equals(name) || (host.hears(each) && host.reaches(each)))
            .count();
    return mayLead() && linked > members.size() / 2;
  }

  // One that is to leave leads on, if need be, until a majority knows of it: it may be the only one
  // that has all.
  private boolean mayLead() {
    ReplicaLog<C> log = state.log();
    return log.members().contains(name) || log.membersIndex() > state.applied();
  }

  private void due() {
    timer = null;
    ballot = null;
    if (!canWin()) {
      return;
    }
    failed++;
    begin(new Ballot(state.term() + 1, true, false));
    if (ballot != null && timer == null) {
      timer = host.schedule(times.patience(failed, host), this::due);
    }
  }

  /**
   * Begins a term without asking before.
   *
   * @param handedOver the leader has asked for it
   */
  void campaign(boolean handedOver) {
    stop();
    leaderless = true;
    elect(handedOver);
  }

  private void elect(boolean handedOver) {
    if (!mayLead()) {
      return;
    }
    state.enter(state.term() + 1);
    state.voteFor(name);
    begin(new Ballot(state.term(), false, handedOver));
    if (ballot != null && timer == null) {
      timer = host.schedule(times.patience(failed, host), this::due);
    }
  }

  private void begin(Ballot begun) {
    ballot = begun;
    begun.ask(name);
    ReplicaLog<C> log = state.log();
    ask(begun, log.members());
    // The change of members that came last may be undone.
    ask(begun, log.membersAt(state.applied()));
    boolean isWhole = state.isWhole() || state.isUpToDate(log.lastIndex(), log.lastTerm());
    count(begun, name, isWhole, log.members());
  }

  private void ask(Ballot present, SortedSet<String> members) {
    for (String member : members) {
      if (present.ask(member)) {
        host.send(
            member,
            new VoteRequest<>(
                present.term(),
                present.isProbe(),
                present.isHandedOver(),
                state.log().lastIndex(),
                state.log().lastTerm()));
      }
    }
  }

  void receive(String from, VoteReply<C, S> reply) {
    Ballot present = ballot;
    if (present != null
        && reply.granted()
        && reply.asked() == present.term()
        && reply.probe() == present.isProbe()) {
      count(present, from, reply.whole(), reply.members());
    }
  }

  private void count(Ballot present, String voter, boolean whole, SortedSet<String> members) {
    present.grant(voter, whole);
    ask(present, members);
    if (present.isWon(state.log().members())) {
      if (present.isProbe()) {
        elect(false);
      } else {
        led();
        won.run();
      }
    }
  }
}
