package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "remove", mixinStandardHelpOptions = true, description = "Remove a user.")
final class RemoveUserCommand implements Callable<Integer> {
  @Mixin private final ChosenUser user = new ChosenUser();

  @Mixin private final Output output = new Output();

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    String login = user.login();
    try (FossilRepository repository = user.open()) {
      repository.read(user::in);
      repository.update(transaction -> transaction.removeUser(login));
      output.plain("hub: removed " + login);
      if (output.isJson()) {
        output.json(JsonWriter.pretty().beginObject().field("removed", login).endObject());
      }
    }
    return ExitCode.OK.number();
  }
}
