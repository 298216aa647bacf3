package dev.hubkit.http;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.util.List;

/**
 * The head of a request. Immutable, except for the headers.
 *
 * <p>Accepts and refuses the same heads as Go's net/http, on which nats-server's monitoring is
 * built, with the same status. Where Go accepts a request that two programs may read differently
 * (with both a length and an encoding), this also closes the connection after the answer.
 *
 * @param target what the request line asks for, as it was sent
 * @param minor 0 for HTTP/1.0, else 1
 * @param bodyLength in bytes; {@link #CHUNKED} when it comes in chunks
 * @param keepAlive whether another request may follow
 * @param expectsContinue whether the peer waits for a 100 (Continue) before it sends the body
 */
record RequestHead(
    String method,
    URI uri,
    String target,
    int minor,
    Headers headers,
    long bodyLength,
    boolean keepAlive,
    boolean expectsContinue) {
  static final long CHUNKED = -1;

  private static final String HOST_MARKS = "!$%&()*+,-.:;=@[]_~'";
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  /**
   * Parses a whole head.
   *
   * @param mostHeaders the most header lines that are accepted
   */
  static RequestHead parse(byte[] bytes, int length, int mostHeaders) throws BadRequestException {
    HeadLines lines = new HeadLines(bytes, length);
    String line = lines.next();
    if (line == null) {
      throw BadRequestException.malformed();
    }
    int first = line.indexOf(' ');
    int second = first < 0 ? -1 : line.indexOf(' ', first + 1);
    if (second < 0) {
      throw BadRequestException.malformed();
    }
    String method = line.substring(0, first);
    int minor = minorVersion(line.substring(second + 1));
    if (!isToken(method)) {
      throw BadRequestException.malformed();
    }
    String target = line.substring(first + 1, second);
    URI uri = RequestTarget.parse(target);
    Headers headers = headers(lines, mostHeaders);
    checkHost(headers, minor, method);
    if (headers.keySet().stream().anyMatch(name -> name.indexOf(' ') >= 0)) {
      throw new BadRequestException(400, "invalid header name");
    }
    boolean chunked = isChunked(headers, minor);
    boolean ambiguous = chunked && headers.containsKey("Content-Length");
    if (ambiguous) {
      // RFC 9112, 6.3: the encoding overrides the length.
      headers.remove("Content-Length");
    }
    long bodyLength = chunked ? CHUNKED : contentLength(headers);
    boolean keepAlive =
        minor == 0
            ? hasToken(headers, "Connection", "keep-alive")
            : !hasToken(headers, "Connection", "close");
    return new RequestHead(
        method,
        uri,
        target,
        minor,
        headers,
        bodyLength,
        keepAlive && !ambiguous,
        expectation(headers, minor));
  }

  private static int minorVersion(String version) throws BadRequestException {
    if (version.length() != 8
        || !version.startsWith("HTTP/")
        || !isDigit(version.charAt(5))
        || version.charAt(6) != '.'
        || !isDigit(version.charAt(7))) {
      throw BadRequestException.malformed();
    }
    if (version.charAt(5) != '1') {
      throw new BadRequestException(505, "unsupported protocol version");
    }
    return version.charAt(7) == '0' ? 0 : 1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isAlphanumeric(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isToken(String text) {
    return !text.isEmpty()
        && text.chars().allMatch(c -> isAlphanumeric((char) c) || TOKEN_MARKS.indexOf(c) >= 0);
  }

  private static Headers headers(HeadLines lines, int most) throws BadRequestException {
    Headers headers = new Headers();
    int count = 0;
    for (String line = lines.nextFolded(); line != null; line = lines.nextFolded()) {
      int colon = line.indexOf(':');
      // A blank in a name is refused later, after the rest of the head.
      String name = colon < 0 ? "" : line.substring(0, colon);
      if (!isToken(name.replace(" ", "")) || name.startsWith(" ")) {
        throw BadRequestException.malformed();
      }
      if (++count > most) {
        throw new BadRequestException(431, "");
      }
      String value = HeadLines.trim(line.substring(colon + 1));
      if (!isValue(value)) {
        throw BadRequestException.malformed();
      }
      headers.add(name, value);
    }
    return headers;
  }

  private static boolean isValue(String value) {
    return value.chars().allMatch(c -> (c >= ' ' && c != 0x7f) || c == '\t');
  }

  private static void checkHost(Headers headers, int minor, String method)
      throws BadRequestException {
    List<String> hosts = headers.get("Host");
    if (hosts == null) {
      if (minor > 0 && !method.equals("CONNECT")) {
        throw new BadRequestException(400, "missing required Host header");
      }
      return;
    }
    if (hosts.size() > 1) {
      throw BadRequestException.malformed();
    }
    if (!hosts
        .get(0)
        .chars()
        .allMatch(c -> isAlphanumeric((char) c) || HOST_MARKS.indexOf(c) >= 0)) {
      throw new BadRequestException(400, "malformed Host header");
    }
  }

  private static boolean isChunked(Headers headers, int minor) throws BadRequestException {
    List<String> encodings = headers.get("Transfer-Encoding");
    if (encodings == null || minor == 0) {
      return false;
    }
    if (encodings.size() != 1 || !encodings.get(0).equalsIgnoreCase("chunked")) {
      throw new BadRequestException(501, "");
    }
    return true;
  }

  private static long contentLength(Headers headers) throws BadRequestException {
    List<String> lengths = headers.get("Content-Length");
    if (lengths == null) {
      return 0;
    }
    String length = lengths.get(0);
    for (String other : lengths) {
      if (!other.equals(length)) {
        throw BadRequestException.malformed();
      }
    }
    if (length.isEmpty() || !length.chars().allMatch(c -> isDigit((char) c))) {
      throw BadRequestException.malformed();
    }
    try {
      return Long.parseLong(length);
    } catch (NumberFormatException e) {
      throw BadRequestException.malformed();
    }
  }

  private static boolean expectation(Headers headers, int minor) throws BadRequestException {
    String expectation = headers.getFirst("Expect");
    if (expectation == null || expectation.isEmpty()) {
      return false;
    }
    if (!hasToken(headers, "Expect", "100-continue")) {
      throw new BadRequestException(417, "");
    }
    return minor > 0;
  }

  /** Returns whether a header that lists tokens names one. */
  static boolean hasToken(Headers headers, String name, String token) {
    List<String> values = headers.get(name);
    if (values == null) {
      return false;
    }
    for (String value : values) {
      for (String each : value.split(",", -1)) {
        if (HeadLines.trim(each).equalsIgnoreCase(token)) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return method + " " + uri;
  }
}
