package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.CompressedBlob;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.Delta;
import dev.hubkit.fossil.content.ResultRow;
import dev.hubkit.fossil.content.StoredBlob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes artifacts into a message, in the cheapest form available, as long as the budget of size
 * and time lasts. Not thread-safe.
 */
final class ArtifactSender {
  /** For smaller content it does not pay to look for the base of a delta. */
  private static final int SMALLEST_FOR_DELTA = 100;

  /** A delta has to save at least this many bytes. */
  private static final int LEAST_SAVING = 50;

  private static final String STORED_FROM =
      "SELECT b.rid, b.uuid, b.size, b.content,"
          + " (SELECT s.uuid FROM blob s WHERE s.rid=d.srcid),"
          + " d.srcid IN (SELECT rid FROM private), b.rid IN (SELECT rid FROM private)"
          + " FROM blob b LEFT JOIN delta d ON d.rid=b.rid"
          + " WHERE b.rid>=? AND b.size>=0"
          + " AND NOT EXISTS(SELECT 1 FROM shun WHERE shun.uuid=b.uuid) ORDER BY b.rid";

  private final DbTransaction session;
  private final ContentStore content;
  private final XferCardWriter out;
  private final PeerState remote;
  private final long sizeBudget;
  private final BooleanSupplier timeIsUp;
  private boolean withPrivate;
  private int sent;
  private int privateIgots;

  /**
   * @param sizeBudget in bytes of the message before compression; the artifact that crosses it is
   *     still sent, the later ones are only announced
   */
  ArtifactSender(
      Snapshot snapshot,
      XferCardWriter out,
      PeerState remote,
      long sizeBudget,
      BooleanSupplier timeIsUp) {
    this.session = snapshot.session();
    this.content = snapshot.content();
    this.out = out;
    this.remote = remote;
    this.sizeBudget = sizeBudget;
    this.timeIsUp = timeIsUp;
  }

  /** Allows private artifacts from now on. */
  void includePrivate() {
    withPrivate = true;
  }

  boolean includesPrivate() {
    return withPrivate;
  }

  /** Returns how many artifacts the message has. */
  int sent() {
    return sent;
  }

  /** Returns how many private artifacts were announced but not sent. */
  int privateIgots() {
    return privateIgots;
  }

  boolean isOverBudget() {
    return out.written() >= sizeBudget || timeIsUp.getAsBoolean();
  }

  /**
   * Sends an artifact by a file card, unless the other side has it.
   *
   * @param asStored whether to base a delta on the artifact that it is stored against, rather than
   *     on its predecessor in history, which the other side is likely to have
   */
  void send(long rid, boolean asStored) throws IOException {
    boolean isPrivate = content.isPrivate(rid);
    if (isPrivate && !withPrivate) {
      ArtifactName name = content.name(rid);
      if (name != null && remote.takesPrivateIgot()) {
        out.igot(name.hex(), true);
        privateIgots++;
      }
      return;
    }
    ArtifactName name = content.name(rid);
    if (name == null || remote.isHolding(rid) || content.size(rid) < 0 || content.isShunned(name)) {
      return;
    }
    requireSha3(name);
    if (isOverBudget()) {
      out.igot(name.hex(), isPrivate);
      return;
    }
    if (!(asStored && sendStoredDelta(rid, name, isPrivate))) {
      byte[] bytes = content.read(rid);
      if (bytes == null) {
        return;
      }
      if (asStored
          || bytes.length <= SMALLEST_FOR_DELTA
          || !sendDeltaToParent(rid, name, isPrivate, bytes)) {
        announcePrivate(isPrivate);
        out.file(name.hex(), null, bytes);
      }
    }
    sent++;
    remote.holds(rid);
  }

  private boolean sendStoredDelta(long rid, ArtifactName name, boolean isPrivate)
      throws IOException {
    StoredBlob stored = content.stored(rid);
    if (stored == null || stored.source() == 0) {
      return false;
    }
    ArtifactName source = sendableSource(stored.source());
    if (source == null) {
      return false;
    }
    announcePrivate(isPrivate);
    out.file(name.hex(), source.hex(), CompressedBlob.unpack(stored.packed()));
    return true;
  }

  private boolean sendDeltaToParent(long rid, ArtifactName name, boolean isPrivate, byte[] bytes)
      throws IOException {
    long parent = parent(rid);
    if (parent <= 0) {
      return false;
    }
    ArtifactName source = sendableSource(parent);
    byte[] base = source == null ? null : content.read(parent);
    if (source == null || base == null) {
      return false;
    }
    byte[] delta = Delta.create(base, bytes);
    if (delta.length >= bytes.length - LEAST_SAVING) {
      return false;
    }
    announcePrivate(isPrivate);
    out.file(name.hex(), source.hex(), delta);
    return true;
  }

  private long parent(long rid) {
    long checkIn =
        session.number(
            "SELECT pid FROM plink WHERE cid=?"
                + " AND NOT EXISTS(SELECT 1 FROM phantom WHERE rid=pid)",
            0,
            rid);
    return checkIn != 0
        ? checkIn
        : session.number(
            "SELECT pid, min(mtime) FROM mlink, event ON mlink.mid=event.objid WHERE fid=?"
                + " AND NOT EXISTS(SELECT 1 FROM phantom WHERE rid=pid)",
            0,
            rid);
  }

  private @Nullable ArtifactName sendableSource(long rid) {
    if (!withPrivate && content.isPrivate(rid)) {
      return null;
    }
    ArtifactName name = content.name(rid);
    return name == null || content.isShunned(name) ? null : name;
  }

  /**
   * Sends artifacts by cfile cards, in the order of their records, until the budget is used up.
   *
   * @param first the record to begin with
   * @return the record to go on with, 0 when there is none
   */
  int sendCompressedFrom(int first) throws IOException {
    long[] next = {0};
    try {
      session.scan(
          STORED_FROM,
          row -> {
            if (isOverBudget()) {
              next[0] = row.number(1);
              return false;
            }
            sendCompressed(row);
            return true;
          },
          first);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return (int) next[0];
  }

  private void sendCompressed(ResultRow row) {
    long rid = row.number(1);
    boolean isPrivate = row.number(7) != 0;
    byte[] packed = row.bytes(4);
    if (packed == null || (isPrivate && !withPrivate)) {
      return;
    }
    ArtifactName name = new ArtifactName(row.text(2));
    long size = row.number(3);
    String source = row.textOrNull(5);
    boolean sourceIsPrivate = row.number(6) != 0;
    if (source != null && sourceIsPrivate && !isPrivate) {
      byte[] bytes = content.read(rid);
      if (bytes == null) {
        return;
      }
      size = bytes.length;
      packed = CompressedBlob.pack(bytes);
      source = null;
    }
    try {
      requireSha3(name);
      announcePrivate(isPrivate);
      out.compressedFile(name.hex(), source, (int) size, packed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sent++;
  }

  /**
   * Sends artifacts as {@link #sendCompressedFrom} does, but by file cards, for clients that do not
   * know cfile.
   */
  int sendFrom(int first) throws IOException {
    long last = session.number("SELECT max(rid) FROM blob", 0);
    long next = first;
    while (next <= last && !isOverBudget()) {
      send(next++, true);
    }
    return next > last ? 0 : (int) next;
  }

  private void announcePrivate(boolean isPrivate) throws IOException {
    if (isPrivate) {
      out.write(new Card.Private());
    }
  }

  private void requireSha3(ArtifactName name) throws SyncProtocolException {
    if (!name.isSha1() && !remote.knowsSha3()) {
      throw new SyncProtocolException("Fossil version 2.0 or later required.");
    }
  }
}
