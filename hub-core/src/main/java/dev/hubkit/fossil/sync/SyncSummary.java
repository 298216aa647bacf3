package dev.hubkit.fossil.sync;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sync message and its answer, by the cards in them.
 *
 * @param login the user who signed the message; null when nobody did
 * @param received how many cards of which kind the message had, in the order of their first; kinds
 *     are named as in sync.wiki
 * @param sent the same for the answer
 * @param error the error in the answer; null for none
 */
public record SyncSummary(
    @Nullable String login,
    Map<String, Integer> received,
    Map<String, Integer> sent,
    @Nullable String error) {

  /** Counts the cards of both, up to a malformed card. */
  static SyncSummary of(@Nullable MessageSpool message, SyncReply reply) throws IOException {
    Tally received = new Tally();
    if (message != null) {
      try (InputStream in = message.open(0)) {
        received.read(in);
      }
    }
    Tally sent = new Tally();
    try (InputStream in = reply.format().decode(reply.open(), Long.MAX_VALUE)) {
      sent.read(in);
    }
    return new SyncSummary(received.login, received.counts, sent.counts, sent.error);
  }

  /** Returns how many cards of this kind the message had. */
  public int received(String kind) {
    return Objects.requireNonNullElse(received.get(kind), 0);
  }

  /** Returns how many cards of this kind the answer had. */
  public int sent(String kind) {
    return Objects.requireNonNullElse(sent.get(kind), 0);
  }

  private static final class Tally {
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private @Nullable String login;
    private @Nullable String error;

    void read(InputStream in) throws IOException {
      XferCardReader cards = new XferCardReader(in, Integer.MAX_VALUE - 16);
      try {
        for (Card card = cards.next(); card != null; card = cards.next()) {
          count(card);
        }
      } catch (SyncProtocolException e) {
        counts.merge("malformed", 1, Integer::sum);
      }
    }

    private void count(Card card) {
      if (card instanceof Card.Login signed) {
        login = signed.user();
      } else if (card instanceof Card.Failure failure) {
        error = failure.message();
      }
      if (!(card instanceof Card.Comment)) {
        counts.merge(card.kind(), 1, Integer::sum);
      }
    }
  }
}
