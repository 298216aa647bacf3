package dev.hubkit.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "fossil",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Work with Fossil repositories: those of hubs and any other, without the fossil program.",
      "In a Fossil checkout the commands are about its repository, elsewhere about the hub's, unless"
          + " -R names one. They read and write what the fossil program does, so either can be used."
    })
final class FossilCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  static Subcommands subcommands() {
    return new Subcommands()
        .with("clone", CloneCommand::new)
        .with("open", CheckOutCommand::new)
        .with("status", ChangesCommand::new)
        .with("commit", CommitCommand::new)
        .with("update", UpdateCommand::new)
        .with("timeline", TimelineCommand::new)
        .with("ls", ListFilesCommand::new)
        .with("cat", CatCommand::new)
        .with("diff", DiffCommand::new)
        .with("sync", () -> new SyncCommand(SyncCommand.Direction.BOTH))
        .with("pull", () -> new SyncCommand(SyncCommand.Direction.PULL))
        .with("push", () -> new SyncCommand(SyncCommand.Direction.PUSH))
        .with("rebuild", RebuildCommand::new)
        .with("ui", UiCommand::new);
  }

  @Override
  public void run() {
    throw new Failure.MissingCommandException(spec.commandLine());
  }
}
