package dev.hubkit.fossil.web;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.TextDiff;
import dev.hubkit.fossil.TimelineEntry;
import dev.hubkit.fossil.TimelineFilter;
import dev.hubkit.fossil.artifact.CheckInFiles;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.Capability;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A check-in, and the differences between two. */
final class CheckInPages {
  private static final int CONTEXT = 5;
  private static final int MOST_FILES = 200;
  private static final int MOST_LINES = 5_000;

  private CheckInPages() {}

  /** A file that is not the same in two check-ins. */
  private record Change(String path, @Nullable ManifestFile before, @Nullable ManifestFile after) {}

  static Response checkIn(Request request) throws PageException {
    Snapshot snapshot = request.snapshot();
    String version = request.rest().isEmpty() ? request.parameter("name", "tip") : request.rest();
    ArtifactName name = snapshot.resolveArtifact(version);
    long rid = snapshot.content().rid(name);
    List<TimelineEntry> entries =
        snapshot.timeline(
            new TimelineFilter().types(TimelineEntry.Type.CHECK_IN).ancestorsOf(name).limit(1));
    if (!snapshot.session().exists("SELECT 1 FROM event WHERE objid=? AND type='ci'", rid)) {
      return FilePages.show(request, name);
    }
    Manifest manifest = snapshot.checkIn(name);
    String comment = manifest.comment() == null ? "" : manifest.comment();
    Html html = Layout.begin(snapshot, "timeline", "Check-in " + name.abbreviated());
    for (TimelineEntry entry : entries) {
      if (entry.rid() == rid) {
        comment = entry.comment();
      }
    }
    html.open("p", "class", "message");
    WikiText.links(comment, html);
    html.close();
    html.open("dl", "class", "facts");
    fact(html, "Artifact", name.hex());
    html.element("dt", "Time").open("dd");
    Layout.time(html, manifest.date());
    html.close();
    String user = manifest.user();
    if (user != null) {
      html.element("dt", "User").open("dd").link(Links.timeline("u", user), user).close();
    }
    relatives(
        html, snapshot, "Parents", "SELECT uuid FROM plink JOIN blob ON pid=rid WHERE cid=?", rid);
    relatives(
        html, snapshot, "Children", "SELECT uuid FROM plink JOIN blob ON cid=rid WHERE pid=?", rid);
    labels(html, snapshot, rid);
    html.element("dt", "Downloads").open("dd");
    html.link(Links.tree(name.hex(), ""), "Files");
    if (request.access().may(Capability.ZIP)) {
      String base = name.abbreviated();
      html.text(" · ").link("/tarball/" + base + "/" + base + ".tar.gz", "Tarball");
      html.text(" · ").link("/zip/" + base + "/" + base + ".zip", "Zip");
    }
    html.text(" · ").link("/raw/" + name.hex(), "Manifest").close().close();

    ArtifactName parent = manifest.parents().isEmpty() ? null : manifest.parents().get(0);
    if (parent != null && snapshot.content().size(snapshot.content().rid(parent)) < 0) {
      html.element("p", "The parent is not in this repository, so there is nothing to compare to.");
    } else {
      changes(html, snapshot, parent, name);
    }
    return Layout.finish(html);
  }

  private static void fact(Html html, String name, String value) {
    html.element("dt", name).element("dd", value, "class", "hash");
  }

  private static void relatives(Html html, Snapshot snapshot, String title, String sql, long rid) {
    List<ArtifactName> names =
        snapshot.session().list(sql, row -> new ArtifactName(row.text(1)), rid);
    if (names.isEmpty()) {
      return;
    }
    html.element("dt", title).open("dd");
    for (ArtifactName name : names) {
      html.link(Links.checkIn(name), name.abbreviated(), "class", "hash").text(" ");
    }
    html.close();
  }

  private static void labels(Html html, Snapshot snapshot, long rid) {
    List<String> labels =
        snapshot
            .session()
            .list(
                "SELECT substr(tagname,5) FROM tagxref JOIN tag USING(tagid)"
                    + " WHERE rid=? AND tagtype>0 AND tagname GLOB 'sym-*' ORDER BY 1",
                row -> row.text(1),
                rid);
    if (labels.isEmpty()) {
      return;
    }
    html.element("dt", "Tags and branches").open("dd");
    for (String label : labels) {
      html.link(Links.timeline("t", label), label, "class", "label tag").text(" ");
    }
    html.close();
  }

  static Response diff(Request request) throws PageException {
    Snapshot snapshot = request.snapshot();
    String from = request.parameter("from");
    String to = request.parameter("to");
    if (from == null || to == null) {
      throw new PageException(400, "Which two check-ins? Say from= and to=");
    }
    ArtifactName before = snapshot.resolve(from);
    ArtifactName after = snapshot.resolve(to);
    Html html = Layout.begin(snapshot, "timeline", "Differences");
    html.open("p").text("From ").link(Links.checkIn(before), before.abbreviated(), "class", "hash");
    html.text(" to ").link(Links.checkIn(after), after.abbreviated(), "class", "hash").close();
    changes(html, snapshot, before, after);
    return Layout.finish(html);
  }

  private static List<Change> compare(
      Snapshot snapshot, @Nullable ArtifactName from, ArtifactName to) {
    Map<String, ManifestFile> before = new TreeMap<>();
    if (from != null) {
      snapshot.checkInFiles(from).all().forEach(file -> before.put(file.name(), file));
    }
    CheckInFiles files = snapshot.checkInFiles(to);
    List<Change> changes = new ArrayList<>();
    for (ManifestFile file : files.all()) {
      ManifestFile old = before.remove(file.name());
      String prior = file.priorName();
      if (old == null && prior != null) {
        old = before.remove(prior);
      }
      if (old == null
          || !Objects.equals(old.content(), file.content())
          || old.permission() != file.permission()
          || !old.name().equals(file.name())) {
        changes.add(new Change(file.name(), old, file));
      }
    }
    before.forEach((path, file) -> changes.add(new Change(path, file, null)));
    changes.sort((a, b) -> a.path.compareTo(b.path));
    return changes;
  }

  private static void changes(
      Html html, Snapshot snapshot, @Nullable ArtifactName from, ArtifactName to) {
    List<Change> changes = compare(snapshot, from, to);
    html.element("h2", "Changes (" + changes.size() + (changes.size() == 1 ? " file)" : " files)"));
    int[] lines = {0};
    for (Change change : changes.subList(0, Math.min(changes.size(), MOST_FILES))) {
      html.open("section", "class", "change");
      title(html, change, from, to);
      body(html, snapshot, change, lines);
      html.close();
    }
    if (changes.size() > MOST_FILES) {
      html.element("p", "and " + (changes.size() - MOST_FILES) + " more files");
    }
  }

  private static void title(
      Html html, Change change, @Nullable ArtifactName from, ArtifactName to) {
    html.open("h3");
    if (change.after != null) {
      html.link(Links.file(to.hex(), change.path), change.path);
    } else if (from != null) {
      html.link(Links.file(from.hex(), change.path), change.path);
    }
    html.text(" ").element("span", kind(change), "class", "mark").close();
  }

  private static String kind(Change change) {
    if (change.before == null) {
      return "added";
    }
    if (change.after == null) {
      return "deleted";
    }
    if (!change.before.name().equals(change.after.name())) {
      return "renamed from " + change.before.name();
    }
    return change.before.permission() == change.after.permission() ? "changed" : "mode changed";
  }

  private static void body(Html html, Snapshot snapshot, Change change, int[] lines) {
    byte[] before = content(snapshot, change.before);
    byte[] after = content(snapshot, change.after);
    if (before == null || after == null) {
      html.element("p", "The content is not in this repository.", "class", "note");
    } else if (TextDiff.isBinary(before) || TextDiff.isBinary(after)) {
      html.element(
          "p",
          "Binary, " + Layout.size(before.length) + " to " + Layout.size(after.length),
          "class",
          "note");
    } else if (lines[0] > MOST_LINES) {
      html.element("p", "Too much to show.", "class", "note");
    } else {
      hunks(html, TextDiff.hunks(before, after, CONTEXT), lines);
    }
  }

  private static byte @Nullable [] content(Snapshot snapshot, @Nullable ManifestFile file) {
    ArtifactName name = file == null ? null : file.content();
    return name == null ? new byte[0] : snapshot.content().read(name);
  }

  private static void hunks(Html html, List<TextDiff.Hunk> hunks, int[] shown) {
    html.open("div", "class", "scroll", "tabindex", "0").open("table", "class", "diff");
    for (TextDiff.Hunk hunk : hunks) {
      html.open("tbody");
      int before = hunk.beforeStart();
      int after = hunk.afterStart();
      for (TextDiff.Line line : hunk.lines()) {
        if (shown[0]++ > MOST_LINES) {
          html.open("tr").element("td", "…", "colspan", "4").close();
          break;
        }
        char kind = line.kind();
        html.open("tr", "class", kind == '+' ? "added" : kind == '-' ? "removed" : "same");
        html.element("td", kind == '+' ? "" : Integer.toString(before), "class", "number");
        html.element("td", kind == '-' ? "" : Integer.toString(after), "class", "number");
        html.element("td", Character.toString(kind), "class", "sign");
        html.element("td", line.text()).close();
        before += kind == '+' ? 0 : 1;
        after += kind == '-' ? 0 : 1;
      }
      html.close();
    }
    html.close().close();
  }
}
