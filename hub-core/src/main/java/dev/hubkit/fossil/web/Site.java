package dev.hubkit.fossil.web;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.sync.Capability;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Finds the page that answers an address. Thread-safe. */
final class Site {
  private final String style = resource("style.css");
  private final String icon = resource("icon.svg");

  private static String resource(String name) {
    try (InputStream in = Site.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The resource " + name + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Response answer(Request request) throws PageException, IOException {
    switch (request.page()) {
      case "style.css" -> {
        return Response.text(200, "text/css; charset=utf-8", style);
      }
      case "icon.svg" -> {
        return Response.text(200, "image/svg+xml", icon);
      }
      case "robots.txt" -> {
        return Response.text(200, "text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n");
      }
      default -> {
        // The pages, which not every visitor may see.
      }
    }
    request.require(Capability.READ);
    return switch (request.page()) {
      case "", "index", "home", "timeline" -> TimelinePages.timeline(request);
      case "search" -> TimelinePages.search(request);
      case "info", "vinfo", "ci" -> CheckInPages.checkIn(request);
      case "diff", "vdiff" -> CheckInPages.diff(request);
      case "tree", "dir" -> FilePages.tree(request);
      case "file" -> FilePages.file(request);
      case "annotate", "blame" -> FilePages.annotate(request);
      case "raw" -> FilePages.raw(request);
      case "artifact" -> FilePages.artifact(request);
      case "tarball" -> FilePages.archive(request, false);
      case "zip" -> FilePages.archive(request, true);
      case "branches", "brlist" -> ListPages.branches(request);
      case "tags", "taglist" -> ListPages.tags(request);
      case "uvlist" -> ListPages.unversioned(request);
      case "uv" -> ListPages.unversionedFile(request);
      case "stat" -> ListPages.status(request);
      case "wiki", "wcontent" -> WikiPages.wiki(request);
      case "json" -> JsonPages.answer(request);
      default -> throw new PageException(404, "There is no page \"" + request.page() + "\"");
    };
  }

  Response failure(Snapshot snapshot, int status, String message) {
    Html html = Layout.begin(snapshot, "", status == 404 ? "Not found" : "Sorry");
    String sentence = message.substring(0, 1).toUpperCase(Locale.ROOT) + message.substring(1);
    html.element("p", sentence + ".", "class", "failure");
    html.open("p").link("/timeline", "To the timeline").close();
    return Response.page(status, html.finish());
  }
}
