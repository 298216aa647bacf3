package dev.hubkit.cli;

import dev.hubkit.fossil.Checkout;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.TimelineEntry;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "update",
    mixinStandardHelpOptions = true,
    description = {
      "Change the files of the checkout to those of another check-in.",
      "Nothing is touched where a file has been changed and not checked in; merging is fossil's."
    })
final class UpdateCommand implements Callable<Integer> {
  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Mixin private final Output output = new Output();

  @Parameters(
      arity = "0..1",
      paramLabel = "VERSION",
      description = "The check-in. Default: the newest of the branch that is checked out.")
  private @Nullable String version;

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    Path directory = OpenCheckout.required(repositoryOption);
    try (FossilRepository repository = repositoryOption.open()) {
      Checkout checkout = Checkout.open(repository, directory);
      ArtifactName before = checkout.checkIn();
      ArtifactName wanted =
          repository.read(
              snapshot -> {
                if (version != null) {
                  return snapshot.resolve(version);
                }
                TimelineEntry entry = snapshot.timelineEntry(before);
                String branch = entry.branch();
                return branch == null ? before : snapshot.resolve("tag:" + branch);
              });
      checkout.update(wanted);
      output.plain("hub: check-in " + wanted.abbreviated() + " is in " + directory);
      if (output.isJson()) {
        output.json(
            JsonWriter.pretty()
                .beginObject()
                .field("before", before.hex())
                .field("checkin", wanted.hex())
                .endObject());
      }
    }
    return ExitCode.OK.number();
  }
}
