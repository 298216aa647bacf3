package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Limits the size of the messages to a repository. A client that has not logged in, and may not
 * push without, can only ask, which takes few bytes. Thread-safe.
 *
 * <p>The login card, which C fossil puts first, signs the rest of the message, so only the end of
 * the message verifies it as a whole. But only a client with the password can sign the hash in the
 * card, which the beginning already shows.
 */
public final class MessageLimit {
  /** The largest body of a guest, in bytes. */
  public static final long GUEST_PACKED = 2 << 20;

  /** The largest message of a guest once unpacked, in bytes. */
  static final long GUEST_UNPACKED = 8 << 20;

  private final FossilRepository repository;
  private final long largest;
  private final AtomicLong onDisk = new AtomicLong();

  MessageLimit(FossilRepository repository, long largest) {
    this.repository = repository;
    this.largest = largest;
  }

  /** The largest message of any client, in bytes once unpacked. */
  long largest() {
    return largest;
  }

  /**
   * Returns whether the limit of guests applies to a message.
   *
   * @param beginning of the body; enough to hold the first card
   * @throws IOException if it is not a message
   */
  public boolean isForGuest(MessageFormat format, InputStream beginning) throws IOException {
    try (InputStream message = format.decode(beginning, Long.MAX_VALUE)) {
      return isForGuest(message);
    }
  }

  private boolean isForGuest(InputStream message) throws IOException {
    Card first = new XferCardReader(message, 0).first();
    return repository.<Boolean, IOException>read(snapshot -> isGuest(snapshot, first));
  }

  private static boolean isGuest(Snapshot snapshot, @Nullable Card first) {
    UserAccess access = UserAccess.peer(snapshot.session());
    if (first instanceof Card.Login login) {
      UserAccess known = access.loggedIn(snapshot.session(), login, snapshot.projectCode());
      if (known != null && known != access) {
        return false;
      }
    }
    return !access.may(Capability.WRITE) && !access.may(Capability.WRITE_UNVERSIONED);
  }

  /**
   * Checks the beginning of a message that is larger than a guest may send.
   *
   * @param beginning unpacked
   * @throws SyncProtocolException if a guest sent it
   */
  void check(byte[] beginning) throws IOException {
    if (isForGuest(new ByteArrayInputStream(beginning))) {
      throw new SyncProtocolException(
          "message is larger than "
              + GUEST_UNPACKED
              + "  bytes, the most for a client that has not logged in");
    }
  }

  /**
   * Reserves room on disk for a large message.
   *
   * @throws SyncProtocolException if other messages use all of it
   */
  void reserve(long bytes) throws SyncProtocolException {
    if (onDisk.addAndGet(bytes) > 2 * largest) {
      onDisk.addAndGet(-bytes);
      throw new SyncProtocolException("too many large messages at once; try again later");
    }
  }

  /** Releases reserved room. */
  void release(long bytes) {
    onDisk.addAndGet(-bytes);
  }
}
