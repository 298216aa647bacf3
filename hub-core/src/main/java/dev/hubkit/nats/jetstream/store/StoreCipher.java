package dev.hubkit.nats.jetstream.store;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The ciphers that stores can be encrypted with, named as nats-server names them. */
public enum StoreCipher {
  /** ChaCha20-Poly1305 of RFC 8439. */
  CHACHA("ChaCha20-Poly1305", "ChaCha20-Poly1305", "ChaCha20", 1),
  /** AES-256 in Galois/Counter Mode. */
  AES("AES-GCM", "AES/GCM/NoPadding", "AES", 2);

  private final String text;
  private final String transformation;
  private final String algorithm;
  private final int code;

  StoreCipher(String text, String transformation, String algorithm, int code) {
    this.text = text;
    this.transformation = transformation;
    this.algorithm = algorithm;
    this.code = code;
  }

  /**
   * The cipher that the {@code cipher} field of a configuration means, as setJetStreamEkCipher of
   * nats-server reads it; null when it means none.
   */
  public static @Nullable StoreCipher named(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "chacha", "chachapoly" -> CHACHA;
      case "aes" -> AES;
      default -> null;
    };
  }

  /** The cipher of a code in a file; null when there is none. */
  static @Nullable StoreCipher of(int code) {
    for (StoreCipher each : values()) {
      if (each.code == code) {
        return each;
      }
    }
    return null;
  }

  /** What the cipher is called in a file. */
  int code() {
    return code;
  }

  /** The name by which the JDK knows the cipher. */
  String transformation() {
    return transformation;
  }

  /** The name by which the JDK knows its keys. */
  String algorithm() {
    return algorithm;
  }

  @Override
  public String toString() {
    return text;
  }
}
