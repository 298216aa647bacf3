package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.User;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.json.JsonWriter;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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
        .with("list", ListUsers::new)
        .with("add", Add::new)
        .with("passwd", Password::new)
        .with("caps", Capabilities::new)
        .with("remove", Remove::new);
  }

  @Override
  public void run() {
    throw new Failure.MissingCommandException(spec.commandLine());
  }

  private static User required(Snapshot snapshot, String login) {
    User user = snapshot.users().find(login);
    if (user == null) {
      throw new RepositoryException(
          "no user \"" + login + "\"; run: hub user list, or: hub user add " + login);
    }
    return user;
  }

  private static JsonWriter json(JsonWriter json, User user) {
    return json.beginObject()
        .field("login", user.login())
        .field("capabilities", user.capabilities())
        .fieldIfSet("contact", user.contact())
        .field("password", user.hasPassword())
        .endObject();
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "List all users.")
  static final class ListUsers implements Callable<Integer> {
    @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

    @Mixin private final Output output = new Output();

    @Override
    public Integer call() throws IOException {
      HubLogging.off();
      try (FossilRepository repository = repositoryOption.open()) {
        List<User> users = repository.read(snapshot -> snapshot.users().all());
        if (output.isJson()) {
          JsonWriter json = JsonWriter.pretty().beginObject().beginArray("users");
          users.forEach(user -> json(json, user));
          output.json(json.endArray().endObject());
          return ExitCode.OK.number();
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

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Add a user, who cannot log in without a password.")
  static final class Add implements Callable<Integer> {
    @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

    @Mixin private final Output output = new Output();

    @Mixin private final NewPassword newPassword = new NewPassword();

    @Parameters(index = "0", paramLabel = "LOGIN", description = "The name to log in with.")
    private String login = "";

    @Option(
        names = "--caps",
        paramLabel = "LETTERS",
        description =
            "What the user may do. Default: the repository's setting default-perms, or u.")
    private @Nullable String capabilities;

    @Option(names = "--contact", paramLabel = "TEXT", description = "Who that is.")
    private String contact = "";

    @Override
    public Integer call() throws IOException {
      HubLogging.off();
      try (FossilRepository repository = repositoryOption.open()) {
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
                  return required(transaction, login);
                });
        output.plain(
            "hub: added "
                + login
                + " ("
                + added.capabilities()
                + ")"
                + (added.hasPassword() ? "" : "; set a password with: hub user passwd " + login));
        if (output.isJson()) {
          output.json(json(JsonWriter.pretty(), added));
        }
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "passwd",
      mixinStandardHelpOptions = true,
      description = "Set the password of a user, which is asked for without showing it.")
  static final class Password implements Callable<Integer> {
    @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

    @Mixin private final Output output = new Output();

    @Mixin private final NewPassword newPassword = new NewPassword();

    @Parameters(index = "0", paramLabel = "LOGIN", description = "Whose.")
    private String login = "";

    @Override
    public Integer call() throws IOException {
      HubLogging.off();
      try (FossilRepository repository = repositoryOption.open()) {
        repository.read(snapshot -> required(snapshot, login));
        String password = newPassword.ask(login);
        repository.update(transaction -> transaction.setPassword(login, password));
        output.plain(
            password.isEmpty()
                ? "hub: " + login + " cannot log in any more"
                : "hub: " + login + " has a new password");
        if (output.isJson()) {
          output.json(
              json(JsonWriter.pretty(), repository.read(snapshot -> required(snapshot, login))));
        }
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "caps",
      mixinStandardHelpOptions = true,
      description = "Print what a user may do, or change it.")
  static final class Capabilities implements Callable<Integer> {
    @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

    @Mixin private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "LOGIN", description = "Who.")
    private String login = "";

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "LETTERS",
        description = "What the user may do from now on; \"\" for nothing.")
    private @Nullable String capabilities;

    @Override
    public Integer call() throws IOException {
      HubLogging.off();
      try (FossilRepository repository = repositoryOption.open()) {
        repository.read(snapshot -> required(snapshot, login));
        @Nullable String wanted = capabilities;
        if (wanted != null) {
          repository.update(transaction -> transaction.putUser(login, wanted, null));
        }
        User user = repository.read(snapshot -> required(snapshot, login));
        output.plain(user.capabilities());
        if (output.isJson()) {
          output.json(json(JsonWriter.pretty(), user));
        }
      }
      return ExitCode.OK.number();
    }
  }

  @Command(name = "remove", mixinStandardHelpOptions = true, description = "Remove a user.")
  static final class Remove implements Callable<Integer> {
    @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

    @Mixin private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "LOGIN", description = "Who.")
    private String login = "";

    @Override
    public Integer call() throws IOException {
      HubLogging.off();
      try (FossilRepository repository = repositoryOption.open()) {
        repository.read(snapshot -> required(snapshot, login));
        repository.update(transaction -> transaction.removeUser(login));
        output.plain("hub: removed " + login);
        if (output.isJson()) {
          output.json(JsonWriter.pretty().beginObject().field("removed", login).endObject());
        }
      }
      return ExitCode.OK.number();
    }
  }

  /** A password that no list of processes and no shell history shows. */
  static final class NewPassword {
    @Option(
        names = "--password-stdin",
        description = "Take the password from the first line of the standard input.")
    private boolean standardInput;

    @Nullable String ifAsked(String login) throws IOException {
      return standardInput ? ask(login) : null;
    }

    String ask(String login) throws IOException {
      Console console = standardInput ? null : System.console();
      if (console != null) {
        char[] once = console.readPassword("Password of %s: ", login);
        char[] twice = console.readPassword("Again: ");
        if (once == null || twice == null || !new String(once).equals(new String(twice))) {
          throw new IllegalArgumentException("the two passwords differ; nothing was changed");
        }
        return new String(once);
      }
      String line =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
      if (line == null) {
        throw new IllegalArgumentException(
            "no password given; type one, or give it on the standard input with --password-stdin");
      }
      return line;
    }
  }
}
