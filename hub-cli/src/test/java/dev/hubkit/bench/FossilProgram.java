package dev.hubkit.bench;

import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The original {@code fossil}, run as a child process with its own settings. */
final class FossilProgram {
  private final Path home;

  /**
   * Prepares the program.
   *
   * @param home the directory for its settings
   */
  FossilProgram(Path home) {
    this.home = home;
  }

  static boolean isInstalled() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "fossil")));
  }

  /** Runs the program and expects success. */
  void run(Path directory, String... arguments) throws IOException, InterruptedException {
    Path log = Files.createTempFile(home, "fossil", ".log");
    Process process = builder(directory, List.of(arguments)).redirectOutput(log.toFile()).start();
    process.getOutputStream().close();
    if (process.waitFor() != 0) {
      throw new IOException("fossil " + String.join(" ", arguments) + ": " + Files.readString(log));
    }
    Files.delete(log);
  }

  /** Serves {@code repository} with {@code fossil server} until closed. */
  Server serve(Path repository) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    List<String> arguments =
        List.of("server", "--localhost", "--port", Integer.toString(port), repository.toString());
    Process process =
        builder(home, arguments).redirectOutput(home.resolve("server.log").toFile()).start();
    Server server = new Server(process, "http://127.0.0.1:" + port + "/");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try {
        page(server.url + "stat");
        return server;
      } catch (IOException e) {
        if (System.nanoTime() > deadline || !process.isAlive()) {
          server.close();
          throw new IOException("fossil server did not start", e);
        }
        Thread.onSpinWait();
      }
    }
  }

  /** A running {@code fossil server}. */
  record Server(Process process, String url) implements AutoCloseable {
    @Override
    public void close() {
      process.destroy();
      process.onExit().join();
    }
  }

  /** Gets a page and returns its text. */
  static String page(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    try (var body = connection.getInputStream()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private ProcessBuilder builder(Path directory, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("fossil"));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().put("HOME", home.toString());
    builder.environment().put("FOSSIL_HOME", home.toString());
    builder.environment().put("USER", "bench");
    builder.environment().put("TZ", "UTC");
    return builder;
  }
}
