package dev.hubkit.nats.wire;

import dev.hubkit.log.Quoted;
import java.nio.charset.StandardCharsets;

/**
 * Parses the operations of one client, however its bytes are cut into pieces. It keeps no bytes: an
 * operation that is not complete is left in the buffer for the next call, which must be given it
 * again from its first byte. So nothing is copied, and where the stream is cut cannot matter. What
 * is wrong is refused as soon as it can be seen, not when the line is complete.
 *
 * <p>Follows {@code server/parser.go} of nats-server in what it takes: names in any case, spaces
 * and tabs between arguments, lines that end in LF alone.
 *
 * <p>Not thread-safe.
 */
public final class Parser {
  private static final String UNKNOWN_OPERATION = "Unknown Protocol Operation";
  private static final String PARSE_ERROR = " Parse Error";
  private static final int MAX_ARGUMENTS = 4;
  private static final int SNIPPET = 32;
  // As parseSize of nats-server: up to 999,999,999.
  private static final int MAX_SIZE_DIGITS = 9;

  private final ProtocolHandler handler;
  private final PublishView view = new PublishView();
  private final int[] starts = new int[MAX_ARGUMENTS];
  private final int[] ends = new int[MAX_ARGUMENTS];
  private int maxControlLine;
  private int maxPayload;
  private boolean connectExpected;
  private boolean headersAllowed;
  private int arguments;
  private int needed;
  private int refusedAt;

  /**
   * Makes a parser.
   *
   * @param maxControlLine most bytes of arguments on one line
   * @param maxPayload most bytes of a payload with its headers; negative for no limit
   */
  public Parser(ProtocolHandler handler, int maxControlLine, int maxPayload) {
    this.handler = handler;
    this.maxControlLine = maxControlLine;
    this.maxPayload = maxPayload;
  }

  /** Whether anything but CONNECT is refused now. */
  public void expectConnect(boolean expected) {
    connectExpected = expected;
  }

  /** Whether HPUB is allowed. */
  public void allowHeaders(boolean allowed) {
    headersAllowed = allowed;
  }

  /** Changes the limits for what is read from now on. */
  public void limit(int controlLine, int payload) {
    maxControlLine = controlLine;
    maxPayload = payload;
  }

  /**
   * Returns how many bytes the operation that the last call left incomplete has in all, from its
   * first byte; 0 when that is not known or nothing was left.
   */
  public int needed() {
    return needed;
  }

  /** Returns the index behind the line that announced a payload which was refused as too large. */
  public int refusedAt() {
    return refusedAt;
  }

  /**
   * Reads operations from {@code buffer[from..to)}.
   *
   * @return the index of the first byte that was not used up
   * @throws ProtocolException if the bytes are not the protocol, or the handler says so
   */
  public int parse(byte[] buffer, int from, int to) throws ProtocolException {
    int at = from;
    needed = 0;
    while (at < to) {
      int next = operation(buffer, at, to);
      if (next < 0) {
        return at;
      }
      if (next > to) {
        // The handler has stopped the parser; the operation itself is consumed.
        return next - to - 1;
      }
      at = next;
    }
    return at;
  }

  // Returns the index behind the operation; -1 when it is incomplete; that index plus to + 1 when
  // it is complete and the last one wanted.
  private int operation(byte[] b, int at, int to) throws ProtocolException {
    int first = b[at] | 0x20;
    if (connectExpected && first != 'c') {
      throw new ProtocolException("Authorization Violation", "no CONNECT");
    }
    return switch (first) {
      case 'p' -> {
        if (at + 1 == to) {
          yield -1;
        }
        yield switch (b[at + 1] | 0x20) {
          case 'u' -> name(b, at, to, "PUB") ? publish(b, at, at + 3, to, false) : -1;
          case 'i' -> name(b, at, to, "PING") ? pingOrPong(b, at, to, true) : -1;
          case 'o' -> name(b, at, to, "PONG") ? pingOrPong(b, at, to, false) : -1;
          default -> throw unknown(b, at + 1, to);
        };
      }
      case 'h' -> name(b, at, to, "HPUB") ? publish(b, at, at + 4, to, true) : -1;
      case 's' -> name(b, at, to, "SUB") ? subscribe(b, at, to) : -1;
      case 'u' -> name(b, at, to, "UNSUB") ? unsubscribe(b, at, to) : -1;
      case 'c' -> name(b, at, to, "CONNECT") ? connectOrInfo(b, at + 7, to, true) : -1;
      case 'i' -> name(b, at, to, "INFO") ? connectOrInfo(b, at + 4, to, false) : -1;
      case '+' -> name(b, at, to, "+OK") ? lineEnd(b, at + 3, to) : -1;
      case '-' -> name(b, at, to, "-ERR") ? error(b, at, to) : -1;
      default -> throw unknown(b, at, to);
    };
  }

  // Returns true when the whole name is there, false when only its beginning has arrived so far.
  private static boolean name(byte[] b, int at, int to, String name) throws ProtocolException {
    int length = Math.min(name.length(), to - at);
    for (int i = 0; i < length; i++) {
      int c = b[at + i];
      char expected = name.charAt(i);
      if (c != expected && (expected < 'A' || c != (expected | 0x20))) {
        throw unknown(b, at + i, to);
      }
    }
    return length == name.length();
  }

  private int publish(byte[] b, int at, int nameEnd, int to, boolean headers)
      throws ProtocolException {
    String process = headers ? "processHeaderPub" : "processPub";
    int lineEnd = arguments(b, nameEnd, to, headers ? 4 : 3, process);
    if (lineEnd < 0) {
      return -1;
    }
    int counts = headers ? 2 : 1;
    int subjects = arguments - counts;
    if (headers && !headersAllowed) {
      throw new ProtocolException(null, "message headers not supported");
    }
    if (subjects < 1 || subjects > 2) {
      throw wrongArguments(process + PARSE_ERROR, b, nameEnd, lineEnd);
    }
    int size = size(b, starts[arguments - 1], ends[arguments - 1]);
    int headerLength = headers ? size(b, starts[arguments - 2], ends[arguments - 2]) : 0;
    if (size < 0 || headerLength < 0 || headerLength > size) {
      throw wrongArguments(process + wrongSize(headers, size, headerLength), b, nameEnd, lineEnd);
    }
    if (maxPayload >= 0 && size > maxPayload) {
      refusedAt = lineEnd;
      throw new ProtocolException(
          "Maximum Payload Violation", "maximum payload exceeded: " + size + " vs " + maxPayload);
    }
    int payloadEnd = lineEnd + size;
    if (payloadEnd + 2 > to) {
      if ((payloadEnd < to && b[payloadEnd] != '\r')) {
        throw unknown(b, payloadEnd, to);
      }
      needed = payloadEnd + 2 - at;
      return -1;
    }
    if (b[payloadEnd] != '\r' || b[payloadEnd + 1] != '\n') {
      throw unknown(b, payloadEnd, to);
    }
    boolean reply = subjects == 2;
    view.subject(b, starts[0], ends[0] - starts[0]);
    view.reply(reply ? starts[1] : 0, reply ? ends[1] - starts[1] : 0);
    view.content(lineEnd, headerLength, size);
    return after(payloadEnd + 2, to, handler.publish(view));
  }

  private int subscribe(byte[] b, int at, int to) throws ProtocolException {
    int lineEnd = arguments(b, at + 3, to, 3, "processSub");
    if (lineEnd < 0) {
      return -1;
    }
    if (arguments != 2 && arguments != 3) {
      throw wrongArguments("processSub" + PARSE_ERROR, b, at + 3, lineEnd);
    }
    return after(
        lineEnd,
        to,
        handler.subscribe(
            text(b, starts[0], ends[0]),
            arguments == 3 ? text(b, starts[1], ends[1]) : null,
            text(b, starts[arguments - 1], ends[arguments - 1])));
  }

  private int unsubscribe(byte[] b, int at, int to) throws ProtocolException {
    int lineEnd = arguments(b, at + 5, to, 2, "processUnsub");
    if (lineEnd < 0) {
      return -1;
    }
    if (arguments != 1 && arguments != 2) {
      throw wrongArguments("processUnsub" + PARSE_ERROR, b, at + 5, lineEnd);
    }
    return after(
        lineEnd,
        to,
        handler.unsubscribe(
            text(b, starts[0], ends[0]), arguments == 2 ? size(b, starts[1], ends[1]) : 0));
  }

  private int pingOrPong(byte[] b, int at, int to, boolean ping) throws ProtocolException {
    int lineEnd = lineEnd(b, at + 4, to);
    return lineEnd < 0 ? -1 : after(lineEnd, to, ping ? handler.ping() : handler.pong());
  }

  private int error(byte[] b, int at, int to) throws ProtocolException {
    int start = at + 4;
    if (start < to && !isBlank(b[start])) {
      throw unknown(b, start, to);
    }
    int lineEnd = lineEnd(b, start, to);
    if (lineEnd < 0) {
      return -1;
    }
    return after(lineEnd, to, handler.error(text(b, start, lineEnd).strip()));
  }

  private int connectOrInfo(byte[] b, int nameEnd, int to, boolean connect)
      throws ProtocolException {
    int lineEnd = lineEnd(b, nameEnd, to);
    if (lineEnd < 0) {
      return -1;
    }
    int start = nameEnd;
    while (isBlank(b[start])) {
      start++;
    }
    int length = lineEnd - 1 - start;
    return after(
        lineEnd, to, connect ? handler.connect(b, start, length) : handler.info(b, start, length));
  }

  private static int after(int next, int to, boolean goOn) {
    return goOn ? next : next + to + 1;
  }

  // Finds the arguments of a line up to its end and returns the index behind it. One more than
  // `most` is counted, not kept.
  private int arguments(byte[] b, int nameEnd, int to, int most, String process)
      throws ProtocolException {
    arguments = 0;
    if (nameEnd == to) {
      return -1;
    }
    if (!isBlank(b[nameEnd])) {
      throw unknown(b, nameEnd, to);
    }
    int count = 0;
    boolean inside = false;
    int firstStart = -1;
    for (int i = nameEnd + 1; i < to; i++) {
      byte c = b[i];
      if (c > ' ') {
        if (!inside) {
          inside = true;
          if (count < most) {
            starts[count] = i;
          }
          if (firstStart < 0) {
            firstStart = i;
          }
        }
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        if (inside) {
          inside = false;
          if (count < most) {
            ends[count] = i;
          }
          count++;
        }
        if (c == '\n') {
          if (firstStart >= 0) {
            checkLine(i - firstStart - (b[i - 1] == '\r' ? 1 : 0));
          }
          arguments = count > most ? most + 1 : count;
          if (count > most) {
            throw wrongArguments(process + PARSE_ERROR, b, nameEnd, i + 1);
          }
          return i + 1;
        }
      } else if (!inside) {
        // Control characters and bytes of UTF-8 beyond ASCII are part of an argument.
        inside = true;
        if (count < most) {
          starts[count] = i;
        }
        if (firstStart < 0) {
          firstStart = i;
        }
      }
    }
    checkLine(to - (firstStart < 0 ? nameEnd : firstStart));
    return -1;
  }

  private int lineEnd(byte[] b, int from, int to) throws ProtocolException {
    for (int i = from; i < to; i++) {
      if (b[i] == '\n') {
        checkLine(i - from - 2);
        return i + 1;
      }
    }
    checkLine(to - from - 2);
    return -1;
  }

  private void checkLine(int length) throws ProtocolException {
    if (length > maxControlLine) {
      throw new ProtocolException(
          "maximum control line exceeded",
          "maximum control line exceeded: " + length + " vs " + maxControlLine);
    }
  }

  private static int size(byte[] b, int start, int end) {
    if (end - start > MAX_SIZE_DIGITS) {
      return -1;
    }
    int value = 0;
    for (int i = start; i < end; i++) {
      int digit = b[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\t';
  }

  private static String text(byte[] b, int start, int end) {
    return new String(b, start, end - start, StandardCharsets.UTF_8);
  }

  private static String wrongSize(boolean headers, int size, int headerLength) {
    if (!headers) {
      return " Bad or Missing Size";
    }
    if (headerLength < 0) {
      return " Bad or Missing Header Size";
    }
    return size < 0 ? " Bad or Missing Total Size" : " Header Size larger then TotalSize";
  }

  // In nats-server's words (client.go); quoted, as what a stranger sends must not forge lines of
  // the log.
  private static ProtocolException wrongArguments(
      String problem, byte[] b, int nameEnd, int lineEnd) {
    int start = nameEnd;
    while (start < lineEnd && isBlank(b[start])) {
      start++;
    }
    int end = lineEnd - (lineEnd > 1 && b[lineEnd - 2] == '\r' ? 2 : 1);
    int length = Math.max(0, end - start);
    return new ProtocolException(null, problem + ": " + Quoted.of(b, start, length));
  }

  // Shows what follows the byte that does not fit: as protoSnippet in parser.go, never the last
  // byte that was read.
  private static ProtocolException unknown(byte[] b, int at, int to) {
    int end = at + SNIPPET > to ? to - 1 : at + SNIPPET;
    return new ProtocolException(
        UNKNOWN_OPERATION,
        "Client parser ERROR, proto='" + Quoted.of(b, at, Math.max(0, end - at)) + "...'");
  }
}
