package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.io.TemporaryDirectory;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a crashed hub has on disk: a hub that runs on a copy of its files, so that the crashed one
 * stays down.
 */
final class CrashedHub implements AutoCloseable {
  private final TemporaryDirectory root;
  private final Hub hub;

  private CrashedHub(TemporaryDirectory root, Hub hub) {
    this.root = root;
    this.hub = hub;
  }

  /**
   * Starts a hub on a copy.
   *
   * @param options what the crashed hub was started with, but for its observers and faults
   * @throws IOException if the files cannot be copied
   */
  static CrashedHub copyOf(Workspace crashed, HubOptions options) throws IOException {
    TemporaryDirectory root = TemporaryDirectory.create("hub-junit-");
    boolean started = false;
    try {
      Workspace copy = Workspace.of(root.path());
      copy(crashed.natsStore(), copy.natsStore());
      for (String suffix : List.of("", "-wal", "-journal")) {
        copy(file(crashed, suffix), file(copy, suffix));
      }
      CrashedHub hub = new CrashedHub(root, Hub.start(root.path(), onFreePorts(options)));
      started = true;
      return hub;
    } finally {
      if (!started) {
        root.close();
      }
    }
  }

  private static Path file(Workspace workspace, String suffix) {
    Path repository = workspace.repository();
    return repository.resolveSibling(repository.getFileName() + suffix);
  }

  private static void copy(Path from, Path to) throws IOException {
    if (!Files.exists(from)) {
      return;
    }
    Files.createDirectories(to.resolve("..").normalize());
    try (Stream<Path> files = Files.walk(from)) {
      for (Path each : (Iterable<Path>) files::iterator) {
        Files.copy(each, to.resolve(from.relativize(each).toString()));
      }
    }
  }

  private static HubOptions onFreePorts(HubOptions options) {
    HubOptions.Builder free = options.toBuilder();
    if (options.fossil() instanceof Backend.Embedded) {
      free.fossilPort(0);
    }
    if (options.nats() instanceof Backend.Embedded) {
      free.natsPort(0);
    }
    return free.build();
  }

  Hub hub() {
    return hub;
  }

  @Override
  public void close() {
    try {
      hub.close();
    } finally {
      root.close();
    }
  }
}
