package dev.hubkit.nats.jetstream.store;

import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.zip.CRC32C;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/**
 * Encrypts and decrypts the frames of a file: some bytes each, which can be read only when all of
 * them are what was written. A frame is, all numbers little-endian:
 *
 * <pre>
 * 4  CRC-32C of the next 20 bytes, xor what distinguishes the file from others
 * 4  length of the content
 * 4  where the content is in the file, counted as if nothing were encrypted
 * 12 nonce, which the file has only once
 * …  the content, encrypted
 * 16 the tag that authenticates the content and what is before it
 * </pre>
 *
 * <p>One thread uses one of these at a time: {@link #take} and {@link #giveBack}.
 */
final class FrameCipher {
  static final int PREFIX = 24;
  static final int TAG = 16;
  static final int OVERHEAD = PREFIX + TAG;
  static final int NONCE = 12;

  /** The most content that one frame has; a read of a byte decrypts so much. */
  static final int MAX_CONTENT = 16 * 1024;

  private static final int NONCE_AT = PREFIX - NONCE;
  private static final int MOST_KEPT = 8;
  private static final int LARGEST_KEPT = 128 * 1024;

  private static final Map<StoreCipher, ArrayBlockingQueue<FrameCipher>> IDLE =
      Map.of(
          StoreCipher.CHACHA,
          new ArrayBlockingQueue<>(MOST_KEPT),
          StoreCipher.AES,
          new ArrayBlockingQueue<>(MOST_KEPT));

  private final StoreCipher kind;
  private final byte[] lastNonce = new byte[NONCE]; // of the frame before
  private Cipher cipher;
  private final CRC32C checksum = new CRC32C();
  private final byte[] content = new byte[MAX_CONTENT + TAG];
  private byte[] bytes = new byte[MAX_CONTENT + OVERHEAD];

  private FrameCipher(StoreCipher kind) {
    this.kind = kind;
    cipher = newCipher(kind);
  }

  private static Cipher newCipher(StoreCipher kind) {
    try {
      return Cipher.getInstance(kind.transformation());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + kind, e);
    }
  }

  /** One that no other thread uses. */
  static FrameCipher take(StoreCipher kind) {
    FrameCipher idle = queue(kind).poll();
    return idle == null ? new FrameCipher(kind) : idle;
  }

  /** Lets others use it. */
  void giveBack() {
    if (bytes.length <= LARGEST_KEPT) {
      queue(kind).offer(this);
    }
  }

  private static ArrayBlockingQueue<FrameCipher> queue(StoreCipher kind) {
    ArrayBlockingQueue<FrameCipher> queue = IDLE.get(kind);
    if (queue == null) {
      throw new IllegalStateException("no queue for " + kind);
    }
    return queue;
  }

  /** Room for frames to be written or read. */
  byte[] room(int length) {
    if (bytes.length < length) {
      bytes = new byte[length];
    }
    return bytes;
  }

  /** Room for what a frame has, decrypted. */
  byte[] content() {
    return content;
  }

  /** Makes a frame at a place in an array; returns its length. */
  int encrypt(FileKey key, byte[] nonce, int start, byte[] content, int from, int length, int to) {
    byte[] out = bytes;
    LogRecord.putInt(out, to + 4, length);
    LogRecord.putInt(out, to + 8, start);
    System.arraycopy(nonce, 0, out, to + NONCE_AT, NONCE);
    System.arraycopy(nonce, 0, lastNonce, 0, NONCE);
    LogRecord.putInt(out, to, sum(out, to, checksum) ^ key.tag());
    try {
      cipher.init(Cipher.ENCRYPT_MODE, key.key(), parameters(out, to));
      cipher.updateAAD(out, to, PREFIX);
      return PREFIX + cipher.doFinal(content, from, length, out, to + PREFIX);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("can't encrypt with " + kind, e);
    }
  }

  /**
   * Decrypts the frame at the beginning of {@link #room}; false when it is not what was written.
   */
  boolean decrypt(FileKey key, int length, byte[] target) {
    if (Arrays.equals(lastNonce, 0, NONCE, bytes, NONCE_AT, PREFIX)) {
      // JDK 17 does not let ChaCha20 take the same nonce twice in a row, not even to decrypt.
      cipher = newCipher(kind);
    }
    System.arraycopy(bytes, NONCE_AT, lastNonce, 0, NONCE);
    try {
      cipher.init(Cipher.DECRYPT_MODE, key.key(), parameters(bytes, 0));
      cipher.updateAAD(bytes, 0, PREFIX);
      return cipher.doFinal(bytes, PREFIX, length + TAG, target, 0) == length;
    } catch (AEADBadTagException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("can't decrypt with " + kind, e);
    }
  }

  private AlgorithmParameterSpec parameters(byte[] frame, int at) {
    return kind == StoreCipher.AES
        ? new GCMParameterSpec(8 * TAG, frame, at + NONCE_AT, NONCE)
        : new IvParameterSpec(frame, at + NONCE_AT, NONCE);
  }

  // --- what is in front of the content ---

  /** The length of the content of a frame; negative when the bytes begin none. */
  static int length(byte[] bytes, int at, int tag, CRC32C checksum) {
    int length = LogRecord.getInt(bytes, at + 4);
    boolean isFrame =
        length > 0
            && length <= MAX_CONTENT
            && LogRecord.getInt(bytes, at + 8) >= 0
            && LogRecord.getInt(bytes, at) == (sum(bytes, at, checksum) ^ tag);
    return isFrame ? length : -1;
  }

  /** Where the content of a frame is in the file. */
  static int start(byte[] bytes, int at) {
    return LogRecord.getInt(bytes, at + 8);
  }

  private static int sum(byte[] bytes, int at, CRC32C checksum) {
    checksum.reset();
    checksum.update(bytes, at + 4, PREFIX - 4);
    return (int) checksum.getValue();
  }
}
