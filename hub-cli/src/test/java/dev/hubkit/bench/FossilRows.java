package dev.hubkit.bench;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.fossil.web.FossilServer;
import dev.hubkit.fossil.web.FossilServerOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** The work that is timed with Hub and with C fossil; all its files lie below one directory. */
final class FossilRows {
  private static final int HISTORY_FILES = 150;
  private static final int PAGES = 50;

  private final Path directory;
  private final FossilProgram fossil;
  private final double scale;

  FossilRows(Path directory, double scale) throws IOException {
    this.directory = directory;
    this.scale = scale;
    this.fossil = new FossilProgram(Files.createDirectories(directory.resolve("home")));
  }

  /** Does some work and returns the seconds it took. */
  @FunctionalInterface
  interface Timed {
    double seconds() throws Exception;
  }

  /** The same work, done by Hub and by C fossil. */
  record Row(String name, Timed hub, Timed original) {}

  List<Row> all() {
    return List.of(
        seed(scaled(1_500)),
        seed(scaled(50_000)),
        commits(scaled(1_000)),
        new Row(
            "clone by C fossil from Hub, s",
            () -> served(this::cloneByC),
            () -> original(this::cloneByC)),
        new Row(
            "clone by Hub's client from fossil server, s",
            () -> original(this::cloneByHub),
            () -> original(this::cloneByC)),
        new Row(
            "clone by Hub's client from Hub, s",
            () -> served(this::cloneByHub),
            () -> original(this::cloneByC)),
        new Row("rebuild, s", this::rebuildByHub, this::rebuildByC),
        new Row(
            "timeline page, 50 times, s", () -> served(this::pages), () -> original(this::pages)));
  }

  private int scaled(int count) {
    return Math.max(1, (int) (count * scale));
  }

  // ---- seeding and committing

  private Row seed(int files) {
    return new Row(
        "seed " + files + " files, s",
        () -> {
          Path tree = tree(files);
          Path file = fresh("seed.fossil");
          long start = System.nanoTime();
          try (FossilRepository repository = create(file)) {
            Commit commit = new Commit("bench", "seed");
            try (Stream<Path> all = Files.walk(tree)) {
              all.filter(Files::isRegularFile)
                  .forEach(
                      path -> commit.put(tree.relativize(path).toString(), FileContent.of(path)));
            }
            repository.commit(commit);
          }
          return since(start);
        },
        () -> {
          Path tree = tree(files);
          Path file = fresh("seed.fossil");
          long start = System.nanoTime();
          fossil.run(directory, "new", file.toString());
          fossil.run(tree, "open", "--force", file.toString());
          fossil.run(tree, "addremove");
          fossil.run(tree, "commit", "--no-warnings", "-m", "seed");
          double seconds = since(start);
          fossil.run(tree, "close", "--force");
          return seconds;
        });
  }

  private Row commits(int count) {
    return new Row(
        count + " small commits, s",
        () -> {
          Path file = fresh("commits.fossil");
          try (FossilRepository repository = create(file)) {
            Commit base = new Commit("bench", "base");
            for (int i = 0; i < 20; i++) {
              base.put("file" + i, FileContent.of("line\n".repeat(99) + i));
            }
            ArtifactName tip = repository.commit(base);
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
              tip =
                  repository.commit(
                      new Commit("bench", "change " + i)
                          .onTopOf(tip)
                          .put("file" + i % 20, FileContent.of(change(i))));
            }
            return since(start);
          }
        },
        () -> {
          Path file = fresh("commits.fossil");
          Path tree = Files.createDirectories(directory.resolve("checkout"));
          fossil.run(directory, "new", file.toString());
          fossil.run(tree, "open", "--force", file.toString());
          for (int i = 0; i < 20; i++) {
            Files.writeString(tree.resolve("file" + i), "line\n".repeat(99) + i);
          }
          fossil.run(tree, "addremove");
          fossil.run(tree, "commit", "--no-warnings", "-m", "base");
          long start = System.nanoTime();
          for (int i = 0; i < count; i++) {
            Files.writeString(tree.resolve("file" + i % 20), change(i));
            fossil.run(tree, "commit", "--no-warnings", "-m", "change " + i);
          }
          double seconds = since(start);
          fossil.run(tree, "close", "--force");
          return seconds;
        });
  }

  /**
   * Returns content whose size differs from that of the twenty changes before, because C fossil
   * compares sizes and seconds first.
   */
  private static String change(int i) {
    return "line\n".repeat(100 + i % 97) + i;
  }

  private static FossilRepository create(Path file) {
    return FossilRepository.create(file, CreateOptions.withAdministrator("bench"));
  }

  private Path tree(int files) throws IOException {
    Path tree = directory.resolve("tree" + files);
    if (!Files.exists(tree)) {
      FossilHistory.tree(tree, files);
    }
    return tree;
  }

  // ---- the history of 20,000 check-ins

  /** Does some work against a server and returns the seconds it took. */
  @FunctionalInterface
  private interface Client {
    double seconds(String url) throws Exception;
  }

  private double served(Client client) throws Exception {
    try (FossilRepository repository = FossilRepository.open(history());
        FossilServer server =
            FossilServer.start(repository, FossilServerOptions.defaults().withPort(0))) {
      return client.seconds(server.url());
    }
  }

  private double original(Client client) throws Exception {
    try (FossilProgram.Server server = fossil.serve(history())) {
      return client.seconds(server.url());
    }
  }

  private double cloneByC(String url) throws Exception {
    Path file = fresh("clone.fossil");
    long start = System.nanoTime();
    fossil.run(directory, "clone", url, file.toString());
    return since(start);
  }

  private double cloneByHub(String url) throws Exception {
    Path file = fresh("clone.fossil");
    long start = System.nanoTime();
    try (FossilClient client = FossilClient.of(URI.create(url))) {
      client.cloneTo(file, "bench").close();
    }
    return since(start);
  }

  private double pages(String url) throws IOException {
    long start = System.nanoTime();
    for (int i = 0; i < PAGES; i++) {
      if (!FossilProgram.page(url + "timeline?n=50").contains("Change number")) {
        throw new IOException("not a timeline");
      }
    }
    return since(start);
  }

  private double rebuildByHub() throws Exception {
    Path copy = copyOfHistory();
    long start = System.nanoTime();
    try (FossilRepository repository = FossilRepository.open(copy)) {
      repository.rebuild();
    }
    return since(start);
  }

  private double rebuildByC() throws Exception {
    Path copy = copyOfHistory();
    long start = System.nanoTime();
    fossil.run(directory, "rebuild", copy.toString());
    return since(start);
  }

  private Path copyOfHistory() throws Exception {
    return Files.copy(history(), fresh("rebuilt.fossil"), StandardCopyOption.REPLACE_EXISTING);
  }

  private Path history() throws Exception {
    Path file = directory.resolve("history.fossil");
    if (!Files.exists(file)) {
      Path stream = directory.resolve("stream");
      FossilHistory.stream(stream, scaled(20_000), HISTORY_FILES);
      fossil.run(directory, "import", "--git", file.toString(), stream.toString());
      Files.delete(stream);
    }
    return file;
  }

  private Path fresh(String name) throws IOException {
    for (String suffix : new String[] {"", "-wal", "-shm", "-journal"}) {
      Files.deleteIfExists(directory.resolve(name + suffix));
    }
    return directory.resolve(name);
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
