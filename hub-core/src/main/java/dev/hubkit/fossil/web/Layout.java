package dev.hubkit.fossil.web;

import dev.hubkit.fossil.Snapshot;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The frame of every page. */
final class Layout {
  private static final DateTimeFormatter MINUTES =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

  private static final String[][] MENU = {
    {"timeline", "Timeline"},
    {"tree", "Files"},
    {"branches", "Branches"},
    {"tags", "Tags"},
    {"wiki", "Wiki"},
    {"uvlist", "Unversioned"},
    {"stat", "Status"},
  };

  private Layout() {}

  /** Begins a page, up to its content. */
  static Html begin(Snapshot snapshot, String current, String title) {
    String name = snapshot.setting("project-name");
    String project = name == null || name.isBlank() ? "Hub" : name;
    Html html = new Html();
    html.empty("!doctype html").open("html", "lang", "en").open("head");
    html.empty("meta", "charset", "utf-8")
        .empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
        .empty("meta", "name", "color-scheme", "content", "light dark")
        .element("title", title + " · " + project)
        .empty("link", "rel", "stylesheet", "href", "/style.css")
        .empty("link", "rel", "icon", "href", "/icon.svg", "type", "image/svg+xml");
    html.close().open("body");
    html.link("#content", "Skip to content", "class", "skip");
    html.open("header").link("/timeline", project, "class", "project");
    html.open("nav", "aria-label", "Site");
    for (String[] item : MENU) {
      if (item[0].equals(current)) {
        html.link("/" + item[0], item[1], "aria-current", "page");
      } else {
        html.link("/" + item[0], item[1]);
      }
    }
    html.close();
    html.open("form", "action", "/search", "role", "search")
        .empty(
            "input", "type", "search", "name", "s", "aria-label", "Search", "placeholder", "Search")
        .close();
    html.close().open("main", "id", "content").element("h1", title);
    return html;
  }

  static Response finish(Html html) {
    return Response.page(200, html.finish());
  }

  /** Writes a time to the minute, with the seconds in the tooltip. */
  static void time(Html html, Instant time) {
    html.element(
        "time",
        MINUTES.format(time),
        "datetime",
        time.toString(),
        "title",
        SECONDS.format(time) + " UTC");
  }

  /** Formats a size in bytes for people. */
  static String size(long bytes) {
    if (bytes < 10_000) {
      return bytes + " B";
    }
    double value = bytes;
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    int unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(java.util.Locale.ROOT, "%.1f %s", value, units[unit]);
  }
}
