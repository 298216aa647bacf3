package dev.hubkit.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Makes the page of a trace: one HTML file with its style, script and data. Its content security
 * policy allows that style and that script by their hashes, and nothing else: no other script, no
 * request to a network.
 */
public final class TracePage {
  private static final List<String> SCRIPTS =
      List.of("model.js", "diagram.js", "details.js", "page.js");

  private TracePage() {}

  /**
   * Returns a page, as UTF-8.
   *
   * @param title the title of the page, until its script has run
   * @param trace the trace as JSON, as UTF-8
   */
  public static byte[] of(String title, byte[] trace) {
    String style = read("trace.css");
    String script = SCRIPTS.stream().map(TracePage::read).collect(Collectors.joining("\n"));
    String policy =
        "default-src 'none'; script-src '"
            + hash(script)
            + "'; style-src '"
            + hash(style)
            + "'; base-uri 'none'; form-action 'none'";
    StringBuilder page = new StringBuilder(trace.length + style.length() + script.length());
    // Once through the template, because values may contain what looks like a placeholder.
    String template = read("trace.html");
    int at = 0;
    for (int from = template.indexOf("${"); from >= 0; from = template.indexOf("${", at)) {
      int to = template.indexOf('}', from);
      page.append(template, at, from);
      page.append(
          switch (template.substring(from + 2, to)) {
            case "policy" -> policy;
            case "title" -> escapedText(title);
            case "style" -> style;
            case "script" -> script;
            case "data" -> escapedData(trace);
            default -> throw new IllegalStateException("Unknown in trace.html: " + from);
          });
      at = to + 1;
    }
    page.append(template, at, template.length());
    return page.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Returns JSON in which nothing ends or opens an element: these signs are in strings only. */
  static String escapedData(byte[] json) {
    return new String(json, StandardCharsets.UTF_8)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  private static String escapedText(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private static String read(String name) {
    try (InputStream in = TracePage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The resource " + name + " is missing from this library");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("The resource " + name + " cannot be read", e);
    }
  }
}
