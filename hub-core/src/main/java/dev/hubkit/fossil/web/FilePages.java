package dev.hubkit.fossil.web;

import dev.hubkit.fossil.AnnotatedLine;
import dev.hubkit.fossil.Archive;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.TextDiff;
import dev.hubkit.fossil.TimelineEntry;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.Capability;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The pages of directories and files of a check-in, and of artifacts. */
final class FilePages {
  private static final int LARGEST_SHOWN = 2_000_000;
  private static final int VERSIONS_TO_ANNOTATE = 500;

  private FilePages() {}

  private static ArtifactName version(Request request) {
    return request.snapshot().resolve(request.parameter("ci", "tip"));
  }

  private static String path(Request request) throws PageException {
    String path =
        request.rest().isEmpty()
            ? request.parameter("name", request.parameter("filename", ""))
            : request.rest();
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  static Response tree(Request request) throws PageException {
    Snapshot snapshot = request.snapshot();
    String directory = path(request);
    String prefix = directory.isEmpty() ? "" : directory + "/";
    ArtifactName version = version(request);
    TreeSet<String> directories = new TreeSet<>();
    TreeMap<String, ManifestFile> files = new TreeMap<>();
    for (ManifestFile file : snapshot.checkInFiles(version).all()) {
      if (file.name().startsWith(prefix)) {
        String name = file.name().substring(prefix.length());
        int slash = name.indexOf('/');
        if (slash < 0) {
          files.put(name, file);
        } else {
          directories.add(name.substring(0, slash));
        }
      }
    }
    if (files.isEmpty() && directories.isEmpty() && !directory.isEmpty()) {
      throw new PageException(404, "There is no directory \"" + directory + "\"");
    }
    Html html = Layout.begin(snapshot, "tree", "Files");
    crumbs(html, version, directory, "");
    html.open("ul", "class", "files");
    for (String name : directories) {
      html.open("li", "class", "directory");
      html.link(Links.tree(version.hex(), prefix + name), name + "/").close();
    }
    files.forEach(
        (name, file) -> {
          html.open("li").link(Links.file(version.hex(), prefix + name), name);
          if (file.permission() != Permission.REGULAR) {
            html.text(" ").element("span", mode(file.permission()), "class", "mark");
          }
          html.close();
        });
    return Layout.finish(html);
  }

  private static String mode(Permission permission) {
    return switch (permission) {
      case EXECUTABLE -> "executable";
      case SYMLINK -> "link";
      default -> "";
    };
  }

  private static void crumbs(Html html, ArtifactName version, String directory, String file) {
    html.open("p", "class", "crumbs").text("Check-in ");
    html.link(Links.checkIn(version), version.abbreviated(), "class", "hash").text(": ");
    html.link(Links.tree(version.hex(), ""), "top");
    int start = 0;
    while (start < directory.length()) {
      int slash = directory.indexOf('/', start);
      int end = slash < 0 ? directory.length() : slash;
      html.text(" / ");
      html.link(
          Links.tree(version.hex(), directory.substring(0, end)), directory.substring(start, end));
      start = end + 1;
    }
    if (!file.isEmpty()) {
      html.text(" / " + file);
    }
    html.close();
  }

  private static byte[] read(Request request, ArtifactName version, String path)
      throws PageException {
    byte[] content = request.snapshot().readFile(version, path);
    if (content == null) {
      throw new PageException(404, "There is no file \"" + path + "\" in this check-in");
    }
    return content;
  }

  private static Html begin(Request request, ArtifactName version, String path, String title) {
    int slash = path.lastIndexOf('/');
    Html html = Layout.begin(request.snapshot(), "tree", title);
    crumbs(html, version, slash < 0 ? "" : path.substring(0, slash), path.substring(slash + 1));
    html.open("p", "class", "actions");
    html.link(Links.file(version.hex(), path), "File").text(" · ");
    html.link(Links.annotate(version.hex(), path), "Annotate").text(" · ");
    html.link(Links.timeline("file", path), "History").text(" · ");
    html.link(Links.raw(version.hex(), path), "Raw").close();
    return html;
  }

  static Response file(Request request) throws PageException {
    ArtifactName version = version(request);
    String path = path(request);
    byte[] content = read(request, version, path);
    Html html = begin(request, version, path, path.substring(path.lastIndexOf('/') + 1));
    content(html, content);
    return Layout.finish(html);
  }

  private static void content(Html html, byte[] content) {
    if (TextDiff.isBinary(content)) {
      html.element("p", "Binary, " + Layout.size(content.length) + ".", "class", "note");
      return;
    }
    if (content.length > LARGEST_SHOWN) {
      html.element("p", "Too large to show, " + Layout.size(content.length) + ".", "class", "note");
      return;
    }
    String text = new String(content, StandardCharsets.UTF_8);
    html.open("div", "class", "scroll", "tabindex", "0").open("table", "class", "source");
    int number = 1;
    for (String line : lines(text)) {
      String n = Integer.toString(number++);
      html.open("tr", "id", "L" + n).open("td", "class", "number").link("#L" + n, n).close();
      html.element("td", line).close();
    }
    html.close().close();
  }

  private static List<String> lines(String text) {
    return text.lines().toList();
  }

  static Response annotate(Request request) throws PageException {
    ArtifactName version = version(request);
    String path = path(request);
    byte[] content = read(request, version, path);
    Html html =
        begin(request, version, path, "Annotated " + path.substring(path.lastIndexOf('/') + 1));
    if (TextDiff.isBinary(content) || content.length > LARGEST_SHOWN) {
      html.element("p", "Not a text to annotate.", "class", "note");
      return Layout.finish(html);
    }
    html.open("div", "class", "scroll", "tabindex", "0").open("table", "class", "source");
    ArtifactName last = null;
    int number = 1;
    for (AnnotatedLine line : request.snapshot().annotate(version, path, VERSIONS_TO_ANNOTATE)) {
      String n = Integer.toString(number++);
      TimelineEntry origin = line.origin();
      html.open("tr", "id", "L" + n).open("td", "class", "origin");
      if (origin != null && !origin.name().equals(last)) {
        html.link(
            Links.checkIn(origin.name()),
            origin.name().abbreviated(),
            "class",
            "hash",
            "title",
            origin.comment());
        html.open("span", "class", "whence").text(" " + origin.time().toString().substring(0, 10));
        html.text(origin.user() == null ? "" : " " + origin.user()).close();
      }
      last = origin == null ? null : origin.name();
      html.close().open("td", "class", "number").link("#L" + n, n).close();
      html.element("td", line.text()).close();
    }
    return Layout.finish(html);
  }

  static Response raw(Request request) throws PageException {
    byte[] content;
    if (request.parameter("ci") != null || request.parameter("filename") != null) {
      content = read(request, version(request), path(request));
    } else {
      ArtifactName name = request.snapshot().resolveArtifact(request.rest());
      content = artifact(request, name);
    }
    return Response.content(content, contentType(content));
  }

  /** Types that a browser does not run. */
  static String contentType(byte[] content) {
    return TextDiff.isBinary(content) ? "application/octet-stream" : "text/plain; charset=utf-8";
  }

  private static byte[] artifact(Request request, ArtifactName name) throws PageException {
    Snapshot snapshot = request.snapshot();
    String type =
        snapshot
            .session()
            .text("SELECT type FROM event WHERE objid=?", snapshot.content().rid(name));
    if ("w".equals(type) || "e".equals(type)) {
      request.require(Capability.READ_WIKI);
    } else if ("t".equals(type)) {
      request.require(Capability.READ_TICKETS);
    }
    byte[] content = snapshot.content().read(name);
    if (content == null) {
      throw new PageException(404, "The content of " + name + " is not in this repository");
    }
    return content;
  }

  static Response artifact(Request request) throws PageException {
    return show(request, request.snapshot().resolveArtifact(request.rest()));
  }

  static Response show(Request request, ArtifactName name) throws PageException {
    byte[] content = artifact(request, name);
    Html html = Layout.begin(request.snapshot(), "", "Artifact " + name.abbreviated());
    html.open("p").element("span", name.hex(), "class", "hash");
    html.text(", " + Layout.size(content.length) + " · ");
    html.link("/raw/" + name.hex(), "Raw").close();
    content(html, content);
    return Layout.finish(html);
  }

  static Response archive(Request request, boolean zip) throws PageException {
    request.require(Capability.ZIP);
    String rest = request.rest();
    int slash = rest.indexOf('/');
    String version =
        slash < 0
            ? request.parameter("r", request.parameter("uuid", "tip"))
            : rest.substring(0, slash);
    String file = slash < 0 ? rest : rest.substring(slash + 1);
    ArtifactName checkIn = request.snapshot().resolve(version);
    String suffix = zip ? ".zip" : ".tar.gz";
    String root = file.endsWith(suffix) ? file.substring(0, file.length() - suffix.length()) : "";
    if (root.isEmpty() || root.contains("/") || root.startsWith(".")) {
      root = checkIn.abbreviated();
    }
    Archive archive = new Archive(request.snapshot(), checkIn, root);
    return zip
        ? Response.download(root + suffix, "application/zip", archive::zip)
        : Response.download(root + suffix, "application/gzip", archive::tarball);
  }

  /** Returns the files of a check-in, for the read API. */
  static List<ManifestFile> files(Request request, @Nullable String version) {
    Snapshot snapshot = request.snapshot();
    return snapshot.checkInFiles(snapshot.resolve(version == null ? "tip" : version)).all();
  }
}
