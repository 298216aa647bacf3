package dev.hubkit.fossil;

import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.HashPolicy;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;

/**
 * The options of a new repository. Immutable.
 *
 * @param administrator the first user, with all capabilities
 * @param openToNobody whether a client that does not log in may clone, pull and push
 */
public record CreateOptions(String administrator, boolean openToNobody) {
  /** The versions of the schema, and the release of C fossil that has them. */
  static final String CONTENT_SCHEMA = "2";

  static final String AUX_SCHEMA = "2015-01-24";
  static final String RELEASE = "2.21";

  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * Returns the options of a repository as {@code fossil new} makes it, apart from the first
   * check-in.
   */
  public static CreateOptions withAdministrator(String administrator) {
    return new CreateOptions(administrator, false);
  }

  /** Returns these options, but lets every client clone, pull and push. For servers on loopback. */
  public CreateOptions openedToNobody() {
    return new CreateOptions(administrator, true);
  }

  void apply(DbTransaction session, RepositorySettings settings, Instant now) {
    settings.set("hash-policy", String.valueOf(HashPolicy.SHA3.number()), now);
    settings.set("content-schema", CONTENT_SCHEMA, now);
    settings.set("aux-schema", AUX_SCHEMA, now);
    settings.set("rebuilt", RELEASE, now);
    settings.set("admin-log", "1", now);
    settings.set("access-log", "1", now);
    settings.set("server-code", code(), now);
    settings.set("project-code", code(), now);
    settings.set("autosync", "1", now);
    settings.set("localauth", "0", now);
    settings.set("timeline-plaintext", "1", now);
    session.run(
        "INSERT INTO user(login,pw,cap,info) VALUES(?,?,'s','')", administrator, password());
    String sql = "INSERT INTO user(login,pw,cap,info) VALUES(?,?,?,?)";
    session.run(
        sql, "anonymous", HexFormat.of().withUpperCase().formatHex(random(8)), "hmnc", "Anon");
    session.run(sql, "nobody", "", openToNobody ? "gijorz" : "gjorz", "Nobody");
    session.run(sql, "developer", "", "ei", "Dev");
    session.run(sql, "reader", "", "kptw", "Reader");
  }

  private static String code() {
    return HexFormat.of().formatHex(random(20));
  }

  private static String password() {
    return HexFormat.of().formatHex(random(12));
  }

  private static byte[] random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return random;
  }
}
