package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.ResultRow;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The users of a repository; valid as long as the {@link Snapshot} it comes from. */
public final class Users {
  private static final String COLUMNS =
      "SELECT login, cap, info, length(coalesce(pw,''))>0 FROM user";

  private final DbTransaction session;
  private final RepositorySettings settings;

  Users(DbTransaction session, RepositorySettings settings) {
    this.session = session;
    this.settings = settings;
  }

  /** All users, in the order of their logins. */
  public List<User> all() {
    return session.list(COLUMNS + " ORDER BY login", Users::user);
  }

  /** A user, null when there is none with this login. */
  public @Nullable User find(String login) {
    return session.first(COLUMNS + " WHERE login=?", Users::user, login);
  }

  private static User user(ResultRow row) {
    String capabilities = row.textOrNull(2);
    return new User(
        row.text(1),
        capabilities == null ? "" : capabilities,
        row.textOrNull(3),
        row.number(4) != 0);
  }

  /**
   * Returns whether this is the user's password. The comparison takes the same time wherever the
   * two differ.
   */
  public boolean isPassword(String login, String password) {
    String stored = session.text("SELECT pw FROM user WHERE login=?", login);
    byte[] secret =
        sharedSecret(settings.projectCode(), login, password).getBytes(StandardCharsets.UTF_8);
    if (stored == null || stored.isEmpty()) {
      return false;
    }
    byte[] expected = stored.getBytes(StandardCharsets.UTF_8);
    // Passwords that C fossil generated are stored as plain text.
    return MessageDigest.isEqual(expected, secret)
        || (!ArtifactName.isName(stored)
            && MessageDigest.isEqual(expected, password.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Returns what the user table stores for a password: its hash with the project and the user
   * (password document).
   */
  public static String sharedSecret(String projectCode, String login, String password) {
    String text = projectCode + "/" + login + "/" + password;
    return ArtifactName.sha1(text.getBytes(StandardCharsets.UTF_8)).hex();
  }

  void put(String login, String capabilities, @Nullable String contact, Instant now) {
    if (login.isBlank() || !login.equals(login.strip())) {
      throw new IllegalArgumentException("not a login: \"" + login + "\"");
    }
    if (!capabilities
        .chars()
        .allMatch(
            c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) {
      throw new IllegalArgumentException("capabilities are letters, not \"" + capabilities + "\"");
    }
    session.run(
        "INSERT INTO user(login,pw,cap,info,mtime) VALUES(?1,'',?2,coalesce(?3,''),?4)"
            + " ON CONFLICT(login) DO UPDATE SET cap=?2, info=coalesce(?3,info), mtime=?4",
        login,
        capabilities,
        contact,
        now.getEpochSecond());
  }

  void setPassword(String login, String password, Instant now) {
    int changed =
        session.run(
            "UPDATE user SET pw=?, cookie=NULL, mtime=? WHERE login=?",
            password.isEmpty() ? "" : sharedSecret(settings.projectCode(), login, password),
            now.getEpochSecond(),
            login);
    if (changed == 0) {
      throw new RepositoryException("no user \"" + login + "\"");
    }
  }

  void remove(String login) {
    session.run("DELETE FROM user WHERE login=?", login);
  }
}
