package dev.hubkit.fossil.web;

import dev.hubkit.fossil.TimelineEntry;
import dev.hubkit.fossil.TimelineFilter;
import dev.hubkit.fossil.sync.Capability;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The pages of the timeline and of searches in it. */
final class TimelinePages {
  private static final int ENTRIES = 50;
  private static final int MOST_ENTRIES = 1000;
  private static final int MOST_LABELS = 6;
  private static final Pattern BLANK_LINES = Pattern.compile("\\R\\s*+");
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm").withZone(ZoneOffset.UTC);

  private TimelinePages() {}

  static Response timeline(Request request) throws PageException {
    int count = request.number("n", ENTRIES, 1, MOST_ENTRIES);
    int offset = request.number("o", 0, 0, Integer.MAX_VALUE / 2);
    TimelineFilter filter = new TimelineFilter().limit(count + 1).offset(offset);
    String title = "Timeline" + narrow(filter, request);
    List<TimelineEntry> entries = visible(request, filter);
    boolean more = entries.size() > count;
    if (more) {
      entries = entries.subList(0, count);
    }
    Html html = Layout.begin(request.snapshot(), "timeline", title);
    if (entries.isEmpty()) {
      html.element("p", "Nothing has happened here.");
    }
    list(html, entries, new TimelineGraph(entries, request.parameters().isEmpty()));
    pages(html, request, offset, count, more);
    return Layout.finish(html);
  }

  /** Applies the query to the filter; returns what to add to the title. */
  static String narrow(TimelineFilter filter, Request request) throws PageException {
    StringBuilder title = new StringBuilder();
    String branch = request.parameter("r");
    if (branch != null) {
      filter.branch(branch);
      title.append(" of branch ").append(branch);
    }
    String tag = request.parameter("t");
    if (tag != null) {
      filter.tag(tag);
      title.append(" of tag ").append(tag);
    }
    String user = request.parameter("u");
    if (user != null) {
      filter.user(user);
      title.append(" by ").append(user);
    }
    String file = request.parameter("file");
    if (file != null) {
      filter.file(file);
      title.append(" of file ").append(file);
    }
    String type = request.parameter("y");
    if (type != null && !type.equals("all")) {
      filter.types(type(type));
    }
    return title.toString();
  }

  private static TimelineEntry.Type type(String letters) throws PageException {
    for (TimelineEntry.Type type : TimelineEntry.Type.values()) {
      if (type.letters().equals(letters)) {
        return type;
      }
    }
    throw new PageException(400, "There is no kind of entry \"" + letters + "\"");
  }

  /** Returns the entries that the visitor may see. */
  static List<TimelineEntry> visible(Request request, TimelineFilter filter) {
    boolean wiki = request.access().may(Capability.READ_WIKI);
    boolean tickets = request.access().may(Capability.READ_TICKETS);
    if (!wiki || !tickets) {
      List<TimelineEntry.Type> types = new ArrayList<>();
      for (TimelineEntry.Type type : TimelineEntry.Type.values()) {
        boolean hidden =
            switch (type) {
              case WIKI, TECHNOTE -> !wiki;
              case TICKET -> !tickets;
              default -> false;
            };
        if (!hidden) {
          types.add(type);
        }
      }
      filter.types(types.toArray(TimelineEntry.Type[]::new));
    }
    return request.snapshot().timeline(filter);
  }

  private static void pages(Html html, Request request, int offset, int count, boolean more) {
    if (offset == 0 && !more) {
      return;
    }
    html.open("nav", "class", "pages", "aria-label", "Pages");
    if (offset > 0) {
      html.link(page(request, Math.max(0, offset - count)), "Newer");
    }
    if (more) {
      html.link(page(request, offset + count), "Older");
    }
    html.close();
  }

  private static String page(Request request, int offset) {
    StringBuilder address = new StringBuilder("/timeline?o=").append(offset);
    request
        .parameters()
        .forEach(
            (name, value) -> {
              if (!name.equals("o") && !value.isEmpty()) {
                address
                    .append('&')
                    .append(Links.value(name))
                    .append('=')
                    .append(Links.value(value));
              }
            });
    return address.toString();
  }

  /** Shows entries under the headings of their days. */
  private static void list(Html html, List<TimelineEntry> entries, @Nullable TimelineGraph graph) {
    LocalDate day = null;
    for (int i = 0; i < entries.size(); i++) {
      TimelineEntry entry = entries.get(i);
      LocalDate its = LocalDate.ofInstant(entry.time(), ZoneOffset.UTC);
      boolean isFirstOfDay = !its.equals(day);
      day = its;
      html.open("div", "class", isFirstOfDay ? "entry first" : "entry");
      html.open("div", "class", "when");
      if (isFirstOfDay) {
        html.element("strong", its.toString());
      }
      html.element("time", CLOCK.format(entry.time()), "datetime", entry.time().toString());
      html.close();
      if (graph != null) {
        graph.draw(i, html);
      }
      html.open("div", "class", "what");
      entry(html, entry);
      html.close().close();
    }
  }

  private static void entry(Html html, TimelineEntry entry) {
    html.open("div", "class", "comment");
    comment(html, entry);
    html.close();
    html.open("div", "class", "about");
    html.link(address(entry), entry.name().abbreviated(), "class", "hash");
    String user = entry.user();
    if (user != null && !user.isEmpty()) {
      html.text(" by ").link(Links.timeline("u", user), user);
    }
    label(html, entry.branch(), "r", "branch");
    labels(html, entry);
    if (entry.isLeaf()) {
      html.text(" ").element("span", entry.isClosed() ? "closed leaf" : "leaf", "class", "mark");
    }
    String kind = kind(entry.type());
    if (!kind.isEmpty()) {
      html.text(" ").element("span", kind, "class", "mark");
    }
    html.close();
  }

  private static void labels(Html html, TimelineEntry entry) {
    List<String> tags = entry.tags().stream().filter(t -> !t.equals(entry.branch())).toList();
    // Imported histories may have dozens.
    int shown = tags.size() <= MOST_LABELS ? tags.size() : MOST_LABELS - 1;
    for (String tag : tags.subList(0, shown)) {
      label(html, tag, "t", "tag");
    }
    if (shown < tags.size()) {
      html.text(" ").link(address(entry), "and " + (tags.size() - shown) + " more");
    }
  }

  private static void comment(Html html, TimelineEntry entry) {
    String comment = entry.comment();
    if (comment.isBlank()) {
      html.text("(no comment)");
    } else if (entry.type() == TimelineEntry.Type.WIKI) {
      // C fossil stores the kind of change as the first character.
      String page = comment.substring(1);
      html.text(
          switch (comment.charAt(0)) {
            case '+' -> "Added wiki page ";
            case '-' -> "Deleted wiki page ";
            default -> "Changed wiki page ";
          });
      html.link(Links.wiki(page), page);
    } else if (entry.type() == TimelineEntry.Type.CHECK_IN) {
      WikiText.links(BLANK_LINES.matcher(comment).replaceAll("\n"), html);
    } else {
      WikiText.line(comment, html);
    }
  }

  private static void label(Html html, @Nullable String name, String parameter, String css) {
    if (name != null) {
      html.text(" ").link(Links.timeline(parameter, name), name, "class", "label " + css);
    }
  }

  private static String kind(TimelineEntry.Type type) {
    return switch (type) {
      case CHECK_IN -> "";
      case WIKI -> "wiki";
      case TICKET -> "ticket";
      case TECHNOTE -> "technote";
      case TAG -> "tags";
      case FORUM -> "forum";
    };
  }

  private static String address(TimelineEntry entry) {
    return entry.type() == TimelineEntry.Type.CHECK_IN
        ? Links.checkIn(entry.name())
        : Links.artifact(entry.name());
  }

  static Response search(Request request) {
    String wanted = request.parameter("s", "");
    Html html = Layout.begin(request.snapshot(), "search", "Search");
    html.open("form", "action", "/search", "class", "search");
    html.empty("input", "type", "search", "name", "s", "value", wanted, "aria-label", "Search for");
    html.element("button", "Search").close();
    if (!wanted.isBlank()) {
      List<TimelineEntry> found =
          visible(request, new TimelineFilter().limit(100).containing(wanted));
      html.element(
          "h2", "In comments (" + (found.size() == 100 ? "the latest 100" : found.size()) + ")");
      list(html, found, null);
      files(html, request, wanted);
    }
    return Layout.finish(html);
  }

  private static void files(Html html, Request request, String wanted) {
    List<String> names =
        request
            .snapshot()
            .session()
            .list(
                "SELECT name FROM filename WHERE instr(lower(name),lower(?))>0 ORDER BY name"
                    + " LIMIT 100",
                row -> row.text(1),
                wanted);
    html.element("h2", "In names of files (" + names.size() + ")");
    html.open("ul");
    for (String name : names) {
      html.open("li").link(Links.timeline("file", name), name).close();
    }
    html.close();
  }
}
