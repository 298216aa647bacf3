package dev.hubkit.nats;

import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.release.Compatibility;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The real nats-server and ours with the same configuration, so that a test can send them the same
 * requests.
 */
public final class PeerServers implements AutoCloseable {
  private final NatsServerProcess real;
  private final NatsServer ours;

  private PeerServers(NatsServerProcess real, NatsServer ours) {
    this.real = real;
    this.ours = ours;
  }

  /**
   * Starts both, or skips the test when no real one is installed.
   *
   * @param config without ports; {@code $STORE} stands for a directory of each server's own
   */
  public static PeerServers start(Path directory, String config) throws IOException {
    NatsServerProcess real =
        NatsServerProcess.start(
            Files.createDirectories(directory.resolve("real")),
            "-c",
            write(directory, "real", "", config));
    try {
      return new PeerServers(real, start(directory, "hub", config));
    } catch (IOException | RuntimeException e) {
      real.close();
      throw e;
    }
  }

  /**
   * Starts both of one release, or skips the test when the real one is not installed.
   *
   * @param config without ports; {@code $STORE} stands for a directory of each server's own
   */
  public static PeerServers start(Path directory, Compatibility release, String config)
      throws IOException {
    NatsServerProcess real =
        NatsServerProcess.start(
            NatsServerProgram.of(release),
            Files.createDirectories(directory.resolve("real")),
            "-c",
            write(directory, "real", "", config));
    try {
      String file = write(directory, "hub", "port: -1\n", config);
      ServerConfig read = ConfigFile.read(file, variable -> null, release);
      NatsOptions options = NatsOptions.builder().config(read).compatibility(release).build();
      return new PeerServers(real, NatsServer.start(options));
    } catch (IOException | RuntimeException e) {
      real.close();
      throw e;
    }
  }

  /** Starts only our server. */
  public static NatsServer start(Path directory, String name, String config) throws IOException {
    String file = write(directory, name, "port: -1\n", config);
    return NatsServer.start(NatsOptions.of(ConfigFile.read(file, variable -> null)));
  }

  private static String write(Path directory, String name, String first, String config)
      throws IOException {
    Path file = directory.resolve(name + ".conf");
    String store = directory.resolve(name + "-store").toString();
    Files.writeString(file, first + config.replace("$STORE", store));
    return file.toString();
  }

  public NatsServerProcess real() {
    return real;
  }

  public NatsServer ours() {
    return ours;
  }

  @Override
  public void close() {
    ours.close();
    real.close();
  }
}
