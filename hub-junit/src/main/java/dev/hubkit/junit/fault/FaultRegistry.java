package dev.hubkit.junit.fault;

import dev.hubkit.fossil.web.HttpFaultInjector;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.FaultInjector;
import dev.hubkit.nats.wire.Message;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The active faults of a hub, which its servers consult. Thread-safe. */
final class FaultRegistry implements FaultInjector, HttpFaultInjector {
  final List<ConnectionFault> connections = new CopyOnWriteArrayList<>();
  final List<MessageFault> published = new CopyOnWriteArrayList<>();
  final List<MessageFault> delivered = new CopyOnWriteArrayList<>();
  final List<FaultInjector> injectors = new CopyOnWriteArrayList<>();
  final List<HttpFaultInjector> requests = new CopyOnWriteArrayList<>();
  final AtomicInteger refusing = new AtomicInteger();

  @Override
  public boolean admits(InetSocketAddress remote) {
    return refusing.get() == 0 && injectors.stream().allMatch(each -> each.admits(remote));
  }

  @Override
  public boolean admits(Connection client) {
    for (FaultInjector injector : injectors) {
      if (!injector.admits(client)) {
        return false;
      }
    }
    if (connections.isEmpty()) {
      return true;
    }
    for (ConnectionFault fault : connections) {
      if (fault.rejected() && fault.clients().includes(client)) {
        return false;
      }
    }
    ConnectionFault.apply(connections, client);
    return true;
  }

  @Override
  public @Nullable Message publishing(Connection client, Message message) {
    Message left = message;
    for (FaultInjector injector : injectors) {
      left = injector.publishing(client, left);
      if (left == null) {
        return null;
      }
    }
    return published.isEmpty() ? left : apply(published, client, left, client::publish);
  }

  @Override
  public boolean subscribing(Connection client, String subject) {
    for (FaultInjector injector : injectors) {
      if (!injector.subscribing(client, subject)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public @Nullable Message delivering(
      Connection client, Subscription subscription, Message message) {
    Message left = message;
    for (FaultInjector injector : injectors) {
      left = injector.delivering(client, subscription, left);
      if (left == null) {
        return null;
      }
    }
    return delivered.isEmpty()
        ? left
        : apply(delivered, client, left, later -> client.deliver(subscription, later));
  }

  private static @Nullable Message apply(
      List<MessageFault> present, Connection client, Message message, Consumer<Message> next) {
    return apply(List.copyOf(present), present, client, message, next);
  }

  /**
   * Applies faults to a message, one after the other, and returns what is left of it. When a fault
   * releases a message that it held back, the message passes the faults after it that are still
   * active.
   */
  private static @Nullable Message apply(
      List<MessageFault> faults,
      List<MessageFault> present,
      Connection client,
      Message message,
      Consumer<Message> next) {
    for (int i = 0; i < faults.size(); i++) {
      MessageFault fault = faults.get(i);
      if (present.contains(fault) && fault.concerns(client, message)) {
        List<MessageFault> rest = faults.subList(i + 1, faults.size());
        Message now =
            fault.apply(
                message,
                later -> {
                  Message faulty = apply(rest, present, client, later, next);
                  if (faulty != null) {
                    next.accept(faulty);
                  }
                });
        return now == null ? null : apply(rest, present, client, now, next);
      }
    }
    return message;
  }

  @Override
  public @Nullable HttpFault inject(String method, String path, boolean sync) {
    for (HttpFaultInjector fault : requests) {
      HttpFault found = fault.inject(method, path, sync);
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
