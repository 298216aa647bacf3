package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.content.ArtifactName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the cards of a message as it streams in. The largest line and the largest content bound its
 * memory, which only grows as bytes really arrive.
 *
 * <p>It is as strict as C fossil about malformed cards, and as lenient elsewhere: it skips empty
 * lines and drops tokens beyond the sixth. Not thread-safe.
 */
final class XferCardReader {
  /** The longest line, in bytes. Artifact names and pragmas are far below; a link may be long. */
  static final int MAX_LINE = 64 * 1024;

  private static final int MAX_TOKENS = 6;
  private static final int FIRST_READ = 1 << 20;

  private final InputStream in;
  private final int maxContent;
  private byte[] buffer = new byte[16 * 1024];
  private int position;
  private int limit;
  private long consumed;

  private int lineStart;
  private int lineEnd;
  private int tokens;
  private final int[] starts = new int[MAX_TOKENS];
  private final int[] ends = new int[MAX_TOKENS];

  /**
   * @param in an uncompressed message
   * @param maxContent the most bytes of content that one card may have
   */
  XferCardReader(InputStream in, int maxContent) {
    this.in = in;
    this.maxContent = maxContent;
  }

  /** Returns how many bytes of the message have been read as cards. */
  long position() {
    return consumed;
  }

  /**
   * Returns the first card that is not a comment, of a message of which only the beginning is
   * there; null when there is none.
   */
  @Nullable Card first() throws IOException {
    try {
      Card first = next();
      while (first instanceof Card.Comment) {
        first = next();
      }
      return first;
    } catch (SyncProtocolException e) {
      return null;
    }
  }

  /**
   * Returns the next card, or null at the end of the message.
   *
   * @throws SyncProtocolException if the card is malformed or unknown
   */
  @Nullable Card next() throws IOException {
    while (readLine()) {
      if (lineStart < lineEnd && buffer[lineStart] == '#') {
        int text = Math.min(lineStart + (startsWithMarkAndBlank() ? 2 : 1), lineEnd);
        return new Card.Comment(string(text, lineEnd).stripTrailing());
      }
      tokenize();
      if (tokens > 0) {
        return card();
      }
    }
    return null;
  }

  private boolean startsWithMarkAndBlank() {
    return lineStart + 1 < lineEnd && buffer[lineStart + 1] == ' ';
  }

  private Card card() throws IOException {
    String kind = token(0);
    int exactly = tokensOf(kind);
    if (exactly > 0 && tokens != exactly) {
      throw malformed();
    }
    return switch (kind) {
      case "file" -> file();
      case "cfile" -> compressedFile();
      case "uvfile" -> unversionedFile();
      case "igot" -> igot();
      case "gimme" -> new Card.Gimme(name(1));
      case "uvigot" ->
          new Card.UnversionedIgot(fileName(1), longInteger(2), nameOrDash(3), integer(4));
      case "uvgimme" -> new Card.UnversionedGimme(fileName(1));
      case "clone" -> cloneCard();
      case "clone_seqno" -> new Card.CloneSequence(integer(1));
      case "pull" -> new Card.Pull(token(1), code(2));
      case "push" -> new Card.Push(token(1), code(2));
      case "login" -> new Card.Login(CardText.decode(token(1)), token(2), token(3));
      case "cookie" -> new Card.Cookie(token(1));
      case "private" -> new Card.Private();
      case "reqconfig" -> new Card.ConfigRequest(token(1));
      case "config" -> config();
      case "pragma" -> pragma();
      case "error" -> new Card.Failure(CardText.decode(token(1)));
      case "message" -> new Card.Message(CardText.decode(token(1)));
      default -> throw malformed();
    };
  }

  /** How many tokens a card of the kind has; 0 where that varies. */
  private static int tokensOf(String kind) {
    return switch (kind) {
      case "gimme", "uvgimme", "clone_seqno", "cookie", "reqconfig", "error", "message" -> 2;
      case "pull", "push", "config" -> 3;
      case "login" -> 4;
      case "uvigot" -> 5;
      case "uvfile" -> 6;
      default -> 0;
    };
  }

  private Card file() throws IOException {
    if (tokens < 3 || tokens > 4) {
      throw malformed();
    }
    ArtifactName name = name(1);
    ArtifactName source = tokens == 4 ? name(2) : null;
    return new Card.File(name, source, content(integer(tokens - 1)));
  }

  private Card compressedFile() throws IOException {
    if (tokens < 4 || tokens > 5) {
      throw malformed();
    }
    ArtifactName name = name(1);
    ArtifactName source = tokens == 5 ? name(2) : null;
    int size = integer(tokens - 2);
    return new Card.CompressedFile(name, source, size, content(integer(tokens - 1)));
  }

  private Card unversionedFile() throws IOException {
    String name = fileName(1);
    long mtime = longInteger(2);
    ArtifactName hash = nameOrDash(3);
    int size = integer(4);
    int flags = integer(5);
    boolean withContent =
        hash != null
            && (flags & (Card.UnversionedFile.DELETED | Card.UnversionedFile.NO_CONTENT)) == 0;
    return new Card.UnversionedFile(
        name, mtime, hash, size, flags, withContent ? content(size) : null);
  }

  private Card igot() throws IOException {
    if (tokens < 2) {
      throw malformed();
    }
    return new Card.Igot(name(1), tokens > 2 && tokenIs(2, '1'));
  }

  private Card cloneCard() throws IOException {
    if (tokens == 3) {
      int version = integer(1);
      int sequence = integer(2);
      if (version >= 2) {
        return new Card.Clone(Math.min(version, 3), sequence);
      }
    }
    return new Card.Clone(1, 0);
  }

  private Card config() throws IOException {
    return new Card.Config(token(1), content(integer(2)));
  }

  private Card pragma() throws IOException {
    if (tokens < 2) {
      throw malformed();
    }
    List<String> values = new ArrayList<>(tokens - 2);
    for (int i = 2; i < tokens; i++) {
      values.add(token(i));
    }
    return new Card.Pragma(token(1), values);
  }

  private String token(int index) {
    return string(starts[index], ends[index]);
  }

  private boolean tokenIs(int index, char c) {
    return ends[index] - starts[index] == 1 && buffer[starts[index]] == c;
  }

  private ArtifactName name(int index) throws SyncProtocolException {
    return new ArtifactName(code(index));
  }

  /** Reads the digits of an artifact name or of the code of a project or server. */
  private String code(int index) throws SyncProtocolException {
    String code = token(index);
    if (!ArtifactName.isName(code)) {
      throw malformed();
    }
    return code;
  }

  private @Nullable ArtifactName nameOrDash(int index) throws SyncProtocolException {
    return tokenIs(index, '-') ? null : name(index);
  }

  private String fileName(int index) throws SyncProtocolException {
    String name = token(index);
    if (!SimplePathname.isSimple(name)) {
      throw malformed();
    }
    return name;
  }

  private int integer(int index) throws SyncProtocolException {
    long value = longInteger(index);
    if (value > Integer.MAX_VALUE) {
      throw malformed();
    }
    return (int) value;
  }

  private long longInteger(int index) throws SyncProtocolException {
    long value = 0;
    for (int i = starts[index]; i < ends[index]; i++) {
      int digit = buffer[i] - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        throw malformed();
      }
      value = value * 10 + digit;
    }
    return value;
  }

  /** Returns an exception in the words of C fossil, with the line that was malformed. */
  private SyncProtocolException malformed() {
    String line = string(lineStart, Math.min(lineEnd, lineStart + 200)).strip();
    return new SyncProtocolException("bad command: " + line);
  }

  private String string(int from, int to) {
    return new String(buffer, from, to - from, StandardCharsets.UTF_8);
  }

  private byte[] content(int size) throws IOException {
    if (size > maxContent) {
      throw new SyncProtocolException(
          "content of " + size + " bytes is over the limit of " + maxContent + " bytes");
    }
    byte[] content = new byte[Math.min(size, FIRST_READ)];
    int filled = Math.min(limit - position, content.length);
    System.arraycopy(buffer, position, content, 0, filled);
    position += filled;
    while (filled < size) {
      if (filled == content.length) {
        content = Arrays.copyOf(content, (int) Math.min(size, content.length * 2L));
      }
      int read = in.read(content, filled, content.length - filled);
      if (read < 0) {
        throw new SyncProtocolException(
            "message ends " + (size - filled) + " bytes before the end of a card's content");
      }
      filled += read;
    }
    consumed += size;
    return content;
  }

  /** Reads a line; returns false at the end of the message. The last line may lack its newline. */
  private boolean readLine() throws IOException {
    int scanned = position;
    while (true) {
      while (scanned < limit && buffer[scanned] != '\n') {
        scanned++;
      }
      boolean found = scanned < limit;
      if (scanned - position > MAX_LINE) {
        throw new SyncProtocolException("line of more than " + MAX_LINE + " bytes");
      }
      int length = scanned - position;
      if (found || !fill()) {
        lineStart = position;
        lineEnd = position + length;
        position = found ? lineEnd + 1 : lineEnd;
        consumed += position - lineStart;
        return found || length > 0;
      }
      scanned = position + length;
    }
  }

  /** Moves the unread bytes to the front and reads more; returns false at the end of the stream. */
  private boolean fill() throws IOException {
    if (position > 0) {
      System.arraycopy(buffer, position, buffer, 0, limit - position);
      limit -= position;
      position = 0;
    }
    if (limit == buffer.length) {
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    int read = in.read(buffer, limit, buffer.length - limit);
    if (read < 0) {
      return false;
    }
    limit += read;
    return true;
  }

  private void tokenize() {
    tokens = 0;
    int i = lineStart;
    while (tokens < MAX_TOKENS) {
      while (i < lineEnd && isBlank(buffer[i])) {
        i++;
      }
      if (i == lineEnd) {
        return;
      }
      starts[tokens] = i;
      while (i < lineEnd && !isBlank(buffer[i])) {
        i++;
      }
      ends[tokens++] = i;
    }
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }
}
