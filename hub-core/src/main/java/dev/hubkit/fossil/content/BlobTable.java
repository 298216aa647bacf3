package dev.hubkit.fossil.content;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tables {@code blob} and {@code delta}, by name and by record number, inside one transaction.
 * Remembers what only the transaction itself can change, and is told when it does. For one thread
 * at a time.
 */
final class BlobTable {
  /** Names whose numbers are remembered: a few MB. */
  private static final int MOST_NAMES = 50_000;

  private final DbTransaction session;
  private final Map<ArtifactName, Long> numbers = new HashMap<>();
  private final BitSet deltas = new BitSet();

  BlobTable(DbTransaction session) {
    this.session = session;
  }

  /** The record number of an artifact or phantom, 0 when the name is unknown. */
  long rid(ArtifactName name) {
    Long known = numbers.get(name);
    if (known != null) {
      return known;
    }
    long rid = session.number("SELECT rid FROM blob WHERE uuid=?", 0, name);
    if (rid != 0) {
      remember(name, rid);
    }
    return rid;
  }

  /** Remembers a record that was just inserted. */
  void remember(ArtifactName name, long rid) {
    if (numbers.size() >= MOST_NAMES) {
      numbers.clear();
    }
    numbers.put(name, rid);
  }

  @Nullable ArtifactName name(long rid) {
    String hex = session.text("SELECT uuid FROM blob WHERE rid=?", rid);
    return hex == null ? null : new ArtifactName(hex);
  }

  /** The size of an artifact's content in bytes, -1 when it is a phantom or there is none. */
  long size(long rid) {
    return session.number("SELECT size FROM blob WHERE rid=?", -1, rid);
  }

  /** The record that this one is a delta against, 0 when it is stored in full. */
  long source(long rid) {
    long source = session.number("SELECT srcid FROM delta WHERE rid=?", 0, rid);
    if (source != 0) {
      deltas.set((int) rid);
    }
    return source;
  }

  boolean isDelta(long rid) {
    return deltas.get((int) rid) || source(rid) != 0;
  }

  void setSource(long rid, long source) {
    session.run("REPLACE INTO delta(rid,srcid) VALUES(?,?)", rid, source);
    deltas.set((int) rid);
  }

  void removeSource(long rid) {
    session.run("DELETE FROM delta WHERE rid=?", rid);
    deltas.clear((int) rid);
  }

  /** Removes a record. */
  void remove(long rid) {
    removeSource(rid);
    session.run("DELETE FROM blob WHERE rid=?", rid);
    numbers.clear();
  }

  /** Returns whether neither the record nor anything it is a delta against is a phantom. */
  boolean isAvailable(long rid) {
    long steps = 0;
    for (long at = rid; at != 0; at = source(at)) {
      if (size(at) < 0) {
        return false;
      }
      if (++steps > 1000 && steps > count()) {
        throw loop(rid);
      }
    }
    return rid != 0;
  }

  /** Returns whether a record is {@code base} or a delta against it, however indirectly. */
  boolean standsOn(long rid, long base) {
    long steps = 0;
    for (long at = rid; at != 0; at = source(at)) {
      if (at == base) {
        return true;
      }
      if (++steps > 1000 && steps > count()) {
        throw loop(rid);
      }
    }
    return false;
  }

  /** Returns a number that is no smaller than that of the records. */
  long count() {
    return session.number("SELECT max(rid) FROM blob", 0);
  }

  static MalformedContentException loop(long rid) {
    return new MalformedContentException("the deltas below record " + rid + " go in a circle");
  }
}
