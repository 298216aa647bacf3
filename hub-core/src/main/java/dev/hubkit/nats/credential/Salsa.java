package dev.hubkit.nats.credential;

import java.util.Arrays;

/**
 * The stream cipher XSalsa20 (D. J. Bernstein, "Extending the Salsa20 nonce", 2011), which NaCl's
 * boxes are encrypted with. Keys have 32 bytes.
 */
final class Salsa {
  private static final int BLOCK = 64;
  private static final int ROUNDS = 20;
  // "expand 32-byte k", little endian.
  private static final int[] SIGMA = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

  private Salsa() {}

  /** Derives a key from a key and 16 bytes (HSalsa20). */
  static byte[] derive(byte[] key, byte[] input) {
    int[] state = state(key, words(input, 0, 4));
    rounds(state);
    byte[] derived = new byte[32];
    int[] from = {0, 5, 10, 15, 6, 7, 8, 9};
    for (int i = 0; i < from.length; i++) {
      write(derived, 4 * i, state[from[i]]);
    }
    return derived;
  }

  /** Returns {@code length} bytes of the key stream for a nonce of 24 bytes. */
  static byte[] stream(byte[] key, byte[] nonce, int length) {
    byte[] derived = derive(key, Arrays.copyOf(nonce, 16));
    int[] rest = words(nonce, 16, 2);
    byte[] stream = new byte[(length + BLOCK - 1) / BLOCK * BLOCK];
    for (int block = 0; block * BLOCK < length; block++) {
      int[] start = state(derived, new int[] {rest[0], rest[1], block, 0});
      int[] state = start.clone();
      rounds(state);
      for (int i = 0; i < state.length; i++) {
        write(stream, block * BLOCK + 4 * i, state[i] + start[i]);
      }
    }
    return Arrays.copyOf(stream, length);
  }

  private static int[] state(byte[] key, int[] input) {
    int[] k = words(key, 0, 8);
    return new int[] {
      SIGMA[0], k[0], k[1], k[2], k[3], SIGMA[1], input[0], input[1], input[2], input[3], SIGMA[2],
      k[4], k[5], k[6], k[7], SIGMA[3]
    };
  }

  private static void rounds(int[] x) {
    for (int i = 0; i < ROUNDS; i += 2) {
      quarter(x, 0, 4, 8, 12);
      quarter(x, 5, 9, 13, 1);
      quarter(x, 10, 14, 2, 6);
      quarter(x, 15, 3, 7, 11);
      quarter(x, 0, 1, 2, 3);
      quarter(x, 5, 6, 7, 4);
      quarter(x, 10, 11, 8, 9);
      quarter(x, 15, 12, 13, 14);
    }
  }

  private static void quarter(int[] x, int a, int b, int c, int d) {
    x[b] ^= Integer.rotateLeft(x[a] + x[d], 7);
    x[c] ^= Integer.rotateLeft(x[b] + x[a], 9);
    x[d] ^= Integer.rotateLeft(x[c] + x[b], 13);
    x[a] ^= Integer.rotateLeft(x[d] + x[c], 18);
  }

  private static int[] words(byte[] bytes, int offset, int count) {
    int[] words = new int[count];
    for (int i = 0; i < count; i++) {
      int at = offset + 4 * i;
      words[i] =
          (bytes[at] & 0xff)
              | (bytes[at + 1] & 0xff) << 8
              | (bytes[at + 2] & 0xff) << 16
              | (bytes[at + 3] & 0xff) << 24;
    }
    return words;
  }

  private static void write(byte[] to, int offset, int word) {
    to[offset] = (byte) word;
    to[offset + 1] = (byte) (word >> 8);
    to[offset + 2] = (byte) (word >> 16);
    to[offset + 3] = (byte) (word >> 24);
  }
}
