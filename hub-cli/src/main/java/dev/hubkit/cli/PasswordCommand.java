package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "passwd",
    mixinStandardHelpOptions = true,
    description = "Set the password of a user, which is asked for without showing it.")
final class PasswordCommand implements Callable<Integer> {
  @Mixin private final ChosenUser user = new ChosenUser();

  @Mixin private final Output output = new Output();

  @Mixin private final NewPassword newPassword = new NewPassword();

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    String login = user.login();
    try (FossilRepository repository = user.open()) {
      repository.read(user::in);
      String password = newPassword.ask(login);
      repository.update(transaction -> transaction.setPassword(login, password));
      output.plain(
          password.isEmpty()
              ? "hub: " + login + " cannot log in any more"
              : "hub: " + login + " has a new password");
      if (output.isJson()) {
        output.json(ChosenUser.json(JsonWriter.pretty(), repository.read(user::in)));
      }
    }
    return ExitCode.OK.number();
  }
}
