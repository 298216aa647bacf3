package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubException;
import dev.hubkit.HubOptions;
import dev.hubkit.HubStatus;
import dev.hubkit.HubVersion;
import dev.hubkit.KnownHubs;
import dev.hubkit.KnownHubs.Condition;
import dev.hubkit.KnownHubs.KnownHub;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.workspace.GitWorkTree;
import dev.hubkit.workspace.ListeningPort;
import dev.hubkit.workspace.Owner;
import dev.hubkit.workspace.UpstreamState;
import dev.hubkit.workspace.Workspace;
import dev.hubkit.workspace.WorkspaceException;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The checks of {@code hub doctor} for one root. Changes nothing. */
final class DoctorChecks {
  private static final long LITTLE_SPACE = 64L << 20;
  private static final Duration DRAIN = Duration.ofSeconds(30);
  private static final List<String> PEERS = List.of("git", "fossil", "nats-server", "nats");

  private final Path root;
  private final OptionDefaults defaults;
  private final List<Finding> findings = new ArrayList<>();

  DoctorChecks(Path root, OptionDefaults defaults) {
    this.root = root;
    this.defaults = defaults;
  }

  List<Finding> findings() {
    program();
    git();
    Workspace workspace;
    HubStatus status;
    try {
      workspace = Workspace.of(root);
      directory(workspace);
      status = Hub.status(root);
    } catch (HubException | WorkspaceException e) {
      add(Finding.problem("directory", String.valueOf(e.getMessage()), null));
      return findings;
    }
    hub(workspace, status);
    settings();
    if (status.pid() < 0) {
      ports();
    }
    repository(workspace);
    others();
    return findings;
  }

  private void add(Finding finding) {
    findings.add(finding);
  }

  private void program() {
    add(
        Finding.ok(
            "program",
            "hub "
                + HubVersion.current()
                + " on Java "
                + Runtime.version()
                + " ("
                + System.getProperty("java.home")
                + ")"));
    Optional<StartupCache> cache = StartupCache.ofThisJvm();
    if (cache.isPresent() && !cache.get().isCurrent()) {
      add(
          Finding.note(
              "startup",
              "no startup cache for this JDK yet; the first start in background makes it"));
    }
    String found =
        PEERS.stream()
            .map(name -> onPath(name).map(Path::toString).orElse("no " + name))
            .collect(Collectors.joining(", "));
    add(Finding.note("clients", found));
  }

  private static Optional<Path> onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.of(path.split(File.pathSeparator, -1))
        .filter(directory -> !directory.isEmpty())
        .flatMap(d -> Stream.of(Path.of(d, program), Path.of(d, program + ".exe")))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  private void git() {
    try {
      GitWorkTree tree = GitWorkTree.containing(root);
      tree.requireSomethingTracked();
      add(Finding.ok("git", "work tree " + tree.top() + " at commit " + tree.shortHead()));
      if (Workspace.of(root).exists() && !tree.excludesWorkspace()) {
        add(
            Finding.warning(
                    "git",
                    "git does not overlook " + Workspace.DIRECTORY + "/ in this clone",
                    "hub doctor --fix, or the next start, adds it to .git/info/exclude")
                .curedBy(tree::excludeWorkspace));
      }
    } catch (WorkspaceException e) {
      boolean seeded = Files.exists(root.resolve(Workspace.DIRECTORY).resolve("hub.fossil"));
      String message = String.valueOf(e.getMessage());
      add(
          seeded
              ? Finding.note("git", message + " (the repository is there already)")
              : Finding.problem("git", message, null));
    } catch (IOException e) {
      add(Finding.warning("git", "its exclude file cannot be read: " + e.getMessage(), null));
    }
  }

  private void directory(Workspace workspace) {
    Path lowest = workspace.exists() ? workspace.directory() : workspace.root();
    if (!Files.isWritable(lowest) || !Files.isExecutable(lowest)) {
      add(
          Finding.problem(
              "directory",
              lowest + " cannot be written by " + System.getProperty("user.name"),
              "chown or chmod it, or use another --root"));
      return;
    }
    try {
      FileStore store = Files.getFileStore(lowest);
      long free = store.getUsableSpace();
      if (free < LITTLE_SPACE) {
        add(
            Finding.problem(
                "disk", "only " + (free >> 20) + " MiB are left on " + store, "make room there"));
      }
    } catch (IOException e) {
      add(Finding.note("disk", "its free space is not known: " + e.getMessage()));
    }
    List<Path> foreign = notWritable(workspace);
    if (foreign.isEmpty()) {
      add(Finding.ok("directory", lowest + " can be written"));
    } else {
      add(
          Finding.problem(
              "directory",
              "no permission to write " + foreign,
              "run hub as the user they belong to, or chown them"));
    }
  }

  private static List<Path> notWritable(Workspace workspace) {
    List<Path> refused = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(workspace.directory())) {
      for (Path file : files) {
        if (!Files.isWritable(file)) {
          refused.add(file);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      refused.add(workspace.directory());
    }
    return refused;
  }

  private void hub(Workspace workspace, HubStatus status) {
    Owner owner = status.owner();
    switch (status.state()) {
      case RUNNING -> {
        add(Finding.ok("hub", "process " + status.pid() + " runs it, and its servers answer"));
        if (status.problem() != null) {
          add(Finding.problem("hub", status.problem(), null));
        }
        status.upstreams().forEach(this::upstream);
        if (owner != null && !owner.version().equals(HubVersion.current())) {
          add(
              Finding.warning(
                  "version", "the hub that runs is of version " + owner.version(), "hub restart"));
        }
      }
      case STARTING, STOPPING ->
          add(Finding.note("hub", "it is " + status.state().name().toLowerCase(Locale.ROOT)));
      case UNRESPONSIVE ->
          add(
              Finding.problem(
                      "hub",
                      "process " + status.pid() + " holds it, but " + status.problem(),
                      "hub restart")
                  .curedBy(() -> Hub.stop(root, DRAIN)));
      case STOPPED -> {
        if (workspace.owner().isPresent()) {
          add(
              Finding.warning(
                      "hub",
                      "the last one ended without clearing up; its data is safe",
                      "hub start, or hub stop to only clear up")
                  .curedBy(() -> Hub.stop(root, DRAIN)));
        } else {
          add(Finding.note("hub", "none runs here"));
        }
      }
    }
  }

  private void upstream(UpstreamState upstream) {
    if (upstream.connected()) {
      add(Finding.ok("upstream", upstream.url() + " is reached"));
    } else if (upstream.problem() == null) {
      add(Finding.note("upstream", upstream.url() + " has not answered yet"));
    } else {
      add(
          Finding.warning(
              "upstream",
              upstream.url() + ": " + upstream.problem(),
              "the hub goes on without, and tries again; look there, or correct the URL or login"
                  + " and run: hub restart"));
    }
  }

  private void settings() {
    Set<String> unknown = defaults.unknownInFile();
    if (!unknown.isEmpty()) {
      add(
          Finding.warning(
              "settings",
              "nothing is called " + unknown + " in " + defaults.file(),
              "the names are those of the long options of hub start: " + StartOptions.NAMES));
    }
  }

  private void ports() {
    try {
      String host = defaults.text("host", "127.0.0.1");
      InetAddress.getByName(host);
      port("fossil-port", host, HubOptions.DEFAULT_FOSSIL_PORT);
      port("nats-port", host, HubOptions.DEFAULT_NATS_PORT);
    } catch (HubException e) {
      add(Finding.problem("settings", String.valueOf(e.getMessage()), null));
    } catch (IOException e) {
      add(Finding.problem("settings", "no such host: " + e.getMessage(), "set another --host"));
    }
  }

  private void port(String option, String host, int otherwise) {
    int number = defaults.port(option, otherwise);
    if (number == 0) {
      return;
    }
    ListeningPort port = new ListeningPort(host, number);
    add(
        port.isFree()
            ? Finding.ok("ports", "port " + number + " of " + host + " is free for " + option)
            : Finding.problem(
                "ports",
                "port " + number + " of " + host + " is in use" + port.describeHolder(),
                "stop that, or choose another with --" + option));
  }

  private void repository(Workspace workspace) {
    Path file = workspace.repository();
    if (!Files.exists(file)) {
      add(Finding.note("repository", "there is none yet; the first start makes it"));
      return;
    }
    try (FossilRepository repository = FossilRepository.open(file)) {
      String state =
          repository
              .read(s -> Optional.ofNullable(s.session().text("PRAGMA quick_check(1)")))
              .orElse(null);
      long artifacts = repository.read(s -> s.session().number("SELECT count(*) FROM blob", 0));
      add(
          "ok".equals(state)
              ? Finding.ok("repository", file + " holds " + artifacts + " artifacts, and is sound")
              : Finding.problem(
                  "repository",
                  file + " is damaged: " + state,
                  "take it from a backup or a clone, or start over with: hub start --fresh"));
    } catch (RepositoryException e) {
      add(
          Finding.problem(
              "repository",
              String.valueOf(e.getMessage()),
              "take it from a backup or a clone, or start over with: hub start --fresh"));
    }
  }

  private void others() {
    for (KnownHub hub : KnownHubs.list()) {
      // A dead hub in this root has been found already.
      if (hub.condition() != Condition.ALIVE && !hub.status().root().equals(root)) {
        add(
            Finding.warning(
                    "others",
                    "process "
                        + hub.status().pid()
                        + " of "
                        + hub.status().root()
                        + ": "
                        + hub.status().problem(),
                    "hub ps --reap")
                .curedBy(() -> KnownHubs.reap(hub, DRAIN)));
      }
    }
  }
}
