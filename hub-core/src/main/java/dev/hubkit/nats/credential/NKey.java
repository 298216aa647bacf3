package dev.hubkit.nats.credential;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A public NKey: an Ed25519 key in base 32, its first letter telling whose it is, ended by a
 * CRC-16.
 *
 * @see <a
 *     href="https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth">NKeys</a>
 */
public final class NKey {
  /** The kind of owner of a key, which its first letter tells. */
  public enum Role {
    OPERATOR(14),
    ACCOUNT(0),
    USER(20),
    SERVER(13),
    CLUSTER(2),
    CURVE(23);

    private final byte prefix;

    // The place of the first letter in the alphabet of base 32.
    Role(int number) {
      this.prefix = (byte) (number << 3);
    }
  }

  private static final int KEY_BYTES = 32;
  private static final int SIGNATURE_BYTES = 64;
  private static final int ENCODED_LENGTH = 56;
  // SubjectPublicKeyInfo of an Ed25519 key (RFC 8410) up to the key itself.
  private static final byte[] X509_PREFIX = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
  };

  private final String text;
  private final Role role;
  private final byte[] key;

  private NKey(String text, Role role, byte[] key) {
    this.text = text;
    this.role = role;
    this.key = key;
  }

  /**
   * Reads a public key.
   *
   * @throws CredentialException if the text is none
   */
  public static NKey parse(String text) throws CredentialException {
    byte[] bytes = text.length() == ENCODED_LENGTH ? Base32.decode(text) : null;
    if (bytes == null || bytes.length != KEY_BYTES + 3) {
      throw new CredentialException("illegal base32 nkey");
    }
    int crc = crc16(bytes, KEY_BYTES + 1);
    int stated = (bytes[KEY_BYTES + 1] & 0xff) | ((bytes[KEY_BYTES + 2] & 0xff) << 8);
    if (crc != stated) {
      throw new CredentialException("nkeys: invalid checksum");
    }
    for (Role role : Role.values()) {
      if (role.prefix == bytes[0]) {
        return new NKey(text, role, Arrays.copyOfRange(bytes, 1, KEY_BYTES + 1));
      }
    }
    throw new CredentialException("nkeys: invalid prefix byte");
  }

  /** Returns whether the text is a well-formed public key of that role. */
  public static boolean isValid(String text, Role role) {
    try {
      return parse(text).role == role;
    } catch (CredentialException e) {
      return false;
    }
  }

  /** Writes raw key bytes as a public key. */
  public static String encode(Role role, byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("a key has 32 bytes, not " + key.length);
    }
    byte[] bytes = new byte[KEY_BYTES + 3];
    bytes[0] = role.prefix;
    System.arraycopy(key, 0, bytes, 1, KEY_BYTES);
    int crc = crc16(bytes, KEY_BYTES + 1);
    bytes[KEY_BYTES + 1] = (byte) crc;
    bytes[KEY_BYTES + 2] = (byte) (crc >> 8);
    return Base32.encode(bytes);
  }

  public Role role() {
    return role;
  }

  /** Returns the 32 bytes of the key. */
  public byte[] bytes() {
    return key.clone();
  }

  /** Returns the role of a public key, or null if the text is none. */
  static @Nullable Role role(String text) {
    try {
      return parse(text).role;
    } catch (CredentialException e) {
      return null;
    }
  }

  /** Returns whether {@code signature} is this key's signature of {@code data}. */
  public boolean verify(byte[] data, byte[] signature) {
    if (signature.length != SIGNATURE_BYTES) {
      return false; // the JDK passes over zero bytes at the end
    }
    byte[] encoded = Arrays.copyOf(X509_PREFIX, X509_PREFIX.length + KEY_BYTES);
    System.arraycopy(key, 0, encoded, X509_PREFIX.length, KEY_BYTES);
    try {
      PublicKey publicKey =
          KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(publicKey);
      verifier.update(data);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      // Bytes that are no point of the curve, or a signature of another length.
      return false;
    }
  }

  /** Returns the key in base 32. */
  @Override
  public String toString() {
    return text;
  }

  // CRC-16/XMODEM.
  static int crc16(byte[] bytes, int length) {
    int crc = 0;
    for (int i = 0; i < length; i++) {
      crc ^= (bytes[i] & 0xff) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
      }
      crc &= 0xffff;
    }
    return crc;
  }
}
