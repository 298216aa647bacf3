package dev.hubkit.fossil.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request.
 *
 * @param policy the content security policy of the answer
 * @param download the name of the file to save it as; null to show it
 * @param body written after the headers are sent
 * @param length of the body in bytes; -1 when it is not known before it is written
 */
record Response(
    int status,
    String contentType,
    String policy,
    @Nullable String download,
    Body body,
    long length) {
  /** Pages use only their own style sheet. */
  private static final String OF_PAGES =
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
          + " base-uri 'none'; frame-ancestors 'none'";

  /** Content of the repository may do nothing. */
  private static final String OF_CONTENT = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

  private static final Pattern OWN_ADDRESS = Pattern.compile("( (?:href|src|action)=\")/(?!/)");

  /** Writes a body. */
  interface Body {
    void writeTo(OutputStream out) throws IOException;
  }

  static Response page(int status, String html) {
    return text(status, "text/html; charset=utf-8", html);
  }

  static Response text(int status, String contentType, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new Response(status, contentType, OF_PAGES, null, out -> out.write(bytes), bytes.length);
  }

  static Response json(byte[] bytes) {
    return new Response(
        200, "application/json", OF_PAGES, null, out -> out.write(bytes), bytes.length);
  }

  /** Returns content of the repository, unchanged. */
  static Response content(byte[] bytes, String contentType) {
    return new Response(200, contentType, OF_CONTENT, null, out -> out.write(bytes), bytes.length);
  }

  /** Returns a file to be saved. */
  static Response download(String name, String contentType, Body body) {
    return new Response(200, contentType, OF_CONTENT, name, body, -1);
  }

  /**
   * Returns this answer for a site whose addresses are all below a path. In the pages of this
   * package a quote is markup only where an attribute begins or ends, so what looks like an address
   * is one.
   */
  Response below(String base) throws IOException {
    if (base.isEmpty() || !contentType.startsWith("text/html") || !policy.equals(OF_PAGES)) {
      return this;
    }
    ByteArrayOutputStream html = new ByteArrayOutputStream();
    body.writeTo(html);
    return page(
        status,
        OWN_ADDRESS.matcher(html.toString(StandardCharsets.UTF_8)).replaceAll("$1" + base + "/"));
  }

  boolean isText() {
    return contentType.startsWith("text/")
        || contentType.startsWith("application/json")
        || contentType.startsWith("image/svg");
  }
}
