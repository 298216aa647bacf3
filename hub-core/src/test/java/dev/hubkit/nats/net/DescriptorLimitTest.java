package dev.hubkit.nats.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigFile;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A server that has reached its limit of open files keeps serving its connections, and waits. */
class DescriptorLimitTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int LIMIT = 150;

  @TempDir private Path directory;

  /** The server with the limit: prints its ports, and ends when its input ends. */
  static final class LimitedServer {
    private LimitedServer() {}

    public static void main(String[] args) throws IOException {
      // Logging opens files when it begins, so it must begin before the limit is reached.
      LoggerFactory.getLogger(LimitedServer.class).info("Starting");
      NatsOptions options =
          NatsOptions.of(ConfigFile.read(args[0], name -> null)).toBuilder().port(0).build();
      try (NatsServer server = NatsServer.start(options)) {
        System.out.println(server.port());
        System.out.println(server.clusterPort());
        System.in.transferTo(OutputStream.nullOutputStream());
      }
      System.out.println("closed");
    }
  }

  @Test
  void waitsForDescriptorsWithoutAWord() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no shell to set a limit with");
    Path log = directory.resolve("log");
    Process process = start(log);
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      int port = Integer.parseInt(output.readLine());
      int clusterPort = Integer.parseInt(output.readLine());
      try (RawClient first = RawClient.open(port)) {
        assertThat(first.roundTrip()).isEmpty();
        exhaust(port, clusterPort, first, process, log);
        // The clients that waited for a descriptor are gone, so the server accepts a new one.
        await().atMost(LONG).until(() -> isServed(port));
        await().atMost(LONG).until(() -> isGreeted(clusterPort));
        assertThat(first.roundTrip()).isEmpty();
      }
      process.getOutputStream().close();
      assertThat(output.readLine()).isEqualTo("closed");
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
  }

  private static void exhaust(int port, int clusterPort, RawClient first, Process process, Path log)
      throws Exception {
    List<RawClient> many = new ArrayList<>();
    try {
      for (int i = 0; i < LIMIT + 50; i++) {
        many.add(RawClient.connect(port, 0));
      }
      await().atMost(LONG).until(() -> Files.readString(log).contains("Too many open files"));
      for (int i = 0; i < 5; i++) {
        many.add(RawClient.connect(clusterPort, 0));
      }
      Duration before = cpu(process);
      long begun = System.nanoTime();
      // This is long enough to see whether the server spins.
      assertThat(process.waitFor(3, TimeUnit.SECONDS)).as("the server has ended").isFalse();
      Duration used = cpu(process).minus(before);
      assertThat(used.toNanos()).isLessThan((System.nanoTime() - begun) / 2);
      assertThat(first.roundTrip()).as("lines for a client that was already connected").isEmpty();
      assertThat(Files.readString(log).lines().filter(line -> line.contains("Too many open files")))
          .as("lines about the limit, for clients and for routes")
          .hasSizeBetween(1, 4);
    } finally {
      for (RawClient client : many) {
        client.close();
      }
    }
  }

  private static Duration cpu(Process process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static boolean isServed(int port) throws IOException {
    try (RawClient client = RawClient.open(port)) {
      return client.roundTrip() != null;
    }
  }

  private static boolean isGreeted(int clusterPort) throws IOException {
    try (RawClient client = RawClient.connect(clusterPort, 0)) {
      String line = client.line();
      return line != null && line.startsWith("INFO ");
    }
  }

  // The classes come from one archive, because the JVM could no longer open one file per class.
  private Process start(Path log) throws IOException {
    Path config = directory.resolve("server.conf");
    Files.writeString(config, "server_name: limited\ncluster { name: c, listen: 127.0.0.1:-1 }\n");
    Path archive = directory.resolve("server.jar");
    List<String> arguments = new ArrayList<>(List.of("--create", "--file", archive.toString()));
    StringBuilder path = new StringBuilder(archive.toString());
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (Files.isDirectory(Path.of(entry))) {
        String under = entry.endsWith("test-classes") ? "dev/hubkit/nats/net" : ".";
        arguments.addAll(List.of("-C", entry, under));
      } else {
        path.append(File.pathSeparatorChar).append(entry);
      }
    }
    ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow();
    assertThat(jar.run(System.out, System.err, arguments.toArray(String[]::new))).isZero();
    return new ProcessBuilder(
            "/bin/sh",
            "-c",
            "ulimit -n " + LIMIT + " && exec \"$@\"",
            "sh",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "-cp",
            path.toString(),
            LimitedServer.class.getName(),
            config.toString())
        .redirectError(log.toFile())
        .start();
  }
}
