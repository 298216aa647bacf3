package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.User;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Which user of which repository a command is about. */
final class ChosenUser {
  @Mixin private final RepositoryOption repository = new RepositoryOption();

  @Parameters(index = "0", paramLabel = "LOGIN", description = "The name the user logs in with.")
  private String login = "";

  String login() {
    return login;
  }

  /** The repository, open. */
  FossilRepository open() throws IOException {
    return repository.open();
  }

  /**
   * What the repository says of the user.
   *
   * @throws RepositoryException if there is none of that name
   */
  User in(Snapshot snapshot) {
    User user = snapshot.users().find(login);
    if (user == null) {
      throw new RepositoryException(
          "no user \"" + login + "\"; run: hub user list, or: hub user add " + login);
    }
    return user;
  }

  static JsonWriter json(JsonWriter json, User user) {
    return json.beginObject()
        .field("login", user.login())
        .field("capabilities", user.capabilities())
        .fieldIfSet("contact", user.contact())
        .field("password", user.hasPassword())
        .endObject();
  }
}
