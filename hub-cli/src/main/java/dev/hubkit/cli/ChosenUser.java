package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.User;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The options that choose a user of a repository. */
final class ChosenUser {
  @Mixin private final RepositoryOption repository = new RepositoryOption();

  @Parameters(index = "0", paramLabel = "LOGIN", description = "The name the user logs in with.")
  private String login = "";

  String login() {
    return login;
  }

  /** Opens the repository. */
  FossilRepository open() throws IOException {
    return repository.open();
  }

  /**
   * Finds the user in the repository.
   *
   * @throws RepositoryException if there is no such user
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
