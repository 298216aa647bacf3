package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Users;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The user or guest that sends a request, with its capabilities. Immutable. */
public final class UserAccess {
  private static final String NOBODY = "nobody";
  private static final String ANONYMOUS = "anonymous";

  /** Users that stand for groups, as which clients cannot log in. */
  private static final Set<String> GROUPS = Set.of(NOBODY, ANONYMOUS, "developer", "reader");

  private final long userId;
  private final String login;
  private final @Nullable String nonce;
  private final Set<Capability> capabilities;

  private UserAccess(
      long userId, String login, @Nullable String nonce, Set<Capability> capabilities) {
    this.userId = userId;
    this.login = login;
    this.nonce = nonce;
    this.capabilities = capabilities;
  }

  /** A visitor of the pages without a login. */
  public static UserAccess visitor(DbTransaction session) {
    return new UserAccess(0, NOBODY, null, granted(session, NOBODY));
  }

  /** A peer that syncs without a login card; it counts as anonymous. */
  static UserAccess peer(DbTransaction session) {
    Set<Capability> capabilities = granted(session, NOBODY);
    capabilities.addAll(granted(session, ANONYMOUS));
    return new UserAccess(0, ANONYMOUS, null, withReadForClone(capabilities));
  }

  /**
   * A peer with a login card, which also keeps the capabilities of guests; null when there is no
   * such user or the signature is wrong.
   */
  @Nullable UserAccess loggedIn(DbTransaction session, Card.Login card, String projectCode) {
    if (card.user().equals(NOBODY) || card.user().equals(ANONYMOUS)) {
      return this;
    }
    if (GROUPS.contains(card.user())) {
      return null;
    }
    String password =
        session.text("SELECT pw FROM user WHERE login=? AND length(pw)>0", card.user());
    if (password == null || !isSigned(card, password, projectCode)) {
      return null;
    }
    Set<Capability> all = EnumSet.noneOf(Capability.class);
    all.addAll(capabilities);
    all.addAll(granted(session, card.user()));
    long id = session.number("SELECT uid FROM user WHERE login=?", 0, card.user());
    return new UserAccess(id, card.user(), card.nonce(), withReadForClone(all));
  }

  private static boolean isSigned(Card.Login card, String password, String projectCode) {
    if (matches(card, password)) {
      return true;
    }
    // Where the user table holds the password itself, the client still signs with its hash.
    return password.length() != 40
        && matches(card, Users.sharedSecret(projectCode, card.user(), password));
  }

  private static boolean matches(Card.Login card, String secret) {
    return MessageDigest.isEqual(
        signature(card.nonce(), secret).getBytes(StandardCharsets.UTF_8),
        card.signature().getBytes(StandardCharsets.UTF_8));
  }

  /** The signature of a login card: SHA1 of the nonce and the secret, in hexadecimal. */
  static String signature(String nonce, String secret) {
    return ArtifactName.sha1((nonce + secret).getBytes(StandardCharsets.UTF_8)).hex();
  }

  private static Set<Capability> granted(DbTransaction session, String login) {
    return Capability.of(
        letters(session, login), letters(session, "reader"), letters(session, "developer"));
  }

  private static String letters(DbTransaction session, String login) {
    String letters = session.text("SELECT cap FROM user WHERE login=?", login);
    return letters == null ? "" : letters;
  }

  private static Set<Capability> withReadForClone(Set<Capability> capabilities) {
    if (capabilities.contains(Capability.CLONE)) {
      capabilities.add(Capability.READ);
    }
    return capabilities;
  }

  /** Returns whether the user has the capability. */
  public boolean may(Capability capability) {
    return capabilities.contains(capability);
  }

  /** The row of the user table; 0 for guests. */
  public long userId() {
    return userId;
  }

  /** The login name. */
  public String login() {
    return login;
  }

  /** The nonce of the login card; null for guests. */
  @Nullable String nonce() {
    return nonce;
  }
}
