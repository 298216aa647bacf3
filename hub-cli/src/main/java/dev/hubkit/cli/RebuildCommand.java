package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "rebuild",
    mixinStandardHelpOptions = true,
    description = "Make all that is derived from the artifacts of a repository again.")
final class RebuildCommand implements Callable<Integer> {
  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Mixin private final Output output = new Output();

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = repositoryOption.open();
        ProgressBar bar = output.progress("Rebuilding")) {
      long all = repository.read(s -> s.session().number("SELECT count(*) FROM blob", 0));
      repository.update(
          transaction -> transaction.rebuild(done -> bar.show(done, all, "artifacts")));
      bar.close();
      output.plain("hub: rebuilt " + repository.file() + " of " + all + " artifacts");
      if (output.isJson()) {
        output.json(JsonWriter.pretty().beginObject().field("artifacts", all).endObject());
      }
    }
    return ExitCode.OK.number();
  }
}
