package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonObject;
import dev.hubkit.text.GoUrl;
import java.nio.charset.StandardCharsets;

/** Checks descriptions in claims ({@code Info.Validate}). */
final class InfoClaims {
  private static final int MAX_BYTES = 8 * 1024;

  private InfoClaims() {}

  static void check(JsonObject claims, ClaimIssues issues) {
    if (isTooLong(claims.string("description", ""))) {
      issues.error("Description is too long");
    }
    String url = claims.string("info_url", "");
    if (url.isEmpty()) {
      return;
    }
    if (isTooLong(url)) {
      issues.error("Info URL is too long");
    }
    try {
      GoUrl parsed = GoUrl.parse(url);
      if (parsed.hostname().isEmpty() || parsed.scheme().isEmpty()) {
        issues.error("error parsing info url: no hostname or scheme");
      }
    } catch (IllegalArgumentException e) {
      issues.error("error parsing info url: " + e.getMessage());
    }
  }

  private static boolean isTooLong(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES;
  }
}
