package dev.hubkit.nats.net;

import dev.hubkit.nats.account.User;
import dev.hubkit.nats.wire.ConnectOptions;
import org.jspecify.annotations.Nullable;

/** One client's attempt to log in. Thread-safe; the first verdict is the one that counts. */
public final class Login {
  private final Connection connection;
  private final ConnectOptions options;
  // Guarded by this object's monitor.
  private @Nullable Verdict verdict;
  private boolean awaited;

  Login(Connection connection, ConnectOptions options) {
    this.connection = connection;
    this.options = options;
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
    decide(new Verdict(user, CloseReason.CLIENT_CLOSED, ""));
  }

  /** Turns the client away with {@code -ERR 'Authorization Violation'}. */
  public void refuse() {
    refuse(CloseReason.AUTHENTICATION_VIOLATION, "Authorization Violation");
  }

  /** Turns the client away with an error text of its own. */
  public void refuse(CloseReason reason, String error) {
    decide(new Verdict(null, reason, error));
  }

  private void decide(Verdict decided) {
    synchronized (this) {
      if (verdict != null) {
        return;
      }
      verdict = decided;
      if (!awaited) {
        return;
      }
    }
    connection.decided();
  }

  /** The verdict; if there is none yet, the connection will be told when it has come. */
  synchronized @Nullable Verdict await() {
    awaited = verdict == null;
    return verdict;
  }

  /** The user, or why there is none. */
  record Verdict(@Nullable User user, CloseReason reason, String error) {}
}
