package dev.hubkit.http;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Redirects a request for a path with empty, {@code .} or {@code ..} segments to the path without
 * them, with the same answer as {@code ServeMux} of Go's net/http.
 */
final class CleanPath {
  private static final int TEMPORARY_REDIRECT = 307;

  private CleanPath() {}

  /** Redirects the request; returns false, without an answer, when its path is clean. */
  static boolean redirect(Exchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    String target = exchange.target();
    String location = method.equals("CONNECT") ? null : location(target);
    if (location == null) {
      return false;
    }
    exchange.getResponseHeaders().set("Location", location);
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.sendResponseHeaders(TEMPORARY_REDIRECT, -1);
      return true;
    }
    String escaped =
        location
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("\"", "&#34;")
            .replace("'", "&#39;");
    byte[] body =
        ("<a href=\"" + escaped + "\">Temporary Redirect</a>.\n\n")
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
    exchange.sendResponseHeaders(TEMPORARY_REDIRECT, body.length);
    exchange.getResponseBody().write(body);
    return true;
  }

  /** Returns where a target leads to; null when it is clean already, or is no path. */
  static @Nullable String location(String target) {
    int question = target.indexOf('?');
    String raw = question < 0 ? target : target.substring(0, question);
    if (!raw.startsWith("/")) {
      return null;
    }
    // java.net.URI decodes a path only where that does not begin with two slashes.
    String path = URI.create("http://x" + escaped(raw)).getPath();
    String clean = clean(path);
    if (clean.equals(path)) {
      return null;
    }
    return encode(clean) + (question < 0 ? "" : target.substring(question));
  }

  private static String escaped(String raw) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      boolean plain = c > ' ' && c < 0x7f && "\"#<>[\\]^`{|}".indexOf(c) < 0;
      text.append(plain ? String.valueOf(c) : String.format("%%%02X", (int) c));
    }
    return text.toString();
  }

  private static String encode(String path) {
    try {
      return new URI(null, null, path, null).getRawPath();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("A clean path can't be written: " + path, e);
    }
  }

  private static String clean(String path) {
    Deque<String> segments = new ArrayDeque<>();
    for (String segment : path.split("/", -1)) {
      if (segment.equals("..")) {
        segments.pollLast();
      } else if (!segment.isEmpty() && !segment.equals(".")) {
        segments.addLast(segment);
      }
    }
    String joined = "/" + String.join("/", segments);
    return path.endsWith("/") && joined.length() > 1 ? joined + "/" : joined;
  }
}
