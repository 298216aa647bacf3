package dev.hubkit.cli;

import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shows pages in a browser. */
final class Browser {
  private Browser() {}

  /**
   * Shows a page.
   *
   * @throws IOException if there is no such program
   */
  static void open(String url) throws IOException {
    File nothing = new File(File.separatorChar == '\\' ? "NUL" : "/dev/null");
    new ProcessBuilder(command(url, System.getProperty("os.name", ""), System.getenv()))
        .redirectInput(nothing)
        .redirectOutput(nothing)
        .redirectError(nothing)
        .start();
  }

  static List<String> command(String url, String system, Map<String, String> environment) {
    @Nullable String chosen = environment.get("BROWSER");
    if (chosen != null && !chosen.isBlank()) {
      return List.of(chosen.strip(), url);
    }
    String name = system.toLowerCase(Locale.ROOT);
    if (name.startsWith("windows")) {
      return List.of("rundll32", "url.dll,FileProtocolHandler", url);
    }
    return List.of(name.startsWith("mac") ? "open" : "xdg-open", url);
  }
}
