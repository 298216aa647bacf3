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
import java.util.HexFormat;

/**
 * A server that the published tests start.
 *
 * @param name {@code hub} or {@code real}
 * @param program what the tests run as {@code nats-server}
 * @param results where it is kept what each class came to
 * @param build tells one build of the server from another
 */
record TestedServer(String name, Path program, Path results, String build) {

  /** Hub behind the two lines that make it a nats-server. */
  static TestedServer hub(Path home, Path jar) throws IOException {
    Path bin = Files.createDirectories(home.resolve("bin"));
    Path script = bin.resolve("nats-server");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Files.writeString(
        script, "#!/bin/sh\nexec \"" + java + "\" -jar \"" + jar + "\" nats-server \"$@\"\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new TestedServer("hub", script, home.resolve("results/hub"), digest(jar));
  }

  /** The original. */
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
