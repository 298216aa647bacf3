package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a client to a delivery: the subject identifies the delivery (ADR-15), the payload
 * tells the kind. Numbers that cannot be read are {@link Long#MAX_VALUE}, which no message has.
 *
 * @param argument what follows the keyword, trimmed: the delay of a nak, the reason of a term, the
 *     request of a next
 * @param streamSeq 0 when the subject has another form altogether
 * @param reply the subject for a confirmation; null for none
 */
public record Ack(
    Kind kind,
    String argument,
    long streamSeq,
    long consumerSeq,
    long deliveries,
    @Nullable String reply) {

  private static final int TOKENS = 9;
  private static final int TOKENS_WITH_DOMAIN = 11;

  /** The kinds of answers. */
  public enum Kind {
    ACK,
    NAK,
    PROGRESS,
    NEXT,
    TERM,
    UNKNOWN
  }

  /** Returns whether the client needs the message no more. */
  public boolean settles() {
    return kind == Kind.ACK || kind == Kind.TERM;
  }

  public static Ack parse(Message message) {
    byte[] bytes = message.buffer();
    int from = message.payloadOffset();
    int length = message.payloadLength();
    Kind kind = kind(bytes, from, length);
    int word = kind == Kind.TERM ? 5 : 4;
    boolean argued = length > word && (kind == Kind.NAK || kind == Kind.NEXT || kind == Kind.TERM);
    String argument =
        argued ? new String(bytes, from + word, length - word, StandardCharsets.UTF_8).strip() : "";

    String subject = message.subject();
    int tokens = 1;
    for (int i = 0; i < subject.length(); i++) {
      if (subject.charAt(i) == '.') {
        tokens++;
      }
    }
    if ((tokens != TOKENS && tokens < TOKENS_WITH_DOMAIN) || !subject.startsWith("$JS.ACK.")) {
      return new Ack(kind, argument, 0, 0, 0, message.reply());
    }
    int at = 0;
    for (int skip = tokens == TOKENS ? 4 : 6; skip > 0; skip--) {
      at = subject.indexOf('.', at) + 1;
    }
    int second = subject.indexOf('.', at) + 1;
    int third = subject.indexOf('.', second) + 1;
    return new Ack(
        kind,
        argument,
        number(subject, second),
        number(subject, third),
        number(subject, at),
        message.reply());
  }

  private static Kind kind(byte[] bytes, int from, int length) {
    if (length == 0 || is(bytes, from, length, "+ACK") || is(bytes, from, length, "+OK")) {
      return Kind.ACK;
    }
    if (is(bytes, from, length, "+WPI")) {
      return Kind.PROGRESS;
    }
    if (starts(bytes, from, length, "-NAK")) {
      return Kind.NAK;
    }
    if (starts(bytes, from, length, "+NXT")) {
      return Kind.NEXT;
    }
    return starts(bytes, from, length, "+TERM") ? Kind.TERM : Kind.UNKNOWN;
  }

  private static boolean is(byte[] bytes, int from, int length, String word) {
    return length == word.length() && starts(bytes, from, length, word);
  }

  private static boolean starts(byte[] bytes, int from, int length, String word) {
    if (length < word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (bytes[from + i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static long number(String subject, int start) {
    long value = 0;
    int at = start;
    for (; at < subject.length() && subject.charAt(at) != '.'; at++) {
      int digit = subject.charAt(at) - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        return Long.MAX_VALUE;
      }
      value = value * 10 + digit;
    }
    return at == start ? Long.MAX_VALUE : value;
  }
}
