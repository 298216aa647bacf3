package dev.hubkit.nats.security;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Login;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.SupervisedTask;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Turns clients away, the more slowly the more often their address has failed of late, so that
 * passwords cannot be tried at speed. Thread-safe.
 */
final class LoginThrottle {
  private static final int FREE_FAILURES = 10;
  private static final Duration FORGOTTEN_AFTER = Duration.ofSeconds(10);
  private static final long FIRST_DELAY_NANOS = 20_000_000;
  private static final long LONGEST_DELAY_NANOS = 500_000_000;
  private static final int MAX_ADDRESSES = 10_000;

  private final TimeSource time;
  private final Map<InetAddress, Failures> byAddress = new LinkedHashMap<>();

  LoginThrottle(TimeSource time) {
    this.time = time;
  }

  private static final class Failures {
    private int count;
    private long last;
  }

  void refuse(Login login) {
    refuse(login, CloseReason.AUTHENTICATION_VIOLATION);
  }

  /** Turns a client away for a reason that only reports tell. */
  void refuse(Login login, CloseReason reason) {
    later(login, () -> login.refuse(reason, "Authorization Violation"));
  }

  /** Turns a client away, and tells an account why. */
  void refuse(Login login, CloseReason reason, Account told, String why) {
    later(login, () -> login.refuse(reason, told, why));
  }

  private void later(Login login, Runnable refusal) {
    InetSocketAddress remote = login.connection().remoteAddress();
    long delay = remote == null ? 0 : delay(remote.getAddress());
    if (delay == 0) {
      refusal.run();
    } else {
      time.schedule(delay, new SupervisedTask(refusal, login.connection()));
    }
  }

  private synchronized long delay(InetAddress address) {
    long now = time.nanoTime();
    Failures failures = byAddress.computeIfAbsent(address, unknown -> new Failures());
    if (now - failures.last > FORGOTTEN_AFTER.toNanos()) {
      failures.count = 0;
    }
    failures.last = now;
    failures.count++;
    if (byAddress.size() > MAX_ADDRESSES) {
      byAddress.remove(byAddress.keySet().iterator().next());
    }
    int beyond = failures.count - FREE_FAILURES;
    return beyond <= 0
        ? 0
        : Math.min(LONGEST_DELAY_NANOS, FIRST_DELAY_NANOS << Math.min(beyond - 1, 10));
  }
}
