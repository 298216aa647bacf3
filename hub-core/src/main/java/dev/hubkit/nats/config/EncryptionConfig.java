package dev.hubkit.nats.config;

/**
 * How JetStream encrypts what it stores. {@link #toString} does not tell the keys.
 *
 * @param cipher {@code chacha}, {@code chachapoly} or {@code aes}, in any case
 * @param key the key for what is written; empty when nothing is encrypted
 * @param previousKey the key before, for what is read; empty for none
 */
public record EncryptionConfig(String cipher, String key, String previousKey) {
  /** Nothing is encrypted. */
  public static final EncryptionConfig NONE = new EncryptionConfig("chacha", "", "");

  /** The name of the cipher, as nats-server tells it. */
  public String cipherName() {
    return cipher.equalsIgnoreCase("aes") ? "AES-GCM" : "ChaCha20-Poly1305";
  }

  @Override
  public String toString() {
    return key.isEmpty() ? "none" : cipherName();
  }
}
