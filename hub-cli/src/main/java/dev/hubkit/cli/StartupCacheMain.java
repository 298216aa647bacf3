package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.Seed;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.workspace.DetachedChild;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.sqlite.util.OSInfo;
import picocli.CommandLine;

/**
 * The process that makes the {@link StartupCache}: it has one JVM write down which classes a hub
 * and the usual commands need, and another write these into an archive. Both files get their names
 * when they are complete.
 */
public final class StartupCacheMain {
  private static final long LONGEST_RUN_SECONDS = 120;
  private static final String TRAINING = "training";

  private StartupCacheMain() {}

  /** Makes the cache, or, in the JVM it starts for that, does what a hub and its user do. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 2 && arguments[0].equals(TRAINING)) {
      train(Path.of(arguments[1]));
      return;
    }
    DetachedChild.ignoreTerminalSignals();
    Optional<StartupCache> cache = StartupCache.ofThisJvm();
    if (cache.isPresent() && !cache.get().isCurrent()) {
      make(cache.get());
    }
  }

  private static void make(StartupCache cache) throws IOException, InterruptedException {
    Path lockFile = cache.archive().resolveSibling(cache.archive().getFileName() + ".lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        return;
      }
      Path work = Files.createTempDirectory(cache.directory(), "hub-startup-");
      try {
        unpackSqlite(cache.sqlite(), work.resolve("sqlite"));
        Path list = work.resolve("classes");
        Path archive = work.resolve("archive");
        run(
            work,
            Launch.java(
                List.of("-XX:+UseSerialGC", "-Xshare:off", "-XX:DumpLoadedClassList=" + list),
                StartupCacheMain.class,
                List.of(TRAINING, work.toString())));
        run(
            work,
            Launch.java(
                List.of(
                    "-Xshare:dump",
                    "-XX:SharedClassListFile=" + list,
                    "-XX:SharedArchiveFile=" + archive),
                StartupCacheMain.class,
                List.of()));
        if (Files.exists(archive)) {
          Files.move(archive, cache.archive(), StandardCopyOption.REPLACE_EXISTING);
        }
      } finally {
        delete(work);
      }
    }
  }

  private static void unpackSqlite(Path file, Path temporary) throws IOException {
    String name = System.mapLibraryName("sqlitejdbc").replaceFirst("\\.jnilib$", ".dylib");
    String resource = "/org/sqlite/native/" + OSInfo.getNativeLibFolderPathForCurrentOS() + "/";
    try (InputStream in = OSInfo.class.getResourceAsStream(resource + name)) {
      if (in != null) {
        deleteOthers(file);
        Files.copy(in, temporary);
        Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** Those of earlier jars of this name. A process that has one loaded keeps what it has. */
  private static void deleteOthers(Path file) throws IOException {
    String program = file.getFileName().toString().replaceFirst("-[0-9a-f]*-[^-]*$", "");
    try (DirectoryStream<Path> others =
        Files.newDirectoryStream(
            file.resolveSibling("."), program + "-*-" + System.mapLibraryName("sqlite"))) {
      for (Path other : others) {
        Files.deleteIfExists(other);
      }
    }
  }

  private static void run(Path work, List<String> command)
      throws IOException, InterruptedException {
    File log = work.resolve("log").toFile();
    ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
    // What the training does must not turn up where the user looks.
    builder.environment().put("XDG_STATE_HOME", work.toString());
    builder.environment().put(StartupCache.OFF, "1");
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log));
    Process process = builder.start();
    if (!process.waitFor(LONGEST_RUN_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private static void train(Path work) throws IOException, InterruptedException {
    trainHub(work);
    // The second start finds what the first one has stored.
    for (boolean first : new boolean[] {true, false}) {
      trainNatsServer(work.resolve("store"), first);
    }
  }

  private static void trainNatsServer(Path store, boolean first)
      throws IOException, InterruptedException {
    NatsServerCommand command =
        NatsServerCommand.of(
            List.of("-a", "127.0.0.1", "-p", "-1", "-js", "-sd", store.toString()));
    Thread running =
        new Thread(
            () -> {
              try {
                command.call();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "nats-server");
    running.start();
    NatsServer server = command.started().join();
    try (LoadConnection connection = new LoadConnection(URI.create(server.clientUrl()))) {
      connection.send("SUB inbox 1\r\n");
      if (first) {
        connection.ask(
            "$JS.API.STREAM.CREATE.S",
            "inbox",
            "{\"name\":\"S\",\"subjects\":[\"s\"],\"storage\":\"file\"}");
        connection.ask("s", "inbox", "message");
      }
      connection.ask("$JS.API.STREAM.INFO.S", "inbox", "");
    } finally {
      server.close();
      running.join();
    }
  }

  private static void trainHub(Path work) throws IOException {
    Path root = Files.createDirectories(work.resolve("root"));
    HubOptions options =
        HubOptions.forTests().toBuilder().seed(Seed.file("file", "content")).listed(true).build();
    try (Hub hub = Hub.start(root, options)) {
      for (String command : List.of("status", "stop", "start")) {
        List<String> line = new ArrayList<>(List.of(command, "--root", root.toString()));
        if (command.equals("start")) {
          line.add("--detach");
        } else if (command.equals("stop")) {
          line.add("--help");
        }
        String[] arguments = line.toArray(String[]::new);
        CommandLine commands = HubCommand.commandLine(arguments);
        commands.setOut(new PrintWriter(Writer.nullWriter()));
        if (commands.execute(arguments) != 0) {
          throw new IOException("the training failed at " + line + " of " + hub.root());
        }
      }
    }
  }

  private static void delete(Path top) throws IOException {
    try (Stream<Path> walk = Files.walk(top)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
