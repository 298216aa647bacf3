package dev.hubkit.json;

import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The escapes of Go's {@code json.Marshal}: those that JSON requires, with lower-case hexadecimal
 * digits, and those of characters that HTML could interpret or that end a line in JavaScript.
 */
final class GoEscapes extends CharacterEscapes {
  static final GoEscapes INSTANCE = new GoEscapes();

  private static final long serialVersionUID = 1L;
  private static final char LINE_SEPARATOR = 0x2028;
  private static final char PARAGRAPH_SEPARATOR = 0x2029;
  private static final SerializableString[] SEQUENCES = new SerializableString[128];
  private static final int[] CODES = CharacterEscapes.standardAsciiEscapesForJSON();

  static {
    for (char c = 0; c < CODES.length; c++) {
      // Negative values mark characters without a letter of their own, such as the n of a line end.
      if (CODES[c] < 0 || "<>&".indexOf(c) >= 0) {
        CODES[c] = ESCAPE_CUSTOM;
        SEQUENCES[c] = unicode(c);
      }
    }
  }

  private static SerializableString unicode(int c) {
    return new SerializedString(String.format(Locale.ROOT, "\\u%04x", c));
  }

  @Override
  public int[] getEscapeCodesForAscii() {
    return CODES;
  }

  @Override
  public @Nullable SerializableString getEscapeSequence(int c) {
    if (c < SEQUENCES.length) {
      return SEQUENCES[c];
    }
    return c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR ? unicode(c) : null;
  }
}
