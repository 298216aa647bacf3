package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.User;
import dev.hubkit.nats.wire.ConnectOptions;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One client's attempt to log in. Thread-safe; the first verdict is the one that counts. */
public final class Login {
  private final Connection connection;
  private final ConnectOptions options;
  private final Supplier<Authenticator> authenticator;
  private final Runnable resume;
  private final @Nullable Consumer<Verdict> decided;
  // Guarded by this object's monitor.
  private @Nullable Verdict verdict;
  private boolean awaited;
  private boolean reconsidered;

  /**
   * Makes the attempt of a client that has sent CONNECT.
   *
   * @param authenticator finds what decides on logins at the time
   * @param resume called when the verdict has come that {@link #await} did not find
   */
  Login(
      Connection connection,
      ConnectOptions options,
      Supplier<Authenticator> authenticator,
      Runnable resume) {
    this(connection, options, authenticator, resume, null);
  }

  private Login(
      Connection connection,
      ConnectOptions options,
      Supplier<Authenticator> authenticator,
      Runnable resume,
      @Nullable Consumer<Verdict> decided) {
    this.connection = connection;
    this.options = options;
    this.authenticator = authenticator;
    this.resume = resume;
    this.decided = decided;
  }

  /** A login of a client that has logged in before, with what it said then. */
  static Login again(
      Connection connection, Supplier<Authenticator> authenticator, Consumer<Verdict> decided) {
    return new Login(connection, connection.options(), authenticator, () -> {}, decided);
  }

  /** What the client sent in CONNECT. */
  public ConnectOptions options() {
    return options;
  }

  /** The connection that asks. */
  public Connection connection() {
    return connection;
  }

  /** Lets the client in. */
  public void accept(User user) {
    decide(new Verdict(user, CloseReason.CLIENT_CLOSED, "", null, ""));
  }

  /** Turns the client away with {@code -ERR 'Authorization Violation'}. */
  public void refuse() {
    refuse(CloseReason.AUTHENTICATION_VIOLATION, "Authorization Violation");
  }

  /** Turns the client away with an error text of its own. */
  public void refuse(CloseReason reason, String error) {
    decide(new Verdict(null, reason, error, null, reason.text()));
  }

  /**
   * Turns the client away with {@code -ERR 'Authorization Violation'}, and tells an account why.
   */
  public void refuse(Account told, String why) {
    CloseReason reason = CloseReason.AUTHENTICATION_VIOLATION;
    decide(new Verdict(null, reason, "Authorization Violation", told, why));
  }

  /** Has this decided by what decides on logins now, since it was changed. */
  public void reconsider() {
    boolean first;
    synchronized (this) {
      first = !reconsidered;
      reconsidered = true;
    }
    if (first) {
      authenticator.get().authenticate(this);
    } else {
      undecided();
    }
  }

  /**
   * Ends it without a word on who the client is, since something went wrong while that was looked
   * at.
   */
  public void undecided() {
    refuse(CloseReason.AUTHENTICATION_TIMEOUT, "Authentication Timeout");
  }

  private void decide(Verdict made) {
    synchronized (this) {
      if (verdict != null) {
        return;
      }
      verdict = made;
      if (!awaited && decided == null) {
        return;
      }
    }
    if (decided == null) {
      resume.run();
    } else {
      decided.accept(made);
    }
  }

  /** The verdict; if there is none yet, the connection will be told when it has come. */
  synchronized @Nullable Verdict await() {
    awaited = verdict == null;
    return verdict;
  }

  /**
   * The user, or why there is none.
   *
   * @param error what the client is told
   * @param told the account that is told {@code why}; null for that of clients without a user
   */
  record Verdict(
      @Nullable User user, CloseReason reason, String error, @Nullable Account told, String why) {}
}
