package dev.hubkit.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server that the published tests start.
 *
 * @param name {@code hub} or {@code real}
 * @param program the program that the tests run as {@code nats-server}
 * @param results the directory for the results of each class
 * @param build distinguishes one build of the server from another
 */
record TestedServer(String name, Path program, Path results, String build) {

  /** Returns Hub, wrapped in the two lines of script that make it a nats-server. */
  static TestedServer hub(Path home, Path jar) throws IOException, InterruptedException {
    Path bin = Files.createDirectories(home.resolve("bin"));
    Path script = bin.resolve("nats-server");
    String build = digest(jar);
    // The tests start hundreds of servers: an archive keeps their classes ready to be mapped (JEP
    // 350).
    Path archive = bin.resolve(build + ".jsa");
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC");
    if (!Files.exists(archive)) {
      List<String> once = new ArrayList<>(java);
      once.addAll(List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:cds*=off"));
      once.addAll(List.of("-jar", jar.toString()));
      once.addAll(List.of("nats-server", "-a", "127.0.0.1", "--port", "-1"));
      once.addAll(List.of("--ports_file_dir", bin.toString()));
      startAndStop(once, bin);
    }
    Files.writeString(
        script,
        "#!/bin/sh\nexec "
            + String.join(" ", java)
            + (" -XX:SharedArchiveFile=\"" + archive + "\" -jar \"" + jar + "\"")
            + " nats-server \"$@\"\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new TestedServer("hub", script, home.resolve("results/hub"), build);
  }

  private static void startAndStop(List<String> command, Path portsDirectory)
      throws IOException, InterruptedException {
    Process server =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(portsDirectory.resolve("archive.log").toFile())
            .start();
    try {
      long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
      while (!hasPortsFile(portsDirectory, server.pid())) {
        if (!server.isAlive() || System.nanoTime() > end) {
          throw new IOException("The server under test does not start");
        }
        TimeUnit.MILLISECONDS.sleep(50);
      }
      server.destroy();
      server.waitFor(1, TimeUnit.MINUTES);
    } finally {
      server.destroyForcibly();
    }
  }

  private static boolean hasPortsFile(Path directory, long pid) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.anyMatch(file -> file.getFileName().toString().endsWith("_" + pid + ".ports"));
    }
  }

  /** Returns the original server. */
  static TestedServer real(Path home, Path program) throws IOException, InterruptedException {
    Process version = new ProcessBuilder(program.toString(), "--version").start();
    String text = new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (version.waitFor() != 0) {
      throw new IOException(program + " --version failed");
    }
    return new TestedServer("real", program, home.resolve("results/real"), text.strip());
  }

  private static String digest(Path file) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
