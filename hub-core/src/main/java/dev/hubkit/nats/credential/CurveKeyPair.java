package dev.hubkit.nats.credential;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.XECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;

/**
 * An X25519 key with which a server and a service encrypt messages to each other: XKeys, boxes of
 * NaCl (X25519, XSalsa20, Poly1305) behind the word {@code xkv1} and a nonce. Thread-safe.
 *
 * @see <a href="https://github.com/nats-io/nkeys">nkeys</a>
 */
public final class CurveKeyPair {
  private static final byte[] VERSION = {'x', 'k', 'v', '1'};
  private static final int NONCE = 24;
  private static final int TAG = 16;
  private static final int KEY = 32;
  private static final BigInteger P = BigInteger.ONE.shiftLeft(130).subtract(BigInteger.valueOf(5));
  private static final SecureRandom RANDOM = new SecureRandom();

  private final PrivateKey privateKey;
  private final String publicKey;

  private CurveKeyPair(PrivateKey privateKey, byte[] publicKey) {
    this.privateKey = privateKey;
    this.publicKey = NKey.encode(NKey.Role.CURVE, publicKey);
  }

  /** Makes a new key from the platform's secure random source. */
  public static CurveKeyPair generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("X25519").generateKeyPair();
      return new CurveKeyPair(
          pair.getPrivate(), littleEndian(((XECPublicKey) pair.getPublic()).getU(), KEY));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform since 11 has X25519", e);
    }
  }

  /** Returns the key pair of 32 secret bytes whose public bytes are known. */
  static CurveKeyPair of(byte[] secret, byte[] publicBytes) throws GeneralSecurityException {
    PrivateKey key =
        KeyFactory.getInstance("X25519")
            .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, secret));
    return new CurveKeyPair(key, publicBytes);
  }

  /** Returns the public key in base 32. */
  public String publicKey() {
    return publicKey;
  }

  /**
   * Encrypts for the owner of a public curve key. * @throws CredentialException if the key is not
   * valid
   */
  public byte[] seal(byte[] text, String recipient) throws CredentialException {
    byte[] nonce = new byte[NONCE];
    RANDOM.nextBytes(nonce);
    byte[] box = box(text, nonce, recipient);
    byte[] sealed = Arrays.copyOf(VERSION, VERSION.length + NONCE + box.length);
    System.arraycopy(nonce, 0, sealed, VERSION.length, NONCE);
    System.arraycopy(box, 0, sealed, VERSION.length + NONCE, box.length);
    return sealed;
  }

  /** Returns a box of NaCl: an authenticator of 16 bytes and the encrypted text. */
  byte[] box(byte[] text, byte[] nonce, String recipient) throws CredentialException {
    byte[] stream = Salsa.stream(shared(recipient), nonce, KEY + text.length);
    byte[] box = new byte[TAG + text.length];
    for (int i = 0; i < text.length; i++) {
      box[TAG + i] = (byte) (text[i] ^ stream[KEY + i]);
    }
    System.arraycopy(tag(stream, box, TAG), 0, box, 0, TAG);
    return box;
  }

  /**
   * Decrypts what the owner of a public curve key has sealed for this one.
   *
   * @throws CredentialException if it is not a sealed text for this key, or was changed
   */
  public byte[] open(byte[] sealed, String sender) throws CredentialException {
    int start = VERSION.length + NONCE;
    if (sealed.length <= start + TAG) {
      throw new CredentialException("nkeys: encrypted input is not valid");
    }
    if (!Arrays.equals(sealed, 0, VERSION.length, VERSION, 0, VERSION.length)) {
      throw new CredentialException("nkeys: encrypted input wrong version");
    }
    byte[] nonce = Arrays.copyOfRange(sealed, VERSION.length, start);
    int length = sealed.length - start - TAG;
    byte[] stream = Salsa.stream(shared(sender), nonce, KEY + length);
    byte[] tag = Arrays.copyOfRange(sealed, start, start + TAG);
    if (!MessageDigest.isEqual(tag, tag(stream, sealed, start + TAG))) {
      throw new CredentialException("nkeys: could not decrypt input");
    }
    byte[] text = new byte[length];
    for (int i = 0; i < length; i++) {
      text[i] = (byte) (sealed[start + TAG + i] ^ stream[KEY + i]);
    }
    return text;
  }

  private byte[] shared(String other) throws CredentialException {
    NKey key = NKey.parse(other);
    if (key.role() != NKey.Role.CURVE) {
      throw new CredentialException("nkeys: not a valid curve key");
    }
    try {
      byte[] u = key.bytes();
      // RFC 7748, 5: the highest bit is not looked at.
      u[KEY - 1] &= 0x7f;
      PublicKey theirs =
          KeyFactory.getInstance("X25519")
              .generatePublic(
                  new XECPublicKeySpec(NamedParameterSpec.X25519, fromLittleEndian(u, 0, KEY)));
      KeyAgreement agreement = KeyAgreement.getInstance("X25519");
      agreement.init(privateKey);
      agreement.doPhase(theirs, true);
      return Salsa.derive(agreement.generateSecret(), new byte[16]);
    } catch (GeneralSecurityException e) {
      throw new CredentialException("nkeys: not a valid curve key", e);
    }
  }

  // Poly1305 (RFC 8439, 2.5) with the first 32 bytes of the stream as its key.
  private static byte[] tag(byte[] stream, byte[] text, int from) {
    byte[] clamped = Arrays.copyOf(stream, 16);
    for (int i = 3; i < 16; i += 4) {
      clamped[i] &= 0x0f;
    }
    for (int i = 4; i < 16; i += 4) {
      clamped[i] &= (byte) 0xfc;
    }
    BigInteger r = fromLittleEndian(clamped, 0, 16);
    BigInteger sum = BigInteger.ZERO;
    for (int at = from; at < text.length; at += 16) {
      int length = Math.min(16, text.length - at);
      BigInteger block = fromLittleEndian(text, at, length).setBit(8 * length);
      sum = sum.add(block).multiply(r).mod(P);
    }
    return littleEndian(sum.add(fromLittleEndian(stream, 16, 16)), 16);
  }

  private static BigInteger fromLittleEndian(byte[] bytes, int offset, int length) {
    byte[] reversed = new byte[length];
    for (int i = 0; i < length; i++) {
      reversed[i] = bytes[offset + length - 1 - i];
    }
    return new BigInteger(1, reversed);
  }

  private static byte[] littleEndian(BigInteger number, int length) {
    byte[] big = number.toByteArray();
    byte[] bytes = new byte[length];
    for (int i = 0; i < Math.min(length, big.length); i++) {
      bytes[i] = big[big.length - 1 - i];
    }
    return bytes;
  }
}
