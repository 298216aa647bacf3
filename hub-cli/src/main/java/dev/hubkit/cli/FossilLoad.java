package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.FossilClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;

/** Puts the load of {@code hub bench} on the repository of a hub of its own. */
final class FossilLoad {
  private static final String USER = "bench";

  private final Hub hub;
  private final double scale;
  private final BenchResults figures;

  FossilLoad(Hub hub, double scale, BenchResults figures) {
    this.hub = hub;
    this.scale = scale;
    this.figures = figures;
  }

  void run(Path work) throws IOException {
    FossilRepository repository = hub.repository();
    int files = Math.max(10, (int) (1_000 * scale));
    Commit many = new Commit(USER, "many files").onTopOf(repository.read(s -> s.resolve("tip")));
    for (int i = 0; i < files; i++) {
      many.put("dir" + i % 10 + "/file" + i + ".txt", FileContent.of(text(i, 100)));
    }
    long start = System.nanoTime();
    ArtifactName tip = repository.commit(many);
    figures.add("check-in of " + files + " files", millis(start), "ms");

    int commits = Math.max(5, (int) (200 * scale));
    start = System.nanoTime();
    for (int i = 0; i < commits; i++) {
      tip =
          repository.commit(
              new Commit(USER, "change " + i)
                  .onTopOf(tip)
                  .put("dir0/file0.txt", FileContent.of(text(i, 101))));
    }
    figures.add("check-in of one file, on the average", millis(start) / commits, "ms");

    start = System.nanoTime();
    URI url = URI.create(hub.fossilUrl());
    try (FossilClient client = FossilClient.of(url);
        FossilRepository clone = client.cloneTo(work.resolve("clone.fossil"), USER)) {
      figures.add("clone of it all", millis(start), "ms");
      start = System.nanoTime();
      clone.rebuild();
      figures.add("rebuild of the clone", millis(start), "ms");
    }

    start = System.nanoTime();
    try (InputStream page = new URL(hub.fossilUrl() + "timeline").openStream()) {
      page.readAllBytes();
    }
    figures.add("page of the timeline", millis(start), "ms");
  }

  private static String text(int seed, int lines) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      text.append("line ").append(i).append(" of ").append(seed * 31L + i % 7).append('\n');
    }
    return text.toString();
  }

  private static double millis(long start) {
    return (System.nanoTime() - start) / 1e6;
  }
}
