package dev.hubkit.fossil.web;

import dev.hubkit.fossil.Branch;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.Tag;
import dev.hubkit.fossil.UnversionedFile;
import java.util.List;

/** Branches, tags, unversioned files and the state of the repository. */
final class ListPages {
  private ListPages() {}

  static Response branches(Request request) {
    Html html = Layout.begin(request.snapshot(), "branches", "Branches");
    List<Branch> branches = request.snapshot().branches();
    if (branches.isEmpty()) {
      html.element("p", "There are no branches.");
      return Layout.finish(html);
    }
    head(html, "Branch", "Latest check-in", "Changed", "Check-ins");
    for (Branch branch : branches) {
      html.open("tr").open("td").link(Links.timeline("r", branch.name()), branch.name());
      if (branch.isClosed()) {
        html.text(" ").element("span", "closed", "class", "mark");
      }
      html.close().open("td");
      html.link(Links.checkIn(branch.tip()), branch.tip().abbreviated(), "class", "hash").close();
      html.open("td");
      Layout.time(html, branch.changed());
      html.close().element("td", Long.toString(branch.checkIns()), "class", "number").close();
    }
    return Layout.finish(html);
  }

  static Response tags(Request request) {
    Html html = Layout.begin(request.snapshot(), "tags", "Tags");
    List<Tag> tags = request.snapshot().tags();
    if (tags.isEmpty()) {
      html.element("p", "There are no tags.");
      return Layout.finish(html);
    }
    head(html, "Tag", "Check-in", "Time");
    for (Tag tag : tags) {
      html.open("tr").open("td").link(Links.timeline("t", tag.name()), tag.name()).close();
      html.open("td");
      html.link(Links.checkIn(tag.checkIn()), tag.checkIn().abbreviated(), "class", "hash").close();
      html.open("td");
      Layout.time(html, tag.time());
      html.close().close();
    }
    return Layout.finish(html);
  }

  static Response unversioned(Request request) {
    Html html = Layout.begin(request.snapshot(), "uvlist", "Unversioned files");
    List<UnversionedFile> files = request.snapshot().unversioned().all();
    if (files.isEmpty()) {
      html.element("p", "There are no unversioned files.");
      return Layout.finish(html);
    }
    head(html, "Name", "Changed", "Size", "Hash");
    for (UnversionedFile file : files) {
      html.open("tr").open("td").link(Links.unversioned(file.path()), file.path()).close();
      html.open("td");
      Layout.time(html, file.time());
      html.close().element("td", Layout.size(file.size()), "class", "number");
      html.element("td", file.hash().abbreviated(), "class", "hash").close();
    }
    return Layout.finish(html);
  }

  static Response unversionedFile(Request request) throws PageException {
    byte[] content = request.snapshot().unversioned().read(request.rest());
    if (content == null) {
      throw new PageException(404, "There is no unversioned file \"" + request.rest() + "\"");
    }
    return Response.content(content, FilePages.contentType(content));
  }

  static Response status(Request request) {
    Snapshot snapshot = request.snapshot();
    Html html = Layout.begin(snapshot, "stat", "Status");
    html.open("dl", "class", "facts");
    fact(html, "Project code", snapshot.projectCode());
    fact(html, "Server code", snapshot.serverCode());
    for (Count count : Count.values()) {
      fact(html, count.title, Long.toString(count.in(snapshot)));
    }
    fact(html, "Size of the repository", Layout.size(Count.bytes(snapshot)));
    return Layout.finish(html);
  }

  private static void fact(Html html, String name, String value) {
    html.element("dt", name).element("dd", value);
  }

  private static void head(Html html, String... columns) {
    html.open("div", "class", "scroll", "tabindex", "0").open("table", "class", "list");
    html.open("thead").open("tr");
    for (String column : columns) {
      html.element("th", column, "scope", "col");
    }
    html.close().close().open("tbody");
  }

  /** Numbers about a repository. */
  enum Count {
    ARTIFACTS("artifacts", "Artifacts", "SELECT count(*) FROM blob WHERE size>=0"),
    DELTAS("deltas", "Stored as deltas", "SELECT count(*) FROM delta"),
    PHANTOMS("phantoms", "Missing artifacts", "SELECT count(*) FROM phantom"),
    CHECK_INS("checkins", "Check-ins", "SELECT count(*) FROM event WHERE type='ci'"),
    FILES("files", "Files in all check-ins", "SELECT count(*) FROM filename"),
    WIKI("wiki", "Wiki pages", "SELECT count(*) FROM tag WHERE tagname GLOB 'wiki-*'"),
    TICKETS("tickets", "Tickets", "SELECT count(*) FROM tag WHERE tagname GLOB 'tkt-*'");

    final String key;
    final String title;
    private final String sql;

    Count(String key, String title, String sql) {
      this.key = key;
      this.title = title;
      this.sql = sql;
    }

    long in(Snapshot snapshot) {
      return snapshot.session().number(sql, 0);
    }

    static long bytes(Snapshot snapshot) {
      return snapshot.session().number("PRAGMA page_count", 0)
          * snapshot.session().number("PRAGMA page_size", 0);
    }
  }
}
