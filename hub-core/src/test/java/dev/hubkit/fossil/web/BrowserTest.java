package dev.hubkit.fossil.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.view.BrowserPage;
import dev.hubkit.view.Chromium;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Draws the pages in a browser, light and dark, wide and narrow. With the property {@code
 * hub.screenshots} the test keeps a picture of each in the directory that the property names.
 */
class BrowserTest {
  private static final String PICTURES = System.getProperty("hub.screenshots", "");

  private static final List<String> PAGES =
      List.of(
          "timeline",
          "timeline?r=side",
          "timeline?file=src/main.c",
          "info/merge",
          "diff?from=root:side&to=tip",
          "tree",
          "file/src/main.c",
          "file/bin",
          "annotate/src/main.c",
          "branches",
          "tags",
          "wiki",
          "wiki/Home",
          "uvlist",
          "stat",
          "search?s=main",
          "info/tip");

  /**
   * Lists what is wrong with a page, one line each: landmarks and names (which screen readers use),
   * text with too little contrast (WCAG 2.1, 1.4.3: 4.5 to 1), and elements wider than the window.
   */
  private static final String EXAMINE =
      """
      (() => {
        const wrong = [];
        const one = (selector) => {
          const n = document.querySelectorAll(selector).length;
          if (n !== 1) wrong.push(n + ' of ' + selector);
        };
        ['h1', 'main#content', 'body > header', 'header nav[aria-label]', 'form[role=search]',
         'html[lang]', 'title', 'a.skip[href="#content"]'].forEach(one);
        for (const link of document.querySelectorAll('a')) {
          if (!link.textContent.trim()) wrong.push('a link without text to ' + link.href);
        }
        for (const input of document.querySelectorAll('input')) {
          if (!input.getAttribute('aria-label')) wrong.push('an input without a label');
        }
        let level = 1;
        for (const heading of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
          const next = Number(heading.tagName[1]);
          if (next > level + 1) wrong.push(heading.tagName + ' below H' + level);
          level = next;
        }
        if (document.documentElement.scrollWidth > window.innerWidth) {
          wrong.push('wider than the window: ' + document.documentElement.scrollWidth);
        }
        const channels = (color) => {
          const [r, g, b, a] = color.match(/[\\d.]+/g).map(Number);
          return [r, g, b, a === undefined ? 1 : a];
        };
        const luminance = ([r, g, b]) => {
          const linear = (c) => c <= 10.3 ? c / 3294.6 : Math.pow((c / 255 + 0.055) / 1.055, 2.4);
          return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        };
        const ground = (element) => {
          for (let e = element; e; e = e.parentElement) {
            const color = channels(getComputedStyle(e).backgroundColor);
            if (color[3] === 1) return color;
          }
          return [255, 255, 255, 1];
        };
        for (const element of document.body.querySelectorAll('*')) {
          const text = [...element.childNodes].filter(
              (node) => node.nodeType === 3 && node.data.trim());
          if (!text.length || !element.checkVisibility()) continue;
          const a = luminance(channels(getComputedStyle(element).color));
          const b = luminance(ground(element));
          const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (contrast < 4.5) {
            wrong.push('contrast ' + contrast.toFixed(1) + ' of "' + text[0].data.trim() + '"');
          }
        }
        return wrong.join('\\n');
      })()
      """;

  private static final String DEFECTS =
      """
      (() => {
        const faulty = document.createElement('h1');
        faulty.textContent = 'dim';
        faulty.style.color = getComputedStyle(document.body).backgroundColor;
        faulty.style.width = '9000px';
        faulty.style.margin = '0';
        faulty.append(document.createElement('a'));
        document.body.append(faulty);
      })()
      """;

  @TempDir(cleanup = CleanupMode.ALWAYS)
  Path directory;

  @Test
  void pagesAreDrawnWithoutComplaints() throws Exception {
    Path program = Chromium.program().orElse(null);
    assumeTrue(
        program != null,
        "No browser: install Chromium (Debian's package chromium) to test pages in it");
    try (Chromium browser = Chromium.start(program, directory.resolve("browser"));
        BrowserPage shown = browser.open();
        FossilRepository repository = repository();
        FossilServer server =
            FossilServer.start(repository, FossilServerOptions.defaults().withPort(0))) {
      for (boolean dark : new boolean[] {false, true}) {
        for (int width : new int[] {1280, 400}) {
          if (PICTURES.isEmpty() && dark == (width > 400)) {
            continue; // the colors do not depend on the width
          }
          shown.emulate(width, 900, dark ? "dark" : "light", false);
          for (String page : PAGES) {
            String how = page + (dark ? ", dark, " : ", light, ") + width;
            assertThat(open(shown, server.url() + page)).as(how).isEmpty();
            assertThat(shown.evaluate(EXAMINE)).as(how).isEmpty();
            keep(shown, how);
          }
        }
      }
      assertThat(shown.evaluate("getComputedStyle(document.body).backgroundColor"))
          .as("the browser uses the dark style sheet")
          .isEqualTo("rgb(20, 25, 27)");
      assertThat(addDefects(shown).lines())
          .as("the examination finds each defect")
          .containsExactlyInAnyOrder(
              "2 of h1",
              "a link without text to ",
              "wider than the window: 9000",
              "contrast 1.0 of \"dim\"");
      // The browser itself reports the status, and has nothing else to report.
      assertThat(open(shown, server.url() + "info/nowhere"))
          .singleElement()
          .asString()
          .contains("404");
      assertThat(shown.evaluate(EXAMINE)).isEmpty();
      keep(shown, "error");
    }
  }

  private static List<String> open(BrowserPage page, String url) throws Exception {
    int before = page.complaints().size();
    page.load(URI.create(url));
    List<String> complaints = page.complaints();
    return complaints.subList(before, complaints.size());
  }

  private static String addDefects(BrowserPage page) {
    page.evaluate(DEFECTS);
    return page.evaluate(EXAMINE);
  }

  private static void keep(BrowserPage page, String name) throws Exception {
    if (!PICTURES.isEmpty()) {
      Files.write(
          Path.of(PICTURES, name.replaceAll("[^A-Za-z0-9]+", "-") + ".png"), page.picture());
    }
  }

  private FossilRepository repository() throws IOException {
    FossilRepository repository =
        FossilRepository.create(
            directory.resolve("r.fossil"), CreateOptions.withAdministrator("admin"));
    String source = "int main() {\n  return 1; // " + "long ".repeat(40) + "\n}\n";
    ArtifactName first =
        repository.commit(
            new Commit("admin", "The beginning of " + "a_very_long_name_".repeat(10))
                .put("src/main.c", FileContent.of(source))
                .put("run", Permission.EXECUTABLE, FileContent.of("#!/bin/sh\n"))
                .put("bin", FileContent.of(new byte[] {0, 1, 2, 3})));
    ArtifactName side =
        repository.commit(
            new Commit("admin", "On the side, see [" + first.abbreviated() + "]")
                .onTopOf(first)
                .branch("side")
                .put("src/main.c", FileContent.of(source.replace("1", "2"))));
    ArtifactName trunk =
        repository.commit(
            new Commit("admin", "On the trunk\n\nwith more to say")
                .onTopOf(first)
                .tag("v1")
                .put("README", FileContent.of("Read me\n")));
    repository.commit(
        new Commit("admin", "Merged")
            .onTopOf(trunk)
            .merging(side)
            .tag("merge")
            .rename("README", "README.md")
            .put("src/main.c", FileContent.of(source.replace("1", "2"))));
    String wiki =
        "# Hello\n\nA **page** of [links](/tree) and `code`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
            + "> quoted\n\n1. one\n   - two\n\n```\n"
            + "code ".repeat(60)
            + "\n```\n\n---\n";
    repository.update(
        transaction -> {
          transaction.set("project-name", "Hub");
          transaction.writeWiki("admin", "Home", "text/x-markdown", wiki);
          transaction.putUnversioned(
              "downloads/" + "long".repeat(20) + ".txt", "text".getBytes(StandardCharsets.UTF_8));
          transaction.changeTicket("admin", null, Map.of("title", "It <b>breaks</b>"));
        });
    return repository;
  }
}
