package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.content.ArtifactName;
import java.util.HashSet;
import java.util.Set;

/** What the cards of one message tell about the other side. Not thread-safe. */
final class PeerState {
  /** C fossil before 2.0 knows no SHA3 names. */
  private static final int FIRST_WITH_SHA3 = 20_000;

  /** Before that day, an igot card of a private artifact was an error. */
  private static final int FIRST_WITH_PRIVATE_IGOT = 2020_04_13;

  private final Set<Long> held = new HashSet<>();
  private final Set<ArtifactName> asked = new HashSet<>();
  private int version;
  private int date;

  PeerState(int version) {
    this.version = version;
  }

  void version(int number, int day) {
    version = number;
    date = day;
  }

  boolean knowsSha3() {
    return version >= FIRST_WITH_SHA3;
  }

  boolean takesPrivateIgot() {
    return date >= FIRST_WITH_PRIVATE_IGOT;
  }

  /** Notes that the other side has the record. */
  void holds(long rid) {
    if (rid != 0) {
      held.add(rid);
    }
  }

  /** Notes that the other side lacks the record, whatever was noted before. */
  void lacks(long rid) {
    held.remove(rid);
  }

  boolean isHolding(long rid) {
    return held.contains(rid);
  }

  /** Notes that the other side asks for the artifact, so it lacks it. */
  void asksFor(ArtifactName name) {
    asked.add(name);
  }

  boolean isAskingFor(ArtifactName name) {
    return asked.contains(name);
  }
}
