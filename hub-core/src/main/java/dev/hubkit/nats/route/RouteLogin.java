package dev.hubkit.nats.route;

import dev.hubkit.nats.credential.Password;
import dev.hubkit.nats.wire.ProtocolException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The attempt of another server to log in. The thread that reads from it waits for the verdict, at
 * most until the route is closed, which the authentication timeout sees to. Thread-safe; the first
 * verdict counts.
 */
public final class RouteLogin {
  private enum Verdict {
    RIGHT,
    WRONG,
    UNDECIDED
  }

  private final @Nullable InetSocketAddress remoteAddress;
  private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();
  private volatile boolean open = true;

  RouteLogin(@Nullable InetSocketAddress remoteAddress) {
    this.remoteAddress = remoteAddress;
  }

  /** Returns the address of the other server; null when it is not known. */
  public @Nullable InetSocketAddress remoteAddress() {
    return remoteAddress;
  }

  /** Returns whether the route still waits for the verdict. */
  public boolean isOpen() {
    return open && !verdict.isDone();
  }

  /** Decides the attempt. */
  public void decide(boolean right) {
    verdict.complete(right ? Verdict.RIGHT : Verdict.WRONG);
  }

  /** Ends the attempt without a verdict, because the comparison has failed. */
  public void undecided() {
    verdict.complete(Verdict.UNDECIDED);
  }

  /** Ends the attempt because the route is closed. */
  void close() {
    open = false;
    undecided();
  }

  /**
   * Checks the credentials of the other server.
   *
   * @return false when the route was closed meanwhile
   * @throws ProtocolException if they are wrong, or the comparison has failed
   */
  boolean check(RouteSettings settings, String user, String password, LocalServer server)
      throws ProtocolException {
    if (settings.user().isEmpty()) {
      return true;
    }
    // Both are compared whatever comes of the first.
    boolean rightUser = Password.matches(settings.user(), user);
    Verdict made = comparePassword(settings.password(), password, server);
    if (!open) {
      return false;
    }
    if (made == Verdict.UNDECIDED) {
      throw new ProtocolException("Authentication Timeout", "the login could not be decided");
    }
    if (!rightUser || made == Verdict.WRONG) {
      throw new ProtocolException("Authorization Violation", "wrong user or password");
    }
    return true;
  }

  private Verdict comparePassword(String configured, String given, LocalServer server) {
    if (!Password.isHash(configured)) {
      return Password.matches(configured, given) ? Verdict.RIGHT : Verdict.WRONG;
    }
    server.checkPassword(configured, given, this);
    return verdict.join();
  }
}
