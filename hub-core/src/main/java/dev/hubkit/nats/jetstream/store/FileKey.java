package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.zip.CRC32C;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The key of one encrypted file. It comes from the key of the stream and from what the file begins
 * with, twice, so that no small damage makes all of it unreadable; numbers little-endian:
 *
 * <pre>
 * 8  "HubEnc" and a version of two bytes
 * 4  code of the cipher
 * 32 a random number, which makes the key one of its own
 * 16 the first bytes of an HMAC-SHA-256 of all that, which tell whether a key is the right one
 * 4  CRC-32C of all that
 * </pre>
 */
final class FileKey {
  private static final int COPY = 64;
  private static final int SALT = 12;
  private static final int CHECK = 44;
  private static final int SUM = 60;

  /** The length of what a file begins with. */
  static final int HEADER = 2 * COPY;

  private static final byte[] MAGIC = {'H', 'u', 'b', 'E', 'n', 'c', 0, 1};
  private static final SecureRandom RANDOM = new SecureRandom();

  private final StoreCipher cipher;
  private final SecretKey key;
  private final int tag;
  private final byte[] header;
  private final boolean isCurrent;

  private FileKey(StoreCipher cipher, byte[] key, byte[] copy, boolean isCurrent) {
    this.cipher = cipher;
    this.key = new SecretKeySpec(key, cipher.algorithm());
    this.isCurrent = isCurrent;
    tag = LogRecord.getInt(copy, SALT);
    header = Arrays.copyOf(copy, HEADER);
    System.arraycopy(copy, 0, header, COPY, COPY);
  }

  /** A key for a new file. */
  static FileKey create(StoreKeys keys) {
    byte[] copy = new byte[COPY];
    System.arraycopy(MAGIC, 0, copy, 0, MAGIC.length);
    LogRecord.putInt(copy, MAGIC.length, keys.cipher().code());
    byte[] salt = random(CHECK - SALT);
    System.arraycopy(salt, 0, copy, SALT, salt.length);
    byte[] check = check(keys.current("header", salt), copy);
    System.arraycopy(check, 0, copy, CHECK, check.length);
    LogRecord.putInt(copy, SUM, sum(copy, 0));
    return new FileKey(keys.cipher(), keys.current("content", salt), copy, true);
  }

  /**
   * The key of a file that begins with these bytes; null when they are damaged, or of no encrypted
   * file.
   *
   * @throws WrongKeyException if the file was encrypted with another key than these
   */
  static @Nullable FileKey open(StoreKeys keys, byte[] begin) throws IOException {
    byte[] copy = wholeCopy(begin);
    StoreCipher cipher = copy == null ? null : StoreCipher.of(LogRecord.getInt(copy, MAGIC.length));
    if (copy == null || cipher == null) {
      return null;
    }
    byte[] salt = Arrays.copyOfRange(copy, SALT, CHECK);
    if (isRight(keys.current("header", salt), copy)) {
      boolean isCurrent = cipher == keys.cipher();
      return new FileKey(cipher, keys.current("content", salt), copy, isCurrent);
    }
    byte[] before = keys.previous("header", salt);
    byte[] content = keys.previous("content", salt);
    if (before == null || content == null || !isRight(before, copy)) {
      throw WrongKeyException.noneFits();
    }
    return new FileKey(cipher, content, copy, false);
  }

  /** Whether a file that begins with these bytes is encrypted, as far as they tell. */
  static boolean isEncrypted(byte[] begin) {
    return isMagic(begin, 0) || isMagic(begin, COPY);
  }

  private static boolean isMagic(byte[] bytes, int at) {
    int end = at + MAGIC.length;
    return bytes.length >= end && Arrays.equals(bytes, at, end, MAGIC, 0, MAGIC.length);
  }

  private static byte @Nullable [] wholeCopy(byte[] begin) {
    for (int at = 0; at + COPY <= begin.length; at += COPY) {
      if (isMagic(begin, at) && LogRecord.getInt(begin, at + SUM) == sum(begin, at)) {
        return Arrays.copyOfRange(begin, at, at + COPY);
      }
    }
    return null;
  }

  private static int sum(byte[] bytes, int at) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, at, SUM);
    return (int) checksum.getValue();
  }

  private static byte[] check(byte[] key, byte[] copy) {
    return Arrays.copyOf(StoreKeys.hmac(key).doFinal(Arrays.copyOf(copy, CHECK)), SUM - CHECK);
  }

  private static boolean isRight(byte[] key, byte[] copy) {
    return MessageDigest.isEqual(check(key, copy), Arrays.copyOfRange(copy, CHECK, SUM));
  }

  /** Random bytes that nobody can guess. */
  static byte[] random(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /** What the file begins with. */
  byte[] header() {
    return header.clone();
  }

  StoreCipher cipher() {
    return cipher;
  }

  SecretKey key() {
    return key;
  }

  /** Distinguishes the file from others. */
  int tag() {
    return tag;
  }

  /** Whether a new file would have such a key: by the current one, for the same cipher. */
  boolean isCurrent() {
    return isCurrent;
  }
}
