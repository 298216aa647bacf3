package dev.hubkit.junit.trace;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.junit.journal.JournalEntry;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides how much of the payloads a trace contains: those of the last messages. */
final class PayloadBudget {
  private static final long MOST_BYTES = 6 << 20;
  // How long a character is that JSON escapes by its code.
  private static final int ESCAPE = 6;

  private final int first;
  private final int dropped;

  private PayloadBudget(int first, int dropped) {
    this.first = first;
    this.dropped = dropped;
  }

  /** Returns the budget of a trace. */
  static PayloadBudget of(List<TraceStep> steps) {
    long bytes = 0;
    int first = 0;
    for (int i = steps.size() - 1; i >= 0 && first == 0; i--) {
      JournalEntry entry = steps.get(i).entry();
      bytes += entry == null ? 0 : Math.min(entry.payloadLength(), entry.text().length() + 1L);
      if (bytes > MOST_BYTES) {
        first = i + 1;
      }
    }
    int dropped = 0;
    for (TraceStep step : steps.subList(0, first)) {
      dropped += step.entry() != null && step.entry().payloadLength() > 0 ? 1 : 0;
    }
    return new PayloadBudget(first, dropped);
  }

  /** Returns how many messages have no payload because there is no room. */
  int dropped() {
    return dropped;
  }

  /** Writes the payload of a step as text, or as Base64 where that is shorter or it is no text. */
  void write(int at, JournalEntry entry, JsonWriter out) {
    if (at < first || entry.payloadLength() == 0) {
      return;
    }
    byte[] payload = entry.payload();
    String text = text(payload, payload.length < entry.payloadLength());
    if (text == null) {
      out.field("b", Base64.getEncoder().encodeToString(payload));
    } else {
      out.field("p", text);
    }
  }

  private static @Nullable String text(byte[] payload, boolean cut) {
    for (int spare = 0; spare <= (cut ? 3 : 0) && spare < payload.length; spare++) {
      try {
        String text =
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(payload, 0, payload.length - spare))
                .toString();
        return isShort(text) ? text : null;
      } catch (CharacterCodingException e) {
        // A payload that was cut may end within a character; others are no text.
      }
    }
    return null;
  }

  private static boolean isShort(String text) {
    long length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean escaped = (c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == '<' || c == '>';
      length += escaped ? ESCAPE : 1;
    }
    return length <= 2L * text.length();
  }
}
