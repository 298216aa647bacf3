package dev.hubkit.fossil.content;

import dev.hubkit.log.Log;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The artifacts of a repository, by name and by record number, inside one transaction. Every
 * artifact that a transaction wrote is read back and hashed by {@link #verify()} before it commits.
 * For one thread at a time. The arrays that it returns are shared and must not be changed.
 *
 * <p>Source of behaviour: Fossil's "Delta Format", "Hash Policy" and file-format documents, and the
 * tables that C fossil writes.
 */
public final class ContentStore {
  private static final Log log = Log.of(ContentStore.class);

  /** Content below this many bytes is never made a delta. */
  private static final int SMALLEST_DELTA = 50;

  private final DbTransaction session;
  private final BlobTable records;
  private final ContentReader reader;
  private final RcvfromTable receipts;
  private final Set<Long> unverified = new LinkedHashSet<>();
  private LongConsumer onFilled = rid -> {};
  private @Nullable HashPolicy policy;

  /** The sender of written content, for the {@code rcvfrom} table. */
  public record Receipt(long userId, @Nullable String nonce, @Nullable String address) {
    static final Receipt NONE = new Receipt(0, null, null);
  }

  /** Opens the store on a transaction of {@code database}. */
  public ContentStore(Database database, DbTransaction session) {
    this.session = session;
    this.records = new BlobTable(session);
    this.reader = new ContentReader(session, records, database.cache());
    this.receipts = new RcvfromTable(session);
  }

  /** Sets the sender of the content that is written from now on. */
  public void receiveFrom(Receipt from) {
    receipts.from(from);
  }

  /**
   * Sets what receives the record number of a phantom whose content has arrived and been written.
   */
  public void onFilled(LongConsumer listener) {
    onFilled = listener;
  }

  // ---- records

  /** The record number of an artifact or phantom, 0 when the name is unknown. */
  public long rid(ArtifactName name) {
    return records.rid(name);
  }

  /** The name of a record, null when there is no such record. */
  public @Nullable ArtifactName name(long rid) {
    return records.name(rid);
  }

  /** The size of an artifact's content in bytes, -1 when it is a phantom or there is none. */
  public long size(long rid) {
    return records.size(rid);
  }

  /** The record that this one is a delta against, 0 when it is stored in full. */
  public long source(long rid) {
    return records.source(rid);
  }

  /**
   * Returns whether the content can be read: neither it nor anything it is a delta against is a
   * phantom.
   */
  public boolean isAvailable(long rid) {
    return records.isAvailable(rid);
  }

  /** Returns whether ordinary syncs must not send the artifact. */
  public boolean isPrivate(long rid) {
    return session.exists("SELECT 1 FROM private WHERE rid=?", rid);
  }

  /** Makes an artifact private or public. */
  public void setPrivate(long rid, boolean isPrivate) {
    session.run(
        isPrivate
            ? "INSERT OR IGNORE INTO private(rid) VALUES(?)"
            : "DELETE FROM private WHERE rid=?",
        rid);
  }

  /** Returns whether this repository does not want the artifact. */
  public boolean isShunned(ArtifactName name) {
    return session.exists("SELECT 1 FROM shun WHERE uuid=?", name);
  }

  /** The policy of this repository. */
  public HashPolicy policy() {
    HashPolicy known = policy;
    if (known == null) {
      known =
          HashPolicy.of(
              session.number(
                  "SELECT CAST(value AS INT) FROM config WHERE name='hash-policy'",
                  HashPolicy.SHA3.number()));
      policy = known;
    }
    return known;
  }

  // ---- reading

  /**
   * The content of an artifact, null when it is not there (a phantom, or a delta against one).
   *
   * @throws MalformedContentException if what is stored is damaged
   */
  public byte @Nullable [] read(long rid) {
    return reader.read(rid);
  }

  /** The content of an artifact, null when the name is unknown or the content not there. */
  public byte @Nullable [] read(ArtifactName name) {
    long rid = rid(name);
    return rid == 0 ? null : read(rid);
  }

  /** An artifact as it is stored, null when it is a phantom or there is none. */
  public @Nullable StoredBlob stored(long rid) {
    return session.first(
        "SELECT b.uuid, b.size, b.content, d.srcid FROM blob b LEFT JOIN delta d ON d.rid=b.rid"
            + " WHERE b.rid=? AND b.size>=0",
        row -> {
          byte[] packed = row.bytes(3);
          if (packed == null) {
            throw new MalformedContentException("record " + rid + " has a size but no content");
          }
          return new StoredBlob(
              new ArtifactName(row.text(1)), row.number(2), packed, row.number(4));
        },
        rid);
  }

  // ---- writing

  /** Stores content under the name that the policy gives it; returns its record number. */
  public long put(byte[] content, boolean isPrivate) {
    return put(nameFor(content), content, isPrivate);
  }

  /**
   * Hashes and compresses content, and checks that it can be restored, without using the
   * repository. Other threads may call this once {@link #policy()} has been called.
   */
  public PreparedBlob prepare(byte[] content) {
    HashPolicy policy = policy();
    ArtifactName name = policy.name(content);
    ArtifactName other = policy.keepsOtherName() ? policy.otherName(content) : name;
    byte[] packed = CompressedBlob.pack(content);
    if (!Arrays.equals(content, CompressedBlob.unpack(packed))) {
      throw new IllegalStateException("zlib does not restore what it compressed");
    }
    return new PreparedBlob(name, other, content.length, packed);
  }

  /** Stores prepared content, unless the repository has it already; returns its name. */
  public ArtifactName put(PreparedBlob blob, boolean isPrivate) {
    boolean knownOtherwise = !blob.otherName().equals(blob.name()) && rid(blob.otherName()) != 0;
    ArtifactName name = knownOtherwise ? blob.otherName() : blob.name();
    long rid = rid(name);
    if (rid == 0 || size(rid) < 0) {
      rid = write(rid, name, blob.size(), blob.packed(), 0, isPrivate);
      unverified.remove(rid); // prepare() has seen that it restores
    }
    return name;
  }

  /**
   * Returns the name that content already has in this repository, or else the name that the policy
   * gives it.
   */
  public ArtifactName nameFor(byte[] content) {
    HashPolicy policy = policy();
    if (policy.keepsOtherName()) {
      ArtifactName other = policy.otherName(content);
      if (rid(other) != 0) {
        return other;
      }
    }
    return policy.name(content);
  }

  /** Stores content under a name that the caller knows; {@link #verify()} checks it later. */
  public long put(ArtifactName name, byte[] content, boolean isPrivate) {
    long rid = rid(name);
    if (rid != 0 && size(rid) >= 0) {
      return rid;
    }
    return write(rid, name, content.length, CompressedBlob.pack(content), 0, isPrivate);
  }

  /**
   * Stores compressed content.
   *
   * @throws MalformedContentException if {@code packed} states an impossible size
   */
  public long putPacked(ArtifactName name, byte[] packed, boolean isPrivate) {
    long rid = rid(name);
    if (rid != 0 && size(rid) >= 0) {
      return rid;
    }
    return write(rid, name, CompressedBlob.size(packed), packed, 0, isPrivate);
  }

  /**
   * Stores an artifact as a delta.
   *
   * @param source the record the delta is against; may be a phantom
   * @throws MalformedContentException if the delta states no size, or would be based on itself
   */
  public long putDelta(ArtifactName name, byte[] delta, long source, boolean isPrivate) {
    return putPackedDelta(
        name, CompressedBlob.pack(delta), Delta.targetSize(delta), source, isPrivate);
  }

  /**
   * Stores an artifact as a compressed delta.
   *
   * @param size the size of the artifact's full content in bytes
   * @param source the record the delta is against; may be a phantom
   * @throws MalformedContentException if the artifact would be based on itself
   */
  public long putPackedDelta(
      ArtifactName name, byte[] packed, long size, long source, boolean isPrivate) {
    long rid = rid(name);
    if (rid != 0 && size(rid) >= 0) {
      return rid;
    }
    if (rid != 0 && records.standsOn(source, rid)) {
      throw new MalformedContentException("artifact " + name + " is a delta against itself");
    }
    return write(rid, name, size, packed, source, isPrivate);
  }

  private long write(
      long phantom, ArtifactName name, long size, byte[] packed, long source, boolean isPrivate) {
    if (policy() == HashPolicy.AUTO && !name.isSha1()) {
      session.run(
          "REPLACE INTO config(name,value,mtime) VALUES('hash-policy',?,?)",
          HashPolicy.SHA3.number(),
          session.now().getEpochSecond());
      policy = HashPolicy.SHA3;
    }
    long rid = phantom;
    long from = receiptNumber();
    if (phantom == 0) {
      rid =
          session.insert(
              "INSERT INTO blob(rcvid,size,uuid,content) VALUES(?,?,?,?)",
              from,
              size,
              name,
              packed);
      records.remember(name, rid);
    } else {
      session.run(
          "UPDATE blob SET rcvid=?, size=?, content=? WHERE rid=?", from, size, packed, phantom);
      session.run("DELETE FROM phantom WHERE rid=?", phantom);
    }
    if (isPrivate) {
      setPrivate(rid, true);
    }
    if (source != 0) {
      records.setSource(rid, source);
    }
    unverified.add(rid);
    if (phantom == 0 && !isPrivate) {
      session.run("INSERT OR IGNORE INTO unclustered VALUES(?)", rid);
    }
    if (phantom != 0 && (source == 0 || isAvailable(source))) {
      verifyDependents(rid);
      onFilled.accept(rid);
    }
    return rid;
  }

  /**
   * Checks the artifacts that can be read now for the first time against their names. They came
   * earlier, from another sender, and the sender of their base is not to blame for wrong ones:
   * those become phantoms.
   */
  private void verifyDependents(long filled) {
    Deque<Long> pending = new ArrayDeque<>();
    pending.add(filled);
    while (!pending.isEmpty()) {
      for (long rid :
          session.list(
              "SELECT rid FROM delta WHERE srcid=?", row -> row.number(1), pending.remove())) {
        try {
          verify(rid);
          pending.add(rid);
        } catch (MalformedContentException e) {
          log.warn("Dropped what was received as artifact {}: {}", name(rid), e.getMessage());
          session.run("UPDATE blob SET rcvid=0, size=-1, content=NULL WHERE rid=?", rid);
          records.removeSource(rid);
          session.run("INSERT OR IGNORE INTO phantom VALUES(?)", rid);
        }
        unverified.remove(rid);
      }
    }
  }

  /**
   * Notes that an artifact exists whose content has not arrived; returns its record number, or 0
   * when the artifact is shunned. A name that is known already keeps its record.
   */
  public long phantom(ArtifactName name, boolean isPrivate) {
    long known = rid(name);
    if (known != 0) {
      return known;
    }
    if (isShunned(name)) {
      return 0;
    }
    long rid =
        session.insert("INSERT INTO blob(rcvid,size,uuid,content) VALUES(0,-1,?,NULL)", name);
    records.remember(name, rid);
    session.run("INSERT INTO phantom VALUES(?)", rid);
    session.run(
        isPrivate ? "INSERT INTO private VALUES(?)" : "INSERT INTO unclustered VALUES(?)", rid);
    return rid;
  }

  /** Returns the row of {@code rcvfrom} for the present sender. */
  public long receiptNumber() {
    return receipts.number();
  }

  // ---- deltas

  /**
   * Stores an artifact as a delta against the one of {@code sources} that makes it smallest, if
   * that saves at least a quarter. Stores a source that is based on the artifact in full first. A
   * public artifact never becomes a delta against a private one, since no sync could send it.
   *
   * @return whether the artifact has become a delta
   */
  public boolean deltify(long rid, long... sources) {
    if (rid == 0 || records.isDelta(rid)) {
      return false;
    }
    byte[] content = read(rid);
    if (content == null || content.length < SMALLEST_DELTA) {
      return false;
    }
    byte[] best = null;
    long bestSource = 0;
    for (long source : sources) {
      if (source == rid || (isPrivate(source) && !isPrivate(rid))) {
        continue;
      }
      if (records.standsOn(source, rid)) {
        undelta(source);
      }
      byte[] base = read(source);
      if (base == null || base.length < SMALLEST_DELTA) {
        continue;
      }
      byte[] delta = Delta.create(base, content);
      if (delta.length < content.length * 0.75 && (best == null || delta.length < best.length)) {
        best = delta;
        bestSource = source;
      }
    }
    if (best == null) {
      return false;
    }
    session.run("UPDATE blob SET content=? WHERE rid=?", CompressedBlob.pack(best), rid);
    records.setSource(rid, bestSource);
    unverified.add(rid);
    return true;
  }

  /** Stores an artifact in full. */
  public void undelta(long rid) {
    if (!records.isDelta(rid)) {
      return;
    }
    byte[] content = read(rid);
    if (content != null) {
      session.run(
          "UPDATE blob SET content=?, size=? WHERE rid=?",
          CompressedBlob.pack(content),
          content.length,
          rid);
      records.removeSource(rid);
      unverified.add(rid);
    }
  }

  /** Removes a record that is not the base of a delta. */
  public void remove(long rid) {
    records.remove(rid);
    unverified.remove(rid);
  }

  // ---- verification

  /**
   * Reads back and hashes what was written since the last call. Skips deltas against phantoms,
   * which cannot be read.
   *
   * @throws MalformedContentException if an artifact does not match its name; the transaction must
   *     not be committed then
   */
  public void verify() {
    List<Long> written = new ArrayList<>(unverified);
    unverified.clear();
    for (long rid : written) {
      verify(rid);
    }
  }

  private void verify(long rid) {
    ArtifactName name = name(rid);
    if (name == null || size(rid) < 0) {
      return;
    }
    long source = source(rid);
    byte[] base = source == 0 ? null : read(source);
    if (source != 0 && base == null) {
      return;
    }
    byte[] content = reader.step(rid, name, base);
    if (!name.names(content)) {
      throw new MalformedContentException("content does not hash to its name " + name);
    }
    if (content.length != size(rid)) {
      throw new MalformedContentException(
          "artifact " + name + " is " + content.length + " bytes, not " + size(rid));
    }
  }
}
