package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.User;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "list", mixinStandardHelpOptions = true, description = "List all users.")
final class ListUsersCommand implements Callable<Integer> {
  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Mixin private final Output output = new Output();

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = repositoryOption.open()) {
      List<User> users = repository.read(snapshot -> snapshot.users().all());
      if (output.isJson()) {
        JsonWriter json = JsonWriter.pretty().beginObject().beginArray("users");
        users.forEach(user -> ChosenUser.json(json, user));
        output.json(json.endArray().endObject());
      }
      for (User user : users) {
        String contact = user.contact() == null ? "" : user.contact();
        output.plain(
            String.format(
                    Locale.ROOT,
                    "%-12s %-12s %s",
                    user.login(),
                    user.capabilities().isEmpty() ? "-" : user.capabilities(),
                    contact)
                .stripTrailing());
      }
    }
    return ExitCode.OK.number();
  }
}
