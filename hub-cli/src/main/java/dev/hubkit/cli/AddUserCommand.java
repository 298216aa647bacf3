package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.User;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "add",
    mixinStandardHelpOptions = true,
    description = "Add a user, who cannot log in without a password.")
final class AddUserCommand implements Callable<Integer> {
  @Mixin private final ChosenUser user = new ChosenUser();

  @Mixin private final Output output = new Output();

  @Mixin private final NewPassword newPassword = new NewPassword();

  @Option(
      names = "--caps",
      paramLabel = "LETTERS",
      description = "What the user may do. Default: the repository's setting default-perms, or u.")
  private @Nullable String capabilities;

  @Option(names = "--contact", paramLabel = "TEXT", description = "Who that is.")
  private String contact = "";

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    String login = user.login();
    try (FossilRepository repository = user.open()) {
      @Nullable String password = newPassword.ifAsked(login);
      User added =
          repository.<User, RuntimeException>write(
              transaction -> {
                if (transaction.users().find(login) != null) {
                  throw new RepositoryException(
                      "there is a user \"" + login + "\" already; run: hub user caps " + login);
                }
                String usual = transaction.setting("default-perms");
                String caps = capabilities != null ? capabilities : usual != null ? usual : "u";
                transaction.putUser(login, caps, contact);
                if (password != null) {
                  transaction.setPassword(login, password);
                }
                return user.in(transaction);
              });
      output.plain(
          "hub: added "
              + login
              + " ("
              + added.capabilities()
              + ")"
              + (added.hasPassword() ? "" : "; set a password with: hub user passwd " + login));
      if (output.isJson()) {
        output.json(ChosenUser.json(JsonWriter.pretty(), added));
      }
    }
    return ExitCode.OK.number();
  }
}
