package dev.hubkit.nats.wire;

import java.security.SecureRandom;

/** Makes unique names: 22 letters and digits, as nats-server does. */
public final class Nuid {
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int LENGTH = 22;
  private static final SecureRandom RANDOM = new SecureRandom();

  private Nuid() {}

  /** Returns a new name. Thread-safe. */
  public static String next() {
    return of(LENGTH);
  }

  /** Returns {@code length} random letters and digits. */
  public static String of(int length) {
    char[] text = new char[length];
    for (int i = 0; i < length; i++) {
      text[i] = DIGITS.charAt(RANDOM.nextInt(DIGITS.length()));
    }
    return new String(text);
  }
}
