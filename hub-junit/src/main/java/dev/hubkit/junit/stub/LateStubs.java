package dev.hubkit.junit.stub;

import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.FaultInjector;
import dev.hubkit.nats.wire.Message;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Holds requests that nobody subscribes to until the files of stubs have been looked at, which may
 * just have got a stub for them. Everything else is left to other faults. Thread-safe.
 */
final class LateStubs implements FaultInjector {
  private final FaultInjector faults;
  private final StubServer server;

  LateStubs(FaultInjector faults, StubServer server) {
    this.faults = faults;
    this.server = server;
  }

  @Override
  public boolean admits(InetSocketAddress remote) {
    return faults.admits(remote);
  }

  @Override
  public boolean admits(Connection client) {
    return faults.admits(client);
  }

  @Override
  public boolean subscribing(Connection client, String subject) {
    return faults.subscribing(client, subject);
  }

  @Override
  public @Nullable Message publishing(Connection client, Message message) {
    return faults.publishing(client, message);
  }

  @Override
  public @Nullable Message delivering(
      Connection client, Subscription subscription, Message message) {
    return faults.delivering(client, subscription, message);
  }

  @Override
  public boolean takesUnanswered(Connection client, Message message) {
    if (!server.hasFiles()) {
      return faults.takesUnanswered(client, message);
    }
    Message kept = message.retain();
    return server.submit(() -> server.retry(client, kept));
  }
}
