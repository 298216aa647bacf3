package dev.hubkit.cli;

import dev.hubkit.HubVersion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The {@code hub} command. */
@Command(
    name = "hub",
    mixinStandardHelpOptions = true,
    versionProvider = HubCommand.Version.class,
    description = {
      "A Fossil server and a NATS server with JetStream for the git work tree you are in.",
      "What a command line leaves out comes from the environment (HUB_NATS_PORT for --nats-port),"
          + " else from .orchestrator/config.properties (nats-port = 4222), else from the program.",
    },
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  hub start --detach     start in the background and print both URLs",
      "  hub status --json      the same URLs for a script",
      "  hub stop               stop it; the data stays in .orchestrator/",
      "  hub doctor             find out what is wrong",
      "  hub fossil timeline    what was checked in",
      "  source <(hub generate-completion)   complete commands in bash and zsh",
      "",
      "'hub help COMMAND' tells more of a command. NO_COLOR=1 leaves out colours,",
      "HUB_DEBUG=1 shows where an error comes from, HUB_JAVA_OPTS goes to the JVM of a hub.",
    })
public final class HubCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  /** Runs the command and ends the JVM with its exit status. */
  public static void main(String[] arguments) throws InterruptedException {
    HubLogging.prepare();
    if (arguments.length > 0 && arguments[0].equals("nats-server")) {
      // The server parses all following arguments, and its user waits for the start.
      System.exit(NatsServerCommand.run(List.of(arguments).subList(1, arguments.length)));
    }
    System.exit(commandLine(arguments).execute(arguments));
  }

  /** Makes the command line, with the subcommands that these arguments may need. */
  static CommandLine commandLine(String... arguments) {
    CommandLine line =
        subcommands(arguments).addTo(new CommandLine(new HubCommand()), arguments, 0);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(Failure::report);
    line.setParameterExceptionHandler(Failure::misuse);
    line.getCommandSpec().usageMessage().exitCodeList(exitCodes());
    return line;
  }

  private static Subcommands subcommands(String... arguments) {
    return new Subcommands()
        .with("start", StartCommand::new)
        .with("status", StatusCommand::new)
        .with("stop", StopCommand::new)
        .with("restart", RestartCommand::new)
        .with("logs", LogsCommand::new)
        .with("open", OpenCommand::new)
        .with("record", RecordCommand::new)
        .with("ps", PsCommand::new)
        .with("doctor", DoctorCommand::new)
        .with("user", UserCommand::new, UserCommand.subcommands(), arguments, 1)
        .with("fossil", FossilCommand::new, FossilCommand.subcommands(), arguments, 1)
        .with("nats-server", NatsServerCommand::new)
        .with("bench", BenchCommand::new)
        .withAbout("generate-completion", AutoComplete.GenerateCompletion::new)
        .withAbout("help", CommandLine.HelpCommand::new);
  }

  private static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      codes.put(" " + code.number(), code.meaning());
    }
    return codes;
  }

  @Override
  public void run() {
    throw new Failure.MissingCommandException(spec.commandLine());
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "hub " + HubVersion.current(),
        "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")"
      };
    }
  }
}
