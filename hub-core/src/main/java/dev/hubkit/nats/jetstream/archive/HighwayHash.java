package dev.hubkit.nats.jetstream.archive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * HighwayHash with 64 bits (https://arxiv.org/abs/1612.06257), with which nats-server guards its
 * files. Made for one key, used for one text after the other. Not thread-safe.
 */
final class HighwayHash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int PACKET = 32;
  private static final long[] INIT_0 = {
    0xdbe6d5d5fe4cce2fL, 0xa4093822299f31d0L, 0x13198a2e03707344L, 0x243f6a8885a308d3L
  };
  private static final long[] INIT_1 = {
    0x3bd39e10cb0ef593L, 0xc0acf169b5f18a8cL, 0xbe5466cf34e90c6cL, 0x452821e638d01377L
  };

  private final long[] key = new long[4];
  private final long[] v0 = new long[4];
  private final long[] v1 = new long[4];
  private final long[] mul0 = new long[4];
  private final long[] mul1 = new long[4];
  private final byte[] rest = new byte[PACKET];
  private int held;

  /** With the key that nats-server makes of a name. */
  HighwayHash(String name) {
    byte[] digest = sha256(name.getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < key.length; i++) {
      key[i] = (long) LONGS.get(digest, 8 * i);
    }
    reset();
  }

  private static byte[] sha256(byte[] text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }

  private void reset() {
    for (int i = 0; i < 4; i++) {
      mul0[i] = INIT_0[i];
      mul1[i] = INIT_1[i];
      v0[i] = INIT_0[i] ^ key[i];
      v1[i] = INIT_1[i] ^ Long.rotateLeft(key[i], 32);
    }
    held = 0;
  }

  /** Adds bytes to the text. */
  void add(byte[] bytes, int offset, int length) {
    int from = offset;
    int end = offset + length;
    if (held > 0) {
      int taken = Math.min(PACKET - held, length);
      System.arraycopy(bytes, from, rest, held, taken);
      held += taken;
      from += taken;
      if (held < PACKET) {
        return;
      }
      packet(rest, 0);
      held = 0;
    }
    for (; end - from >= PACKET; from += PACKET) {
      packet(bytes, from);
    }
    held = end - from;
    System.arraycopy(bytes, from, rest, 0, held);
  }

  /** The hash of the text; the next one begins. Its eight bytes are stored little endian. */
  long finish() {
    if (held > 0) {
      remainder();
    }
    byte[] packet = new byte[PACKET];
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < 4; i++) {
        LONGS.set(packet, 8 * i, Long.rotateLeft(v0[(i + 2) % 4], 32));
      }
      packet(packet, 0);
    }
    long hash = v0[0] + v1[0] + mul0[0] + mul1[0];
    reset();
    return hash;
  }

  private void remainder() {
    int size = held;
    byte[] packet = new byte[PACKET];
    for (int i = 0; i < 4; i++) {
      v0[i] += ((long) size << 32) + size;
      int low = Integer.rotateLeft((int) v1[i], size);
      int high = Integer.rotateLeft((int) (v1[i] >>> 32), size);
      v1[i] = ((long) high << 32) | (low & 0xffffffffL);
    }
    int loose = size & 3;
    int whole = size - loose;
    System.arraycopy(rest, 0, packet, 0, whole);
    if (size >= 16) {
      System.arraycopy(rest, size - 4, packet, 28, 4);
    } else if (loose != 0) {
      packet[16] = rest[whole];
      packet[17] = rest[whole + (loose >> 1)];
      packet[18] = rest[size - 1];
    }
    packet(packet, 0);
    Arrays.fill(rest, (byte) 0);
  }

  private void packet(byte[] bytes, int at) {
    for (int i = 0; i < 4; i++) {
      v1[i] += (long) LONGS.get(bytes, at + 8 * i) + mul0[i];
      mul0[i] ^= (v1[i] & 0xffffffffL) * (v0[i] >>> 32);
      v0[i] += mul1[i];
      mul1[i] ^= (v0[i] & 0xffffffffL) * (v1[i] >>> 32);
    }
    zip(v1, v0, 0);
    zip(v1, v0, 2);
    zip(v0, v1, 0);
    zip(v0, v1, 2);
  }

  // Mixes two words byte by byte into two others.
  private static void zip(long[] from, long[] to, int at) {
    long a = from[at];
    long b = from[at + 1];
    to[at] +=
        octet(a, 3)
            | octet(b, 4) << 8
            | octet(a, 2) << 16
            | octet(a, 5) << 24
            | octet(b, 6) << 32
            | octet(a, 1) << 40
            | octet(b, 7) << 48
            | octet(a, 0) << 56;
    to[at + 1] +=
        octet(b, 3)
            | octet(a, 4) << 8
            | octet(b, 2) << 16
            | octet(b, 5) << 24
            | octet(b, 1) << 32
            | octet(a, 6) << 40
            | octet(b, 0) << 48
            | octet(a, 7) << 56;
  }

  private static long octet(long word, int number) {
    return (word >>> (8 * number)) & 0xff;
  }
}
