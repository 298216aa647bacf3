package dev.hubkit.nats.account;

import dev.hubkit.nats.subject.SubjectTrie;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A space of subjects: what is published in an account reaches the subscriptions of that account.
 *
 * <p>Thread-safe. Publishing takes no lock while the subject's routes are known: they are kept
 * until a subscription that touches them comes or goes.
 */
public final class Account {
  // As many results as nats-server keeps (server/sublist.go); beyond that a part is dropped.
  private static final int MAX_CACHED_ROUTES = 1024;
  private static final int CACHED_ROUTES_AFTER_SWEEP = 768;

  private final String name;
  private final Object lock = new Object();
  private final SubjectTrie<Subscription> subscriptions = new SubjectTrie<>();
  private final ConcurrentHashMap<String, Routes> routes = new ConcurrentHashMap<>();
  private final Map<String, List<InterestWatch>> watches = new HashMap<>();
  private final AtomicLong nextInternalSid = new AtomicLong();
  private final LongAdder inMessages = new LongAdder();
  private final LongAdder inBytes = new LongAdder();
  private final LongAdder slowConsumers = new LongAdder();

  /** Makes an account without subscriptions. */
  public Account(String name) {
    this.name = name;
  }

  public String name() {
    return name;
  }

  /**
   * Subscribes a part of the server.
   *
   * @param subject may have wildcards
   * @param queue the queue group, or null
   * @throws IllegalArgumentException if the subject is not valid
   */
  public Subscription subscribe(String subject, @Nullable String queue, Subscriber subscriber) {
    return subscribe(subject, queue, Long.toString(nextInternalSid.incrementAndGet()), subscriber);
  }

  /**
   * Subscribes a client under the subscription id it chose.
   *
   * @param subject may have wildcards
   * @param queue the queue group, or null
   * @throws IllegalArgumentException if the subject is not valid
   */
  public Subscription subscribe(
      String subject, @Nullable String queue, String sid, Subscriber subscriber) {
    Subscription subscription = new Subscription(subject, queue, sid, subscriber);
    List<InterestWatch> touched;
    synchronized (lock) {
      subscriptions.add(subject, subscription);
      forgetRoutes(subject);
      touched = watchesOf(subject);
    }
    touched.forEach(watch -> watch.check(this));
    return subscription;
  }

  /** Ends a subscription of this account; nothing happens when it has ended already. */
  public void unsubscribe(Subscription subscription) {
    subscription.end();
    List<InterestWatch> touched = List.of();
    synchronized (lock) {
      if (subscriptions.remove(subscription.subject(), subscription)) {
        forgetRoutes(subscription.subject());
        touched = watchesOf(subscription.subject());
      }
    }
    touched.forEach(watch -> watch.check(this));
  }

  /** {@link #publish(Message, Subscriber, Batch)} of a message of the server itself. */
  public int publish(Message message, Batch batch) {
    return publish(message, null, batch);
  }

  /**
   * Delivers a message to every subscription that matches, and to one of each queue group.
   *
   * @param message its subject is a literal
   * @param origin the publisher when it does not want its own messages back; else null
   * @return how many subscriptions took it; 0 means that there are no responders
   */
  public int publish(Message message, @Nullable Subscriber origin, Batch batch) {
    return deliver(routes(message.subject()), message, origin, batch);
  }

  /**
   * Delivers a message of the server itself to who subscribed to {@code route}, under the subject
   * the message bears: how stored messages reach the inbox of a consumer's client.
   *
   * @return how many subscriptions took it
   */
  public int publishTo(String route, Message message, Batch batch) {
    return deliver(routes(route), message, null, batch);
  }

  private static int deliver(Routes to, Message message, @Nullable Subscriber origin, Batch batch) {
    int taken = 0;
    for (Subscription subscription : to.plain) {
      if (subscription.isOpen() && subscription.subscriber() != origin) {
        subscription.subscriber().deliver(subscription, message, batch);
        taken++;
      }
    }
    for (Subscription[] group : to.groups) {
      Subscription chosen = choose(group, origin);
      if (chosen != null) {
        chosen.subscriber().deliver(chosen, message, batch);
        taken++;
      }
    }
    return taken;
  }

  private static @Nullable Subscription choose(Subscription[] group, @Nullable Subscriber origin) {
    int start = group.length == 1 ? 0 : ThreadLocalRandom.current().nextInt(group.length);
    for (int i = 0; i < group.length; i++) {
      Subscription candidate = group[(start + i) % group.length];
      if (candidate.isOpen() && candidate.subscriber() != origin) {
        return candidate;
      }
    }
    return null;
  }

  /** True when some subscription of this account matches the literal {@code subject} now. */
  public boolean hasInterest(String subject) {
    Routes known = routes.get(subject);
    if (known != null) {
      return !known.isEmpty();
    }
    synchronized (lock) {
      return subscriptions.hasMatch(subject);
    }
  }

  /**
   * Calls {@code listener} whenever interest in the literal {@code subject} begins or ends after
   * now, until the registration is closed.
   */
  public Registration watchInterest(String subject, InterestListener listener) {
    InterestWatch watch;
    synchronized (lock) {
      watch = new InterestWatch(subject, listener, subscriptions.hasMatch(subject));
      watches.computeIfAbsent(subject, key -> new ArrayList<>(1)).add(watch);
    }
    return () -> {
      watch.close();
      synchronized (lock) {
        watches.computeIfPresent(
            subject, (key, list) -> list.remove(watch) && list.isEmpty() ? null : list);
      }
    };
  }

  /** The subscription of {@code subscriber}, in no queue group, that {@code subject} matches. */
  public @Nullable Subscription find(String subject, Subscriber subscriber) {
    synchronized (lock) {
      for (Subscription match : subscriptions.match(subject)) {
        if (match.subscriber() == subscriber && match.queue() == null) {
          return match;
        }
      }
    }
    return null;
  }

  /** How many subscriptions there are. */
  public int subscriptionCount() {
    synchronized (lock) {
      return subscriptions.size();
    }
  }

  /** Counts what a client of this account has published. */
  public void countIn(long messages, long bytes) {
    inMessages.add(messages);
    inBytes.add(bytes);
  }

  /** Counts a client of this account that was cut because it took too little. */
  public void countSlowConsumer() {
    slowConsumers.increment();
  }

  /** Messages that clients of this account have published. */
  public long inMessages() {
    return inMessages.sum();
  }

  /** Bytes of payload and headers that clients of this account have published. */
  public long inBytes() {
    return inBytes.sum();
  }

  /** Clients of this account that were cut because they took too little. */
  public long slowConsumers() {
    return slowConsumers.sum();
  }

  int knownRoutes() {
    return routes.size();
  }

  private Routes routes(String subject) {
    Routes known = routes.get(subject);
    if (known != null) {
      return known;
    }
    synchronized (lock) {
      // What is not a subject reaches nobody, not even ">".
      Routes found =
          Subjects.hasEmptyToken(subject)
              ? Routes.NOWHERE
              : Routes.of(subscriptions.match(subject));
      if (routes.size() >= MAX_CACHED_ROUTES) {
        Iterator<String> keys = routes.keySet().iterator();
        for (int i = routes.size(); i > CACHED_ROUTES_AFTER_SWEEP && keys.hasNext(); i--) {
          keys.next();
          keys.remove();
        }
      }
      routes.put(subject, found);
      return found;
    }
  }

  // With the lock held, so that no result found before a change is remembered after it.
  private void forgetRoutes(String subject) {
    if (Subjects.isLiteral(subject)) {
      routes.remove(subject);
    } else {
      routes.keySet().removeIf(literal -> Subjects.matches(literal, subject));
    }
  }

  private List<InterestWatch> watchesOf(String subject) {
    if (watches.isEmpty()) {
      return List.of();
    }
    if (Subjects.isLiteral(subject)) {
      List<InterestWatch> there = watches.get(subject);
      return there == null ? List.of() : List.copyOf(there);
    }
    List<InterestWatch> touched = new ArrayList<>();
    watches.forEach(
        (literal, list) -> {
          if (Subjects.matches(literal, subject)) {
            touched.addAll(list);
          }
        });
    return touched;
  }

  @Override
  public String toString() {
    return name;
  }
}
