package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = "Print what changed from one check-in to another, as a unified diff.")
final class DiffCommand implements Callable<Integer> {
  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Mixin private final Output output = new Output();

  @Option(
      names = "--from",
      paramLabel = "VERSION",
      required = true,
      description = "The check-in to start from.")
  private String from = "";

  @Option(
      names = "--to",
      paramLabel = "VERSION",
      description = "The check-in to end at. Default: the newest of the main branch.")
  private @Nullable String to;

  @Option(
      names = {"-c", "--context"},
      paramLabel = "N",
      defaultValue = "5",
      description = "Lines around a change. Default: ${DEFAULT-VALUE}.")
  private int context;

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = repositoryOption.open()) {
      String diff =
          repository.read(
              snapshot -> {
                ArtifactName end = VersionOption.resolve(snapshot, to);
                return snapshot.diff(snapshot.resolve(from), end, context);
              });
      output.out().print(diff);
      output.out().flush();
    }
    return ExitCode.OK.number();
  }
}
