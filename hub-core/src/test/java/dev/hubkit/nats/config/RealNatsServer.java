package dev.hubkit.nats.config;

import dev.hubkit.nats.NatsServerProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Lets the real nats-server check a configuration. */
final class RealNatsServer {
  private RealNatsServer() {}

  static void assumePresent() {
    NatsServerProgram.any();
  }

  /** Returns what {@code nats-server -t -c file} prints after its own name. */
  static String test(Path file, Map<String, String> environment) {
    try {
      ProcessBuilder command =
          new ProcessBuilder(
              NatsServerProgram.any().path().toString(), "-t", "-c", file.toString());
      command.environment().putAll(environment);
      command.directory(file.getParent().toFile());
      Process process = command.redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return output.replaceFirst("^nats-server: ", "").strip();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
