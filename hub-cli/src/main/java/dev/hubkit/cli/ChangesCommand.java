package dev.hubkit.cli;

import dev.hubkit.fossil.Checkout;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Tell which check-in is checked out here, and which files have changed since.")
final class ChangesCommand implements Callable<Integer> {
  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Mixin private final Output output = new Output();

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    Path directory = OpenCheckout.required(repositoryOption);
    try (FossilRepository repository = repositoryOption.open()) {
      Checkout checkout = Checkout.open(repository, directory);
      List<String> changes = checkout.changes();
      output.plain("repository:   " + repository.file());
      output.plain("checkout:     " + checkout.checkIn().hex());
      changes.forEach(name -> output.line("@|yellow CHANGED|@  " + name));
      if (output.isJson()) {
        output.json(
            JsonWriter.pretty()
                .beginObject()
                .field("repository", repository.file().toString())
                .field("checkin", checkout.checkIn().hex())
                .field("changed", changes)
                .endObject());
      }
    }
    return ExitCode.OK.number();
  }
}
