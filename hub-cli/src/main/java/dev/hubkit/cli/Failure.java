package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.sync.SyncRefusedException;
import dev.hubkit.workspace.WorkspaceException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The message of a failed command, and its exit status. */
final class Failure {
  private static final String DEBUG = "HUB_DEBUG";

  private Failure() {}

  static int report(Exception e, CommandLine line, CommandLine.ParseResult parsed)
      throws Exception {
    if (e instanceof ParameterException parameter) {
      throw parameter;
    }
    PrintWriter err = line.getErr();
    String where = e instanceof WrongOptionException ? seeHelpOf(line) : "";
    err.println(line.getColorScheme().errorText("hub: " + message(e) + where));
    if (System.getenv(DEBUG) != null) {
      e.printStackTrace(err);
    }
    err.flush();
    return code(e).number();
  }

  /** Answers a wrong command line with one line, without the usage. */
  static int misuse(ParameterException e, String[] arguments) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    StringWriter suggestions = new StringWriter();
    CommandLine.UnmatchedArgumentException.printSuggestions(e, new PrintWriter(suggestions));
    String guess = suggestions.toString().strip().replaceAll("\\s+", " ");
    err.println(
        line.getColorScheme()
            .errorText(
                "hub: "
                    + String.valueOf(e.getMessage()).replaceFirst("\\.$", "")
                    + (guess.isEmpty() ? "" : ". " + guess)
                    + seeHelpOf(line)));
    if (e instanceof MissingCommandException) {
      line.usage(err, line.getColorScheme());
    }
    err.flush();
    return ExitCode.USAGE.number();
  }

  private static String seeHelpOf(CommandLine line) {
    return "; see: " + line.getCommandSpec().qualifiedName() + " --help";
  }

  /** Thrown when a command that needs a subcommand has none. */
  static final class MissingCommandException extends ParameterException {
    private static final long serialVersionUID = 1L;

    MissingCommandException(CommandLine line) {
      super(line, "say what to do: a command is missing");
    }
  }

  /** Thrown when an option does not accept its value. */
  static final class WrongOptionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    WrongOptionException(String message) {
      super(message);
    }
  }

  private static ExitCode code(Exception e) {
    if (e instanceof HubException hub) {
      return ExitCode.of(hub.reason());
    }
    if (e instanceof WorkspaceException workspace) {
      return ExitCode.of(workspace.reason());
    }
    if (e instanceof WrongOptionException) {
      return ExitCode.USAGE;
    }
    return e instanceof IOException || e instanceof UncheckedIOException
        ? ExitCode.INACCESSIBLE
        : ExitCode.FAILURE;
  }

  /** Returns what went wrong, in one line. */
  static String message(Throwable e) {
    String message = String.valueOf(e.getMessage());
    if (e instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
      return message(unchecked.getCause());
    }
    if (e instanceof NoSuchFileException) {
      return "no such file: " + message;
    }
    if (e instanceof AccessDeniedException) {
      return "no permission for " + message + "; check its owner and mode";
    }
    if (e instanceof UnknownHostException) {
      return "no such host: " + message;
    }
    if (e instanceof ConnectException) {
      return "the server does not answer (" + message + "); see to its address, and that it runs";
    }
    if (e instanceof FileAlreadyExistsException) {
      return message + " exists already";
    }
    if (e instanceof HubException
        || e instanceof WorkspaceException
        || e instanceof RepositoryException
        || e instanceof SyncRefusedException
        || e instanceof IllegalArgumentException
        || e instanceof IOException) {
      return message;
    }
    return "internal error: " + e + "; set " + DEBUG + "=1 to see where, and report it";
  }
}
