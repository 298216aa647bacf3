package dev.hubkit.cli;

import dev.hubkit.fossil.Checkout;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "open",
    mixinStandardHelpOptions = true,
    description = "Put the files of a check-in into a directory, as a checkout for fossil and hub.")
final class CheckOutCommand implements Callable<Integer> {
  @Mixin private final Output output = new Output();

  @Parameters(index = "0", paramLabel = "REPOSITORY", description = "The repository file.")
  private Path file = Path.of("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "VERSION",
      description = "The check-in. Default: the newest of the main branch.")
  private @Nullable String version;

  @Option(
      names = "--workdir",
      paramLabel = "DIR",
      description = "Where to, made if need be. Default: here.")
  private Path directory = Path.of("");

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = FossilRepository.open(file.toRealPath())) {
      ArtifactName checkIn = repository.read(s -> VersionOption.resolve(s, version));
      Path made = directory.toAbsolutePath();
      Checkout.create(repository, made, checkIn);
      output.plain("hub: check-in " + checkIn.abbreviated() + " is in " + made);
      if (output.isJson()) {
        output.json(
            JsonWriter.pretty()
                .beginObject()
                .field("checkin", checkIn.hex())
                .field("directory", made.toString())
                .endObject());
      }
    }
    return ExitCode.OK.number();
  }
}
