package dev.hubkit.nats.security;

import dev.hubkit.nats.net.Login;
import dev.hubkit.work.Activity;

/**
 * Logins in operator mode, without holding up a thread: an account that has to be fetched first is
 * waited for in a queue. Thread-safe.
 */
final class TokenLogins implements Activity, AutoCloseable {
  // A server that has to be asked for an account can be slow.
  private static final int LOOKUP_THREADS = 8;

  private final JwtAuthenticator authenticator;
  private final LoginQueue lookups;

  TokenLogins(JwtAuthenticator authenticator, String threadName) {
    this.authenticator = authenticator;
    this.lookups = new LoginQueue(threadName + "-account", LOOKUP_THREADS);
  }

  /** What checks the tokens. */
  JwtAuthenticator authenticator() {
    return authenticator;
  }

  void authenticate(Login login) {
    if (authenticator.isQuick(login)) {
      authenticator.authenticate(login);
    } else {
      lookups.add(new Lookup(login, authenticator));
    }
  }

  private record Lookup(Login login, JwtAuthenticator authenticator) implements LoginQueue.Item {
    @Override
    public LoginQueue.Attempt attempt() {
      return new LoginQueue.ClientAttempt(login);
    }

    @Override
    public boolean isWanted() {
      return login.connection().isOpen();
    }

    @Override
    public boolean isRepeated() {
      return false;
    }

    @Override
    public void run() {
      authenticator.authenticate(login);
    }

    @Override
    public void dropped() {
      // The client has gone; there is nothing to undo.
    }
  }

  @Override
  public boolean isIdle() {
    return lookups.isIdle();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    return lookups.awaitIdle(nanos);
  }

  @Override
  public void close() {
    lookups.close();
  }
}
