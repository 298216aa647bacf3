package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.Delta;
import dev.hubkit.fossil.content.MalformedContentException;
import java.util.ArrayList;
import java.util.List;

/**
 * Stores the artifacts of a message in the repository. Stores a delta as it is while the artifact
 * that it is based on is missing. Not thread-safe.
 */
final class ArtifactReceiver {
  private final Transaction transaction;
  private final ContentStore content;
  private final PeerState remote;
  private final boolean takesPrivate;
  private int received;
  private boolean nextIsPrivate;

  /**
   * @param takesPrivate whether to store private artifacts; otherwise skips them
   */
  ArtifactReceiver(Transaction transaction, PeerState remote, boolean takesPrivate) {
    this.transaction = transaction;
    this.content = transaction.content();
    this.remote = remote;
    this.takesPrivate = takesPrivate;
  }

  /** Notes that the next artifact is private. */
  void expectPrivate() {
    nextIsPrivate = true;
  }

  /** Returns how many artifacts have arrived. */
  int received() {
    return received;
  }

  /** Stores an artifact. */
  void store(Card.File card) {
    boolean isPrivate = isPrivateNow();
    if (isUnwanted(card.name(), isPrivate)) {
      return;
    }
    byte[] bytes = card.content();
    ArtifactName source = card.source();
    if (source != null) {
      long base = content.phantom(source, isPrivate);
      byte[] baseBytes = content.read(base);
      if (baseBytes == null) {
        store(content.putDelta(card.name(), bytes, base, isPrivate), isPrivate);
        return;
      }
      bytes = apply(card.name(), baseBytes, bytes);
    }
    if (!card.name().names(bytes)) {
      throw new MalformedContentException("wrong hash on received artifact: " + card.name());
    }
    store(content.put(card.name(), bytes, isPrivate), isPrivate);
  }

  /** Stores an artifact in the form in which the other side stores it. */
  void store(Card.CompressedFile card) {
    boolean isPrivate = isPrivateNow();
    if (isUnwanted(card.name(), isPrivate)) {
      return;
    }
    ArtifactName source = card.source();
    long rid =
        source == null
            ? content.putPacked(card.name(), card.content(), isPrivate)
            : content.putPackedDelta(
                card.name(),
                card.content(),
                card.size(),
                content.phantom(source, isPrivate),
                isPrivate);
    store(rid, isPrivate);
  }

  private static byte[] apply(ArtifactName name, byte[] base, byte[] delta) {
    try {
      return Delta.apply(base, delta);
    } catch (MalformedContentException e) {
      throw new MalformedContentException(
          "delta of received artifact " + name + ": " + e.getMessage(), e);
    }
  }

  private boolean isPrivateNow() {
    boolean isPrivate = nextIsPrivate;
    nextIsPrivate = false;
    return isPrivate;
  }

  private boolean isUnwanted(ArtifactName name, boolean isPrivate) {
    return content.isShunned(name) || (isPrivate && !takesPrivate);
  }

  private void store(long rid, boolean isPrivate) {
    if (!isPrivate) {
      content.setPrivate(rid, false);
    }
    received++;
    remote.holds(rid);
    transaction.link(rid);
  }

  /**
   * Notes that the other side has an artifact: a new one becomes a phantom, to be asked for.
   *
   * @return whether it was new
   */
  boolean note(Card.Igot card, boolean fetch) {
    long known = content.rid(card.name());
    long rid = known;
    if (known == 0 && fetch && (takesPrivate || !card.isPrivate())) {
      rid = content.phantom(card.name(), card.isPrivate());
    }
    if (rid != 0) {
      remote.holds(rid);
      if (content.isPrivate(rid) != card.isPrivate()) {
        content.setPrivate(rid, card.isPrivate());
      }
    }
    return known == 0 && rid != 0;
  }

  /** The phantoms to ask for, at most {@code limit}. */
  static List<ArtifactName> wanted(
      DbTransaction session, PeerState remote, int limit, boolean withPrivate) {
    List<ArtifactName> wanted = new ArrayList<>();
    session.scan(
        "SELECT uuid FROM phantom CROSS JOIN blob USING(rid)"
            + " WHERE NOT EXISTS(SELECT 1 FROM shun WHERE uuid=blob.uuid)"
            + (withPrivate ? "" : " AND NOT EXISTS(SELECT 1 FROM private WHERE rid=blob.rid)"),
        row -> {
          ArtifactName name = new ArtifactName(row.text(1));
          if (!remote.isAskingFor(name)) {
            wanted.add(name);
          }
          return wanted.size() < limit;
        });
    return wanted;
  }
}
