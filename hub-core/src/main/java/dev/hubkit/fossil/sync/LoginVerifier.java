package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Snapshot;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the login card of a message: its nonce is the hash of all that follows the card, and the
 * user's password signs the nonce (sync.wiki, "Login Cards"). Hashes a message once, however often
 * its login is verified. Not thread-safe.
 */
final class LoginVerifier {
  private final MessageSpool message;
  private @Nullable String nonce;
  private long noncePosition = -1;

  LoginVerifier(MessageSpool message) {
    this.message = message;
  }

  /**
   * Returns what the user of the card may do.
   *
   * @param guest what a peer without a login may do
   * @param position where the message continues after the card
   * @throws SyncProtocolException if there is no such user, or the nonce or signature is wrong
   */
  UserAccess verify(Card.Login card, long position, UserAccess guest, Snapshot snapshot)
      throws IOException {
    UserAccess user = null;
    if (card.nonce().equals(nonceAt(position, card.nonce().length()))) {
      user = guest.loggedIn(snapshot.session(), card, snapshot.projectCode());
    }
    if (user == null) {
      throw new SyncProtocolException("login failed");
    }
    return user;
  }

  private String nonceAt(long position, int digits) throws IOException {
    String known = nonce;
    if (known == null || noncePosition != position || known.length() != digits) {
      known = digestFrom(position, digits);
      nonce = known;
      noncePosition = position;
    }
    return known;
  }

  /** Hashes the rest of the message with the algorithm whose hashes have {@code digits} digits. */
  private String digestFrom(long position, int digits) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance(digits == 64 ? "SHA3-256" : "SHA-1");
      try (InputStream in = new DigestInputStream(message.open(position), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("A Java runtime without " + e.getMessage(), e);
    }
  }
}
