package dev.hubkit.nats.replication;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/** The votes that a candidate has got for one term. */
final class Ballot {
  private final long term;
  private final boolean probe;
  private final boolean handedOver;
  // Whether each has all that it confirmed.
  private final Map<String, Boolean> granted = new HashMap<>();
  // Also members that the candidate does not know of yet, or not any more, but a voter does.
  private final Set<String> asked = new HashSet<>();

  Ballot(long term, boolean probe, boolean handedOver) {
    this.term = term;
    this.probe = probe;
    this.handedOver = handedOver;
  }

  long term() {
    return term;
  }

  boolean isProbe() {
    return probe;
  }

  boolean isHandedOver() {
    return handedOver;
  }

  /** Notes that a replica is asked; returns false if it has been. */
  boolean ask(String voter) {
    return asked.add(voter);
  }

  void grant(String voter, boolean isWhole) {
    granted.put(voter, isWhole);
  }

  /**
   * Returns whether the candidate has won: with a majority of votes from those who have all that
   * they confirmed, or with those of all members that any of the voters knows. (As in nats-server,
   * where votes of empty servers count only when all have voted.)
   */
  boolean isWon(SortedSet<String> members) {
    long whole = members.stream().filter(each -> granted.getOrDefault(each, false)).count();
    return whole > members.size() / 2 || granted.keySet().containsAll(asked);
  }
}
