package dev.hubkit.fossil.web;

import dev.hubkit.fossil.WikiVersion;
import dev.hubkit.fossil.artifact.WikiPage;
import dev.hubkit.fossil.sync.Capability;
import java.util.List;

/** The wiki. */
final class WikiPages {
  private WikiPages() {}

  static Response wiki(Request request) throws PageException {
    request.require(Capability.READ_WIKI);
    String name = request.rest().isEmpty() ? request.parameter("name", "") : request.rest();
    return name.isEmpty() ? index(request) : page(request, name);
  }

  private static Response index(Request request) {
    Html html = Layout.begin(request.snapshot(), "wiki", "Wiki");
    List<WikiVersion> pages = request.snapshot().wiki().pages();
    if (pages.isEmpty()) {
      html.element("p", "There are no wiki pages.");
    }
    html.open("ul");
    for (WikiVersion page : pages) {
      html.open("li").link(Links.wiki(page.title()), page.title()).text(" ");
      Layout.time(html, page.time());
      html.close();
    }
    return Layout.finish(html);
  }

  private static Response page(Request request, String name) throws PageException {
    WikiPage page = request.snapshot().wiki().page(name);
    if (page == null) {
      throw new PageException(404, "There is no wiki page \"" + name + "\"");
    }
    Html html = Layout.begin(request.snapshot(), "wiki", name);
    html.open("article");
    WikiText.render(page.text(), page.mimetype(), html);
    html.close();
    html.element("h2", "Versions").open("ul");
    for (WikiVersion version : request.snapshot().wiki().versions(name)) {
      html.open("li");
      html.link(Links.artifact(version.name()), version.name().abbreviated(), "class", "hash");
      html.text(" ");
      Layout.time(html, version.time());
      html.close();
    }
    return Layout.finish(html);
  }
}
