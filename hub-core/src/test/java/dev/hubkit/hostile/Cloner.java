package dev.hubkit.hostile;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.sync.FossilClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Clones the hub's repository again and again. */
final class Cloner implements OrdinaryClient {
  private final URI url;
  private final Path directory;
  private int clones;

  Cloner(int port, Path directory) {
    url = URI.create("http://127.0.0.1:" + port + "/");
    this.directory = directory;
  }

  @Override
  public String name() {
    return "fossil clone";
  }

  @Override
  public void act() throws IOException {
    Path file = directory.resolve("clone-" + clones++ + ".fossil");
    try (FossilClient client = FossilClient.of(url);
        FossilRepository clone = client.cloneTo(file, "ann")) {
      clone.read(snapshot -> snapshot.resolve("tip"));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  @Override
  public long restMillis() {
    return 1_000;
  }

  @Override
  public void close() {}
}
