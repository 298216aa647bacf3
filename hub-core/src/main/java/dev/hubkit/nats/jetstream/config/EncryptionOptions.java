package dev.hubkit.nats.jetstream.config;

/**
 * How what is stored is encrypted. {@link #toString} does not tell the keys.
 *
 * @param cipher {@code chacha}, {@code chachapoly} or {@code aes}
 * @param key the key for what is written; not empty
 * @param previousKey the key before, for what is read; empty for none
 */
public record EncryptionOptions(String cipher, String key, String previousKey) {
  @Override
  public String toString() {
    return cipher;
  }
}
