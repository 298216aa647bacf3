package dev.hubkit.nats.net;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The HTTP request that opens a WebSocket (RFC 6455, 4.2.1), and the answer to it. */
final class UpgradeRequest {
  static final int MAX_BYTES = 16 * 1024;

  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final byte[] END = {'\r', '\n', '\r', '\n'};
  private static final int KEY_BYTES = 16;
  private static final String LEAF_NODES = "/leafnode";

  private final String method;
  private final String path;
  private final Map<String, List<String>> headers;

  private UpgradeRequest(String method, String path, Map<String, List<String>> headers) {
    this.method = method;
    this.path = path;
    this.headers = headers;
  }

  /** Why a request is turned down. */
  static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String phrase;

    Refusal(int status, String phrase, String reason) {
      super(reason);
      this.status = status;
      this.phrase = phrase;
    }

    byte[] response() {
      String body = phrase + "\n";
      String head =
          "HTTP/1.1 "
              + status
              + " "
              + phrase
              + "\r\nContent-Type: text/plain; charset=utf-8\r\nSec-Websocket-Version: 13\r\n"
              + "X-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n";
      return (head + body).getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  private static Refusal bad(String reason) {
    return new Refusal(400, "Bad Request", reason);
  }

  /** Reads a request off the input; null when it is not complete. */
  static @Nullable UpgradeRequest read(ByteBuffer input) throws Refusal {
    int end = end(input);
    if (end < 0) {
      if (input.remaining() > MAX_BYTES) {
        throw new Refusal(431, "Request Header Fields Too Large", "request too large");
      }
      return null;
    }
    byte[] bytes = new byte[end - input.position()];
    input.get(bytes);
    String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\r\n", -1);
    String[] first = lines[0].split(" ", -1);
    if (first.length != 3 || !first[2].startsWith("HTTP/1.")) {
      throw bad("malformed request");
    }
    Map<String, List<String>> headers = new HashMap<>();
    for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
      int colon = lines[i].indexOf(':');
      if (colon <= 0) {
        throw bad("malformed header");
      }
      headers
          .computeIfAbsent(
              lines[i].substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
          .add(lines[i].substring(colon + 1).strip());
    }
    int query = first[1].indexOf('?');
    String path = query < 0 ? first[1] : first[1].substring(0, query);
    return new UpgradeRequest(first[0], path, headers);
  }

  private static int end(ByteBuffer input) {
    for (int i = input.position(); i + END.length <= input.limit(); i++) {
      if (input.get(i) == END[0]
          && input.get(i + 1) == END[1]
          && input.get(i + 2) == END[2]
          && input.get(i + 3) == END[3]) {
        return i + END.length;
      }
    }
    return -1;
  }

  /** Checks it in nats-server's order. */
  void check(WebSocketSettings settings) throws Refusal {
    if (path.endsWith("/mqtt")) {
      throw new Refusal(404, "Not Found", "mqtt websocket endpoint not enabled");
    }
    if (!method.equals("GET")) {
      throw new Refusal(405, "Method Not Allowed", "request method must be GET");
    }
    if (first("host").isEmpty()) {
      throw bad("'Host' missing in request");
    }
    if (!contains("upgrade", "websocket")) {
      throw bad("invalid value for header 'Upgrade'");
    }
    if (!contains("connection", "upgrade")) {
      throw bad("invalid value for header 'Connection'");
    }
    if (first("sec-websocket-key").isEmpty()) {
      throw bad("key missing");
    }
    if (!isKey(first("sec-websocket-key"))) {
      throw bad("invalid websocket key");
    }
    if (!contains("sec-websocket-version", "13")) {
      throw bad("invalid version");
    }
    checkOrigin(settings);
  }

  private static boolean isKey(String text) {
    try {
      return Base64.getDecoder().decode(text).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void checkOrigin(WebSocketSettings settings) throws Refusal {
    if (!settings.sameOrigin() && settings.allowedOrigins().isEmpty()) {
      return;
    }
    String origin = first("origin").isEmpty() ? first("sec-websocket-origin") : first("origin");
    // Only browsers send it.
    if (origin.isEmpty()) {
      return;
    }
    Site from = Site.of(origin);
    if (from == null) {
      throw forbidden("it cannot be parsed");
    }
    if (settings.sameOrigin()) {
      Site here = Site.of((settings.secure() ? "https://" : "http://") + first("host"));
      if (!from.equals(here)) {
        throw forbidden("not same origin");
      }
    }
    if (!settings.allowedOrigins().isEmpty()
        && settings.allowedOrigins().stream().map(Site::of).noneMatch(from::equals)) {
      throw forbidden("not in the allowed list");
    }
  }

  private static Refusal forbidden(String why) {
    return new Refusal(403, "Forbidden", "origin not allowed: " + why);
  }

  private record Site(String scheme, String host, int port) {
    static @Nullable Site of(String url) {
      try {
        URI uri = new URI(url);
        if (uri.getScheme() == null || uri.getHost() == null) {
          return null;
        }
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        return new Site(scheme, uri.getHost().toLowerCase(Locale.ROOT), port);
      } catch (URISyntaxException e) {
        return null;
      }
    }
  }

  /** Returns whether a leaf node asks, which is told by the path. */
  boolean isForLeafNodes() {
    return path.endsWith(LEAF_NODES);
  }

  /** Returns whether the client can compress. */
  boolean wantsCompression() {
    for (String list : headers.getOrDefault("sec-websocket-extensions", List.of())) {
      for (String extension : list.split(",", -1)) {
        if (extension.split(";", -1)[0].strip().equalsIgnoreCase("permessage-deflate")) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns whether the client asks to send without masking, as other servers do. */
  boolean wantsNoMasking() {
    return first("nats-no-masking").equals("true");
  }

  /** Returns the value of a cookie; empty without it. */
  String cookie(String name) {
    if (name.isEmpty()) {
      return "";
    }
    for (String line : headers.getOrDefault("cookie", List.of())) {
      for (String pair : line.split(";", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
          String value = pair.substring(equals + 1).strip();
          boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
          return quoted ? value.substring(1, value.length() - 1) : value;
        }
      }
    }
    return "";
  }

  byte[] response(WebSocketSettings settings, boolean compress) {
    StringBuilder text =
        new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")
            .append("Connection: Upgrade\r\nSec-WebSocket-Accept: ")
            .append(accept(first("sec-websocket-key")))
            .append("\r\n");
    if (compress) {
      text.append("Sec-WebSocket-Extensions: permessage-deflate; ")
          .append("server_no_context_takeover; client_no_context_takeover\r\n");
    }
    if (wantsNoMasking()) {
      text.append("Nats-No-Masking: true\r\n");
    }
    settings
        .headers()
        .forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
    return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String accept(String key) {
    try {
      byte[] text = (key + GUID).getBytes(StandardCharsets.ISO_8859_1);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  private String first(String name) {
    List<String> values = headers.getOrDefault(name, List.of());
    return values.isEmpty() ? "" : values.get(0);
  }

  private boolean contains(String name, String token) {
    for (String line : headers.getOrDefault(name, List.of())) {
      for (String part : line.split(",", -1)) {
        if (part.strip().equalsIgnoreCase(token)) {
          return true;
        }
      }
    }
    return false;
  }
}
