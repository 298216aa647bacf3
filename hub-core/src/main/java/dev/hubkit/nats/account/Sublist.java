package dev.hubkit.nats.account;

import dev.hubkit.nats.subject.SubjectTrie;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of an account: finds those that a subject matches, and tells listeners when
 * interest in a subject begins or ends.
 *
 * <p>Thread-safe. Its monitor guards changes, also those of {@link ExportsAndImports}, which must
 * happen together with them; cached match results are found without it.
 */
public final class Sublist {
  // As many results as nats-server keeps (server/sublist.go); beyond that a part is dropped.
  private static final int MAX_CACHED_ROUTES = 1024;
  private static final int CACHED_ROUTES_AFTER_SWEEP = 768;

  private final String account;
  private final SubjectTrie<Subscription> subscriptions = new SubjectTrie<>();
  private final ConcurrentHashMap<String, MatchResult> routes = new ConcurrentHashMap<>();
  private final Map<String, List<InterestWatch>> watches = new HashMap<>();
  private static final InterestObserver[] NO_OBSERVERS = {};

  private InterestObserver[] observers = NO_OBSERVERS;
  private final LongAdder matches = new LongAdder();
  private final LongAdder hits = new LongAdder();
  // Guarded by this object's monitor; a reader needs no more than a recent value.
  private volatile long changes;
  private long inserts;
  private long removes;
  private int unreported;

  Sublist(String account) {
    this.account = account;
  }

  /**
   * Adds a subscription.
   *
   * @return who is to look again
   */
  @SuppressWarnings("NonAtomicVolatileUpdate")
  synchronized List<InterestWatch> add(Subscription subscription) {
    subscriptions.add(subscription.subject(), subscription);
    changes++;
    inserts++;
    unreported += subscription.subscriber().isReported() ? 0 : 1;
    forgetRoutes(subscription.subject());
    for (InterestObserver observer : observers) {
      observer.added(account, subscription);
    }
    return watchesOf(subscription.subject());
  }

  /**
   * Takes a subscription away, if it is there.
   *
   * @return who is to look again
   */
  @SuppressWarnings("NonAtomicVolatileUpdate")
  synchronized List<InterestWatch> remove(Subscription subscription) {
    if (!subscriptions.remove(subscription.subject(), subscription)) {
      return List.of();
    }
    changes++;
    removes++;
    unreported -= subscription.subscriber().isReported() ? 0 : 1;
    forgetRoutes(subscription.subject());
    for (InterestObserver observer : observers) {
      observer.removed(account, subscription);
    }
    return watchesOf(subscription.subject());
  }

  /**
   * Tells {@code told} about the present subscriptions, and from now on about those that come and
   * go.
   */
  public synchronized void observe(InterestObserver told) {
    observers = Arrays.copyOf(observers, observers.length + 1);
    observers[observers.length - 1] = told;
    subscriptions.forEach((subject, subscription) -> told.added(account, subscription));
  }

  /** Tells an observer nothing more. */
  public synchronized void forget(InterestObserver told) {
    observers =
        Arrays.stream(observers).filter(each -> each != told).toArray(InterestObserver[]::new);
  }

  /** Returns whether some subscription matches the literal {@code subject} now. */
  public boolean exists(String subject) {
    MatchResult known = routes.get(subject);
    if (known != null) {
      return !known.isEmpty();
    }
    synchronized (this) {
      return subscriptions.hasMatch(subject);
    }
  }

  /**
   * Calls {@code listener} whenever interest in the literal {@code subject} begins or ends after
   * now, until the registration is closed.
   */
  public Handle watch(String subject, InterestListener listener) {
    return register(subject, this::exists, listener);
  }

  /**
   * Returns whether something subscribes to exactly the literal {@code subject} now, in this queue
   * group.
   *
   * @param queue null for none; a subscription in a queue group does not count then
   */
  public synchronized boolean hasSubscription(String subject, @Nullable String queue) {
    if (!subscriptions.hasLiteral(subject)) {
      return false;
    }
    for (Subscription match : subscriptions.match(subject)) {
      if (match.subject().equals(subject) && Objects.equals(match.queue(), queue)) {
        return true;
      }
    }
    return false;
  }

  /** {@link #watch} of {@link #hasSubscription}. */
  public Handle watchSubscriptions(
      String subject, @Nullable String queue, InterestListener listener) {
    return register(subject, literal -> hasSubscription(literal, queue), listener);
  }

  private Handle register(String subject, Predicate<String> present, InterestListener listener) {
    InterestWatch watch;
    synchronized (this) {
      watch = new InterestWatch(subject, present, listener);
      watches.computeIfAbsent(subject, key -> new ArrayList<>(1)).add(watch);
    }
    return () -> {
      watch.close();
      synchronized (this) {
        watches.computeIfPresent(
            subject, (key, list) -> list.remove(watch) && list.isEmpty() ? null : list);
      }
    };
  }

  /**
   * Returns the subscription of {@code subscriber}, in no queue group, that {@code subject}
   * matches.
   */
  public synchronized @Nullable Subscription find(String subject, Subscriber subscriber) {
    for (Subscription match : subscriptions.match(subject)) {
      if (match.subscriber() == subscriber && match.queue() == null) {
        return match;
      }
    }
    return null;
  }

  /** Returns how many subscriptions there are. */
  public synchronized int subscriptionCount() {
    return subscriptions.size();
  }

  /** Returns how many subscriptions reports tell of. */
  public synchronized int reportedCount() {
    return subscriptions.size() - unreported;
  }

  /** Returns what the subscriptions that reports tell of have been through. */
  public SublistStatistics statistics() {
    int most = 0;
    long all = 0;
    int cached = 0;
    for (MatchResult route : routes.values()) {
      int fanout = route.fanout();
      most = Math.max(most, fanout);
      all += fanout;
      cached++;
    }
    synchronized (this) {
      return new SublistStatistics(
          reportedCount(),
          cached,
          inserts - unreported,
          removes,
          matches.sum(),
          Math.min(hits.sum(), matches.sum()),
          most,
          all);
    }
  }

  /** Returns a number that is another one after each change of the subscriptions. */
  public long changes() {
    return changes;
  }

  /** Counts lookups that the cache has answered. */
  public void countCachedMatches(long count) {
    matches.add(count);
    hits.add(count);
  }

  /** Counts that a client which does not know the subscriptions of a subject looks them up. */
  public void countMatch(String subject) {
    matches.increment();
    if (routes.containsKey(subject)) {
      hits.increment();
    }
  }

  /** Returns the subscriptions of clients and of parts of the server, as they are now. */
  public List<Subscription> subscriptions() {
    List<Subscription> all = new ArrayList<>();
    synchronized (this) {
      subscriptions.forEach((subject, subscription) -> all.add(subscription));
    }
    return all;
  }

  int knownRoutes() {
    return routes.size();
  }

  /** Returns where a message to the literal {@code subject} goes. */
  MatchResult routes(String subject) {
    MatchResult known = routes.get(subject);
    if (known != null) {
      return known;
    }
    synchronized (this) {
      // What is not a subject reaches nobody, not even ">".
      MatchResult found =
          Subjects.hasEmptyToken(subject)
              ? MatchResult.NOWHERE
              : MatchResult.of(subscriptions.match(subject));
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
}
