package dev.hubkit.nats.jetstream.store;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The keys that files are encrypted with: of a server, of one of its accounts, or of a stream. The
 * key of an account comes from that of the server, the key of a stream from that of its account,
 * and each file has one of its own: each time HMAC-SHA-256 of what the key is for. Besides the key
 * for what is written there may be the one from before, for what is read. Immutable.
 *
 * <p>{@link #toString} does not tell the keys.
 */
public final class StoreKeys {
  private final StoreCipher cipher;
  private final byte[] current;
  private final byte @Nullable [] previous;

  private StoreKeys(StoreCipher cipher, byte[] current, byte @Nullable [] previous) {
    this.cipher = cipher;
    this.current = current;
    this.previous = previous;
  }

  /**
   * The keys of a server.
   *
   * @param key any text but the empty one
   * @param previous the key before; empty for none
   */
  public static StoreKeys of(StoreCipher cipher, String key, String previous) {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("The key of a store must not be empty");
    }
    return new StoreKeys(cipher, root(key), previous.isEmpty() ? null : root(previous));
  }

  private static byte[] root(String key) {
    return derive(key.getBytes(StandardCharsets.UTF_8), "server", new byte[0]);
  }

  /** The keys of an account. */
  public StoreKeys forAccount(String name) {
    return derived("account", name);
  }

  /** The keys of a stream of this account. */
  StoreKeys forStream(String name) {
    return derived("stream", name);
  }

  private StoreKeys derived(String purpose, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    byte[] before = previous;
    return new StoreKeys(
        cipher,
        derive(current, purpose, bytes),
        before == null ? null : derive(before, purpose, bytes));
  }

  /** The cipher for what is written. */
  public StoreCipher cipher() {
    return cipher;
  }

  /** A key for a purpose, by the key for what is written. */
  byte[] current(String purpose, byte[] context) {
    return derive(current, purpose, context);
  }

  /** A key for a purpose, by the key from before; null when there is none. */
  byte @Nullable [] previous(String purpose, byte[] context) {
    byte[] before = previous;
    return before == null ? null : derive(before, purpose, context);
  }

  private static byte[] derive(byte[] key, String purpose, byte[] context) {
    Mac mac = hmac(key);
    mac.update(purpose.getBytes(StandardCharsets.US_ASCII));
    mac.update((byte) 0);
    return mac.doFinal(context);
  }

  /** HMAC-SHA-256 with a key. */
  static Mac hmac(byte[] key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  @Override
  public String toString() {
    return cipher + (previous == null ? ", one key" : ", a key and the one before");
  }
}
