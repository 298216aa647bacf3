package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.Seed;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Makes an archive of the classes that a hub and its usual commands need. It runs both once, as a
 * user would, in JVMs that list the classes they load, and another JVM reads these lists.
 *
 * @param work a directory to work in, empty at first
 */
record ClassArchive(Path work) {
  private static final long LONGEST_RUN_SECONDS = 120;
  private static final String NATS_STORE = ".orchestrator/nats-store";
  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("start", "--detach", "--fossil-port=0", "--nats-port=0"),
          List.of("start", "--detach"),
          List.of("status"),
          List.of("status", "--json"),
          List.of("stop"));

  /** Makes the archive in the work directory, which takes some seconds. */
  Path make() throws IOException, InterruptedException {
    Path root = Files.createDirectory(work.resolve("root"));
    makeWorkTree(root);
    try {
      for (int i = 0; i < COMMANDS.size(); i++) {
        List<String> options =
            List.of("-XX:+UseSerialGC", "-Xshare:off", writesDown("command-" + i));
        run(HubProcessLauncher.java(options, HubCommand.class, COMMANDS.get(i)), root);
      }
    } finally {
      Hub.stop(root, Duration.ofSeconds(1));
    }
    runNatsServer(root);
    Path archive = work.resolve("archive");
    run(
        HubProcessLauncher.java(
            List.of(
                "-Xshare:dump",
                "-XX:SharedClassListFile=" + allClasses(),
                "-XX:SharedArchiveFile=" + archive),
            HubCommand.class,
            List.of()),
        work);
    return archive;
  }

  /**
   * Makes just enough of a work tree for a start to find it; a repository, since there is no file
   * to seed; and a stream, so that the start opens it again.
   */
  private static void makeWorkTree(Path root) throws IOException {
    Files.createDirectories(root.resolve(".git").resolve("objects"));
    Files.writeString(root.resolve(".git").resolve("HEAD"), "ref: refs/heads/main\n");
    HubOptions options =
        HubOptions.forTests().toBuilder().seed(Seed.file("file", "content")).build();
    try (Hub hub = Hub.start(root, options);
        LoadConnection nats = new LoadConnection(URI.create(hub.natsUrl()))) {
      nats.send("SUB inbox 1\r\n");
      nats.ask("$JS.API.STREAM.CREATE.S", "inbox", "{\"name\":\"S\",\"subjects\":[\"s.>\"]}");
      nats.ask("s.1", "inbox", "a message");
      nats.ask(
          "$JS.API.CONSUMER.DURABLE.CREATE.S.C",
          "inbox",
          "{\"stream_name\":\"S\",\"config\":{\"durable_name\":\"C\",\"ack_policy\":\"explicit\"}}");
    }
  }

  /**
   * The path is relative, since commands and hub run in the root, and since paths may have blanks.
   */
  private static String writesDown(String name) {
    return "-XX:DumpLoadedClassList=../" + name + ".classes";
  }

  /** Runs a server alone on the hub's store, and ends it when it is ready. */
  private void runNatsServer(Path root) throws IOException, InterruptedException {
    List<String> options = List.of("-XX:+UseSerialGC", "-Xshare:off", writesDown("nats-server"));
    List<String> arguments =
        List.of("nats-server", "-a", "127.0.0.1", "-p", "-1", "-js", "-sd", NATS_STORE);
    Process process =
        builder(HubProcessLauncher.java(options, HubCommand.class, arguments), root).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.endsWith("Server is ready")) {
          process.toHandle().destroy(); // as against the process's own, leaves its output open
        }
      }
    } finally {
      end(process);
    }
  }

  private void run(List<String> command, Path directory) throws IOException, InterruptedException {
    ProcessBuilder builder = builder(command, directory);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(work.resolve("log").toFile()));
    Process process = builder.start();
    end(process);
    if (process.exitValue() != 0) {
      throw new IOException(command + " ended with status " + process.exitValue());
    }
  }

  private static void end(Process process) throws InterruptedException {
    if (!process.waitFor(LONGEST_RUN_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private ProcessBuilder builder(List<String> command, Path directory) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    // The user's settings must not change what runs, and the user's list must not show it.
    builder.environment().keySet().removeIf(name -> name.startsWith("HUB_"));
    builder.environment().put("XDG_STATE_HOME", work.toString());
    builder.environment().put(StartupCache.OFF, "1");
    builder.environment().put(HubProcessLauncher.MORE_OPTIONS, "-Xshare:off " + writesDown("hub"));
    return builder.redirectErrorStream(true);
  }

  /**
   * Joins the lists. Newer JVMs number the classes in them, but accept no numbers for those of a
   * class path.
   */
  private Path allClasses() throws IOException {
    Set<String> all = new LinkedHashSet<>();
    try (DirectoryStream<Path> lists = Files.newDirectoryStream(work, "*.classes")) {
      for (Path list : lists) {
        for (String line : Files.readAllLines(list, StandardCharsets.UTF_8)) {
          all.add(line.replaceFirst(" id: [0-9]+$", ""));
        }
      }
    }
    return Files.write(work.resolve("all"), all, StandardCharsets.UTF_8);
  }
}
