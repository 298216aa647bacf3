package dev.hubkit.nats.jetstream.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds the reply subjects of a consumer's deliveries, which identify the delivery and receive its
 * acknowledgement (ADR-15): {@code $JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer
 * seq>.<time>.<pending>}, or in the form with domain and account hash {@code
 * $JS.ACK.<domain>.<hash>.<stream>.…}. Not thread-safe.
 */
public final class AckSubject {
  /** Five numbers of at most 20 digits, and the dots between them. */
  private static final int NUMBERS = 5 * 20 + 4;

  private final byte[] bytes;
  private final int prefix;
  private final boolean ascii;

  public AckSubject(ConsumerPrefix consumer) {
    String start = "$JS.ACK." + consumer.text() + '.';
    byte[] text = start.getBytes(StandardCharsets.UTF_8);
    ascii = text.length == start.length();
    prefix = text.length;
    bytes = Arrays.copyOf(text, prefix + NUMBERS);
  }

  /** Returns the subject that a consumer subscribes to for its acknowledgements. */
  public static String wildcard(ConsumerPrefix consumer) {
    return "$JS.ACK." + consumer.text() + (consumer.isScoped() ? ".*.*.*.*.>" : ".*.*.*.*.*");
  }

  /** Returns the reply subject of one delivery; the time in nanoseconds since the epoch. */
  public String of(long deliveries, long streamSeq, long consumerSeq, long time, long pending) {
    int at = number(prefix, deliveries);
    bytes[at++] = '.';
    at = number(at, streamSeq);
    bytes[at++] = '.';
    at = number(at, consumerSeq);
    bytes[at++] = '.';
    at = number(at, time);
    bytes[at++] = '.';
    at = number(at, pending);
    return new String(bytes, 0, at, ascii ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
  }

  private int number(int at, long value) {
    if (value < 0) {
      byte[] text = Long.toString(value).getBytes(StandardCharsets.ISO_8859_1);
      System.arraycopy(text, 0, bytes, at, text.length);
      return at + text.length;
    }
    int end = at + digits(value);
    long rest = value;
    for (int i = end - 1; i >= at; i--) {
      long quotient = rest / 10;
      bytes[i] = (byte) ('0' + (rest - quotient * 10));
      rest = quotient;
    }
    return end;
  }

  private static int digits(long value) {
    int digits = 1;
    for (long limit = 10; digits < 19 && value >= limit; limit *= 10) {
      digits++;
    }
    return digits;
  }
}
