package dev.hubkit.nats.security;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A server with a configuration given as text. */
public final class ConfiguredServer {
  private ConfiguredServer() {}

  public static NatsServer start(Path directory, String text) throws IOException {
    Path file = directory.resolve("server.conf");
    Files.writeString(file, "port: -1\n" + text);
    return NatsServer.start(NatsOptions.of(ConfigFile.read(file.toString(), name -> null)));
  }
}
