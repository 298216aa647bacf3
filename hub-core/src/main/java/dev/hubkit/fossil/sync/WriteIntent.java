package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.content.DbTransaction;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads ahead through a message until it is clear whether answering it changes the repository. Most
 * messages only ask; they are answered from a snapshot and do not wait for writers. So is a message
 * whose sender may not write, since the answer refuses it. Used once, by one thread.
 */
final class WriteIntent implements CardHandler {
  private final Snapshot snapshot;
  private final DbTransaction session;
  private final LoginVerifier logins;
  private UserAccess access;
  private long position;
  private boolean writes;

  private WriteIntent(Snapshot snapshot, LoginVerifier logins) {
    this.snapshot = snapshot;
    this.session = snapshot.session();
    this.logins = logins;
    this.access = UserAccess.peer(session);
  }

  /** Returns whether answering {@code message} needs a write transaction. */
  static boolean of(MessageSpool message, LoginVerifier logins, Snapshot snapshot)
      throws IOException {
    WriteIntent intent = new WriteIntent(snapshot, logins);
    try (InputStream in = message.open(0)) {
      intent.read(new XferCardReader(in, Integer.MAX_VALUE - 16));
    } catch (SyncProtocolException e) {
      // The exchange meets the same card later, and refuses the message for it.
      return false;
    }
    return intent.writes;
  }

  private void read(XferCardReader cards) throws IOException {
    for (Card card = cards.next(); card != null && !writes; card = cards.next()) {
      position = cards.position();
      card.accept(this);
    }
  }

  @Override
  public void handle(Card.Login card) throws IOException {
    access = logins.verify(card, position, access, snapshot);
  }

  @Override
  public void handle(Card.Push card) {
    writes = access.may(Capability.WRITE) && card.projectCode().equals(snapshot.projectCode());
  }

  @Override
  public void handle(Card.Pull card) {
    writes = access.may(Capability.READ) && Clusters.areDue(session);
  }

  @Override
  public void handle(Card.Private card) {
    writes = access.may(Capability.PRIVATE);
  }

  @Override
  public void handle(Card.UnversionedFile card) {
    writes = access.may(Capability.WRITE_UNVERSIONED);
  }

  @Override
  public void handle(Card.Config card) {
    writes = access.may(Capability.ADMIN);
  }

  @Override
  public void handle(Card.Pragma card) {
    writes =
        switch (card.name()) {
          case "ci-lock" -> CheckInLocks.isLock(card.values());
          case "ci-unlock" -> CheckInLocks.isUnlock(card.values()) && CheckInLocks.anyIn(session);
          default -> false;
        };
  }

  @Override
  public void handleOther(Card card) {
    // The other cards ask for something, or are for a client that may push anyway.
  }
}
