package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.MalformedContentException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads the cards of an artifact: lines of words with one space between them. */
final class ArtifactCardReader {
  private final byte[] bytes;
  private final int end;
  private int position;
  private boolean atLineEnd = true;
  private int line;
  private char card;

  ArtifactCardReader(byte[] bytes, int start, int end) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** The type of the next card, 0 after the last one. */
  char next() {
    if (!atLineEnd) {
      throw malformed("extra words");
    }
    if (position >= end) {
      return 0;
    }
    line++;
    card = (char) (bytes[position] & 0xff);
    if (card < 'A' || card > 'Z') {
      throw malformed("not a card");
    }
    int after = position + 1 < end ? bytes[position + 1] : -1;
    if (after != ' ' && after != '\n') {
      throw malformed("a card is one letter");
    }
    atLineEnd = after == '\n';
    position += 2;
    return card;
  }

  int position() {
    return position;
  }

  /** Skips the rest of a line, which has this many bytes including its end. */
  void skip(int bytes) {
    position += bytes;
    atLineEnd = true;
  }

  boolean atLineEnd() {
    return atLineEnd;
  }

  /** The next word, undecoded; null at the end of the line. */
  @Nullable String word() {
    if (atLineEnd) {
      return null;
    }
    int start = position;
    while (position < end && bytes[position] != ' ' && bytes[position] != '\n') {
      if (bytes[position] == 0) {
        throw malformed("a NUL byte");
      }
      position++;
    }
    if (position >= end) {
      throw malformed("no end of line");
    }
    int length = position - start;
    atLineEnd = bytes[position++] == '\n';
    return new String(bytes, start, length, StandardCharsets.UTF_8);
  }

  String word(String what) {
    String word = word();
    if (word == null) {
      throw malformed("no " + what);
    }
    return word;
  }

  @Nullable String text() {
    String word = word();
    return word == null ? null : unescape(word);
  }

  String text(String what) {
    return unescape(word(what));
  }

  ArtifactName name(String what) {
    return name(what, word(what));
  }

  @Nullable ArtifactName nameOrEnd(String what) {
    String word = word();
    return word == null ? null : name(what, word);
  }

  ArtifactName name(String what, String word) {
    if (!ArtifactName.isName(word)) {
      throw malformed(what + " is no artifact hash");
    }
    return new ArtifactName(word);
  }

  String hex(String what, int digits) {
    String word = word(what);
    if (word.length() != digits) {
      throw malformed(what + " has not " + digits + " digits");
    }
    for (int i = 0; i < digits; i++) {
      if (Character.digit(word.charAt(i), 16) < 0) {
        throw malformed(what + " is not hexadecimal");
      }
    }
    return word;
  }

  /** The text after a W card, with the line end that follows it. */
  String body() {
    String word = word("size");
    int size = 0;
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c < '0' || c > '9' || size > (Integer.MAX_VALUE - 9) / 10) {
        throw malformed("the size is no number");
      }
      size = size * 10 + (c - '0');
    }
    if (!atLineEnd) {
      throw malformed("extra words");
    }
    if (size >= end - position) {
      throw malformed("less text than the stated " + size + " bytes");
    }
    if (bytes[position + size] != '\n') {
      throw malformed("no line end after the text");
    }
    String text = new String(bytes, position, size, StandardCharsets.UTF_8);
    position += size + 1;
    return text;
  }

  MalformedContentException malformed(String what) {
    String shown = card >= ' ' && card < 127 ? String.valueOf(card) : "#" + (int) card;
    return new MalformedContentException("artifact, card " + line + " (" + shown + "): " + what);
  }

  static String unescape(String word) {
    int slash = word.indexOf('\\');
    if (slash < 0) {
      return word;
    }
    StringBuilder text = new StringBuilder(word.length()).append(word, 0, slash);
    for (int i = slash; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == '\\' && i + 1 < word.length()) {
        c = word.charAt(++i);
        c =
            switch (c) {
              case 's' -> ' ';
              case 'n' -> '\n';
              case 't' -> '\t';
              case 'r' -> '\r';
              case 'v' -> '\u000b';
              case 'f' -> '\f';
              case '0' -> '\0';
              default -> c;
            };
      }
      text.append(c);
    }
    return text.toString();
  }
}
