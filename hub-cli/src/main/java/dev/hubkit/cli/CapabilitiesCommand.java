package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.User;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "caps",
    mixinStandardHelpOptions = true,
    description = "Print what a user may do, or change it.")
final class CapabilitiesCommand implements Callable<Integer> {
  @Mixin private final ChosenUser user = new ChosenUser();

  @Mixin private final Output output = new Output();

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "LETTERS",
      description = "What the user may do from now on; \"\" for nothing.")
  private @Nullable String capabilities;

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = user.open()) {
      repository.read(user::in);
      @Nullable String wanted = capabilities;
      if (wanted != null) {
        repository.update(transaction -> transaction.putUser(user.login(), wanted, null));
      }
      User now = repository.read(user::in);
      output.plain(now.capabilities());
      if (output.isJson()) {
        output.json(ChosenUser.json(JsonWriter.pretty(), now));
      }
    }
    return ExitCode.OK.number();
  }
}
