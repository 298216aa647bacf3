package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.HubVersion;
import dev.hubkit.io.TemporaryDirectory;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measure how fast this machine is with a hub: one is started in a temporary directory, put"
          + " under load from within the same program, and deleted.",
      "With --nats, another NATS server is put under the same load instead, to compare."
    })
final class BenchCommand implements Callable<Integer> {
  @Mixin private final Output output = new Output();

  @Option(
      names = "--nats",
      paramLabel = "URL",
      description = "Only NATS, and this server; nats://user:password@host:port to log in.")
  private @Nullable URI nats;

  @Option(
      names = "--scale",
      paramLabel = "F",
      defaultValue = "1",
      description = "How much of the usual load: 0.1 for a tenth. Default: ${DEFAULT-VALUE}.")
  private double scale;

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    if (!(scale > 0 && scale <= 1000)) {
      throw new Failure.WrongOptionException(
          "--scale has to be from above 0 to 1000, not " + scale);
    }
    BenchResults figures = new BenchResults(output);
    if (nats != null) {
      new NatsLoad(nats, scale, figures).run();
    } else {
      ofOwnHub(figures);
    }
    if (output.isJson()) {
      JsonWriter json =
          JsonWriter.pretty()
              .beginObject()
              .field("version", HubVersion.current())
              .field("java", Runtime.version().toString())
              .field("server", nats == null ? "own" : CloneCommand.withoutPassword(nats));
      figures.json(json);
      output.json(json.endObject());
    }
    return ExitCode.OK.number();
  }

  private void ofOwnHub(BenchResults figures) throws IOException {
    try (TemporaryDirectory directory = TemporaryDirectory.create("hub-bench-")) {
      Path work = directory.path();
      long start = System.nanoTime();
      try (Hub hub =
          Hub.start(Files.createDirectory(work.resolve("root")), HubOptions.forTests())) {
        figures.add("start of a hub in a running JVM", (System.nanoTime() - start) / 1e6, "ms");
        new NatsLoad(URI.create(hub.natsUrl()), scale, figures).run();
        new FossilLoad(hub, scale, figures).run(work);
        start = System.nanoTime();
      }
      figures.add("stop", (System.nanoTime() - start) / 1e6, "ms");
    }
  }
}
