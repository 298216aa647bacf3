package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.wire.ConnectOptions;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One client's attempt to log in. Thread-safe; the first verdict is the one that counts. */
public final class Login {
  private final LoginPeer connection;
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
   * @param authenticator returns the authenticator of the moment
   * @param resume called when a verdict comes that {@link #await} did not find
   */
  Login(
      LoginPeer connection,
      ConnectOptions options,
      Supplier<Authenticator> authenticator,
      Runnable resume) {
    this(connection, options, authenticator, resume, null);
  }

  private Login(
      LoginPeer connection,
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

  /**
   * Makes the attempt of another side that waits for the verdict in its own way.
   *
   * @param decided takes the verdict, on any thread
   */
  public static Login of(
      LoginPeer connection,
      ConnectOptions options,
      Supplier<Authenticator> authenticator,
      Consumer<Verdict> decided) {
    return new Login(connection, options, authenticator, () -> {}, decided);
  }

  /** Returns a login of a client that has logged in before, with what it said then. */
  static Login again(
      Connection connection, Supplier<Authenticator> authenticator, Consumer<Verdict> decided) {
    return new Login(connection, connection.options(), authenticator, () -> {}, decided);
  }

  /** Returns what the client sent in CONNECT. */
  public ConnectOptions options() {
    return options;
  }

  /** Returns the connection that logs in. */
  public LoginPeer connection() {
    return connection;
  }

  /** Accepts the client. */
  public void accept(AuthenticatedUser user) {
    decide(new Verdict(user, CloseReason.CLIENT_CLOSED, "", null, ""));
  }

  /** Refuses the client with an error text of its own. */
  public void refuse(CloseReason reason, String error) {
    decide(new Verdict(null, reason, error, null, reason.text()));
  }

  /**
   * Refuses the client with {@code -ERR 'Authorization Violation'}, and reports the reason in an
   * account.
   */
  public void refuse(CloseReason reason, Account told, String why) {
    decide(new Verdict(null, reason, "Authorization Violation", told, why));
  }

  /** Asks the present authenticator, since the one that was asked has been replaced. */
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

  /** Refuses the client without a verdict on its credentials, because checking them has failed. */
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

  /** Returns the verdict; if there is none yet, the connection is resumed when it comes. */
  synchronized @Nullable Verdict await() {
    awaited = verdict == null;
    return verdict;
  }

  /**
   * The user, or the reason for a refusal.
   *
   * @param error the error text for the client
   * @param told the account in which {@code why} is reported; null for that of clients without a
   *     user
   */
  public record Verdict(
      @Nullable AuthenticatedUser user,
      CloseReason reason,
      String error,
      @Nullable Account told,
      String why) {}
}
