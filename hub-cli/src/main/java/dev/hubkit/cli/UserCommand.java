package dev.hubkit.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "user",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Say who may do what with the repository: of the hub, unless -R names another.",
      "What a user may do are letters of Fossil's \"Administering User Capabilities\", such as s"
          + " (all), i (push), o (pull), g (clone). A hub runs on while users change."
    })
final class UserCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  static Subcommands subcommands() {
    return new Subcommands()
        .with("list", ListUsersCommand::new)
        .with("add", AddUserCommand::new)
        .with("passwd", PasswordCommand::new)
        .with("caps", CapabilitiesCommand::new)
        .with("remove", RemoveUserCommand::new);
  }

  @Override
  public void run() {
    throw new Failure.MissingCommandException(spec.commandLine());
  }
}
