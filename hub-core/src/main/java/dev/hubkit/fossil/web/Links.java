package dev.hubkit.fossil.web;

import dev.hubkit.fossil.content.ArtifactName;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Addresses of the pages of this site. */
final class Links {
  private Links() {}

  static String checkIn(ArtifactName name) {
    return "/info/" + name.abbreviated();
  }

  static String tree(String checkIn, String directory) {
    return "/tree" + (directory.isEmpty() ? "" : "/" + path(directory)) + version(checkIn);
  }

  static String file(String checkIn, String file) {
    return "/file/" + path(file) + version(checkIn);
  }

  static String annotate(String checkIn, String file) {
    return "/annotate/" + path(file) + version(checkIn);
  }

  static String raw(String checkIn, String file) {
    return "/raw/" + path(file) + version(checkIn);
  }

  static String artifact(ArtifactName name) {
    return "/artifact/" + name.abbreviated();
  }

  static String timeline(String parameter, String value) {
    return "/timeline?" + parameter + "=" + value(value);
  }

  static String wiki(String page) {
    return "/wiki/" + path(page);
  }

  static String unversioned(String file) {
    return "/uv/" + path(file);
  }

  private static String version(String checkIn) {
    return "?ci=" + value(checkIn);
  }

  static String value(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** Encodes all but the slashes. */
  static String path(String path) {
    return value(path).replace("%2F", "/").replace("+", "%20");
  }
}
