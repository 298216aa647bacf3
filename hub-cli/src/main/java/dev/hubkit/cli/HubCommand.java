package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.HubVersion;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code hub} command. */
@Command(
    name = "hub",
    mixinStandardHelpOptions = true,
    versionProvider = HubCommand.Version.class,
    description =
        "A Fossil server and a NATS server with JetStream for the git work tree you are in.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      StartCommand.class,
      StatusCommand.class,
      StopCommand.class,
      RestartCommand.class,
      LogsCommand.class,
      NatsServerCommand.class,
      AutoComplete.GenerateCompletion.class,
      CommandLine.HelpCommand.class
    },
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  hub start --detach     start in the background and print both URLs",
      "  hub status --json      the same URLs for a script",
      "  hub stop               stop it; the data stays in .orchestrator/",
    })
public final class HubCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  /** Runs the command and ends the JVM with its exit status. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new HubCommand());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(HubCommand::report);
    line.getCommandSpec().usageMessage().exitCodeList(exitCodes());
    return line;
  }

  private static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      codes.put(" " + code.number(), code.meaning());
    }
    return codes;
  }

  private static int report(Exception e, CommandLine line, CommandLine.ParseResult parsed)
      throws Exception {
    if (e instanceof HubException hub) {
      PrintWriter err = line.getErr();
      err.println(line.getColorScheme().errorText("hub: " + hub.getMessage()));
      err.flush();
      return ExitCode.of(hub).number();
    }
    throw e;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say what to do: a command is missing");
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
