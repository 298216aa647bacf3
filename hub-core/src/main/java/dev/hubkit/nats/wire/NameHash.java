package dev.hubkit.nats.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Computes the short hashes of names that nats-server puts into reply subjects and headers. */
public final class NameHash {
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int LENGTH = 8;

  private NameHash() {}

  /** Returns eight letters and digits from the SHA-256 of the name. */
  public static String of(String name) {
    byte[] hash;
    try {
      hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has SHA-256
    }
    StringBuilder text = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      text.append(DIGITS.charAt((hash[i] & 0xff) % DIGITS.length()));
    }
    return text.toString();
  }
}
