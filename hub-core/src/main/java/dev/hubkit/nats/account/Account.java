package dev.hubkit.nats.account;

import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A space of subjects: messages that are published in an account reach the subscriptions of that
 * account.
 *
 * <p>Thread-safe. Publishing takes no lock as long as the match result of the subject is cached,
 * that is, until a subscription that affects it comes or goes.
 */
public final class Account implements SubjectSpace {
  private final String name;
  private final @Nullable TimeSource time;
  private final Compatibility compatibility;
  private volatile String nameTag = "";
  private volatile long updated;
  private volatile String traceDestination = "";
  private volatile int traceSampling = 100;
  private volatile ClientLimits limits = ClientLimits.NONE;
  private final AtomicInteger clients = new AtomicInteger();
  private final AtomicInteger leafNodes = new AtomicInteger();
  private final Sublist interest;
  private final ExportsAndImports sharing;
  private volatile List<SubjectMapping> configuredMappings = List.of();
  private volatile List<SubjectMapping> serverMappings = List.of();
  // Both, in the order in which they count.
  private volatile List<SubjectMapping> mappings = List.of();
  private final AtomicLong nextInternalSid = new AtomicLong();
  private final AccountTraffic traffic = new AccountTraffic();
  private final LongAdder slowConsumers = new LongAdder();
  private final AtomicLong subscriptionBytes = new AtomicLong();

  /** Makes an account without a clock, which can't export services. */
  public Account(String name) {
    this(name, null);
  }

  /** Makes an account of a server that behaves like the latest release of nats-server. */
  public Account(String name, @Nullable TimeSource time) {
    this(name, time, Compatibility.current());
  }

  /** Makes an account of a server that behaves like a release of nats-server. */
  public Account(String name, @Nullable TimeSource time, Compatibility compatibility) {
    this.name = name;
    this.time = time;
    this.compatibility = compatibility;
    this.updated = time == null ? 0 : time.epochNanos();
    this.interest = new Sublist(name);
    this.sharing = new ExportsAndImports(this, interest);
  }

  @Override
  public String name() {
    return name;
  }

  /** Returns its subscriptions. */
  public Sublist interest() {
    return interest;
  }

  /** Returns its exports and imports. */
  public ExportsAndImports sharing() {
    return sharing;
  }

  /**
   * Returns the clock of the account.
   *
   * @throws IllegalStateException if it has none
   */
  TimeSource time() {
    if (time == null) {
      throw new IllegalStateException("An account without a clock can't export services");
    }
    return time;
  }

  /** Returns the releases of nats-server that the server of the account behaves like. */
  Compatibility compatibility() {
    return compatibility;
  }

  /** Returns the limits of its clients. */
  public ClientLimits limits() {
    return limits;
  }

  /** Changes the limits of clients that connect from now on. */
  public void limits(ClientLimits changed) {
    limits = changed;
  }

  /**
   * Counts a client in.
   *
   * @return false when the account has as many clients as it may have; this one is not counted then
   */
  public boolean join() {
    return join(clients, limits.connections());
  }

  private static boolean join(AtomicInteger present, int most) {
    if (most < 0) {
      present.incrementAndGet();
      return true;
    }
    return present.getAndUpdate(count -> count < most ? count + 1 : count) < most;
  }

  /** Counts out a client that {@link #join} has counted in. */
  public void leave() {
    clients.decrementAndGet();
  }

  /** Returns how many clients are counted in. */
  public int clientCount() {
    return clients.get();
  }

  /**
   * Counts a connection to a leaf node or hub in.
   *
   * @return false when the account has as many as it may have; this one is not counted then
   */
  public boolean joinLeafNode() {
    return join(leafNodes, limits.leafNodes());
  }

  /** Counts out a connection that {@link #joinLeafNode} has counted in. */
  public void leaveLeafNode() {
    leafNodes.decrementAndGet();
  }

  /** Returns how many connections to leaf nodes and hubs are counted in. */
  public int leafNodeCount() {
    return leafNodes.get();
  }

  /**
   * Sets where the traces go that a tracing system asks for with a {@code traceparent}.
   *
   * @param destination the literal subject the traces go to; empty for no traces
   * @param sampling how many of a hundred such messages are traced
   */
  public void tracing(String destination, int sampling) {
    traceSampling = sampling;
    traceDestination = destination;
  }

  /** Returns the subject of the traces that a tracing system asks for; empty for no traces. */
  public String traceDestination() {
    return traceDestination;
  }

  /** Returns the percentage of messages that are traced when a tracing system asks for it. */
  public int traceSampling() {
    return traceSampling;
  }

  /** Returns the name for display: that in its token, or else {@link #name()}. */
  public String nameTag() {
    String tag = nameTag;
    return tag.isEmpty() ? name : tag;
  }

  /** Returns when it was set up last, in nanoseconds since the epoch. */
  public long updated() {
    return updated;
  }

  /** Notes that it has just been set up anew. */
  public void update() {
    updated = time().epochNanos();
  }

  /** Changes the name for display; empty for {@link #name()}. */
  public void nameTag(String tag) {
    nameTag = tag;
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
  @Override
  public Subscription subscribe(
      String subject, @Nullable String queue, String sid, Subscriber subscriber) {
    Subscription subscription = new Subscription(subject, queue, sid, subscriber);
    List<InterestWatch> touched;
    List<StreamImport> imports;
    synchronized (interest) {
      touched = interest.add(subscription);
      imports = sharing.streamImports();
    }
    for (StreamImport from : imports) {
      from.bind(subscription);
    }
    touched.forEach(InterestWatch::check);
    return subscription;
  }

  /** Ends a subscription of this account; nothing happens when it has ended already. */
  @Override
  public void unsubscribe(Subscription subscription) {
    subscription.end();
    List<InterestWatch> touched = interest.remove(subscription);
    subscription.unsubscribeShadows();
    touched.forEach(InterestWatch::check);
  }

  /**
   * Publishes a message of the server itself, see {@link #publish(Message, Subscriber, WorkBatch)}.
   */
  @Override
  public int publish(Message message, WorkBatch batch) {
    return publishTo(message.subject(), message, batch);
  }

  /**
   * Delivers a message to every subscription that matches, and to one of each queue group.
   *
   * @param message its subject is a literal
   * @param origin the publisher when it does not want its own messages back; else null
   * @return how many subscriptions took it; 0 means that there are no responders
   */
  public int publish(Message message, @Nullable Subscriber origin, WorkBatch batch) {
    return deliver(message.subject(), message, origin, batch);
  }

  /**
   * Delivers a message of the server itself to the subscribers of {@code route}, under the
   * message's own subject: this is how stored messages reach the inbox of a consumer's client.
   *
   * @return how many subscriptions took it
   */
  @Override
  public int publishTo(String route, Message message, WorkBatch batch) {
    boolean before = batch.own();
    batch.own(true);
    try {
      return deliver(route, message, null, batch);
    } finally {
      batch.own(before);
    }
  }

  @Override
  public int forward(Message message, WorkBatch batch) {
    return deliver(message.subject(), message, null, batch);
  }

  @Override
  public int forwardTo(String route, Message message, WorkBatch batch) {
    return deliver(route, message, null, batch);
  }

  private int deliver(String route, Message message, @Nullable Subscriber origin, WorkBatch batch) {
    MatchResult to = interest.routes(route);
    MessageTrace trace = batch.trace();
    TracedDelivery traced = trace == null ? null : new TracedDelivery(trace, batch);
    int taken = 0;
    for (Subscription subscription : to.plain) {
      taken += deliverTo(subscription, route, message, origin, batch, traced);
    }
    MatchResult.Elsewhere elsewhere = to.elsewhere;
    List<Subscription> remote = null;
    for (int i = 0; i < to.groups.length; i++) {
      Subscription chosen = MatchResult.choose(to.groups[i], origin);
      if (chosen != null) {
        taken += deliverTo(chosen, route, message, origin, batch, traced);
      } else if (elsewhere != null) {
        remote = elsewhere.chooseRemote(i, null, "", route, remote);
      }
    }
    if (elsewhere == null) {
      return taken;
    }
    return taken + elsewhere.forward(name, traffic, null, "", route, message, remote, batch);
  }

  private static int deliverTo(
      Subscription subscription,
      String route,
      Message message,
      @Nullable Subscriber origin,
      WorkBatch batch,
      @Nullable TracedDelivery traced) {
    if (traced != null) {
      return traced.deliver(subscription, message, origin);
    }
    Subscriber subscriber = subscription.subscriber();
    if (!subscription.isOpen() || subscriber == origin) {
      return 0;
    }
    if (subscriber instanceof SelectiveSubscriber selective) {
      return selective.take(route, message, batch);
    }
    subscriber.deliver(subscription, message, batch);
    return 1;
  }

  /**
   * Delivers a message that another server has brought: to every subscription here that matches and
   * to one of each of the queue groups named, and on to those servers that {@link
   * RoutedSubscriber#follows} lets it go to.
   *
   * <p>A server of the same cluster has asked the services that its account imports itself; a leaf
   * node or a hub knows nothing of them.
   *
   * @param source the server that has brought it
   * @param origin the cluster whose leaf node has brought it there or here; empty for none
   * @param route the subject that subscriptions are to match
   * @param queues null for all queue groups
   */
  public void deliverForwarded(
      RoutedSubscriber source,
      String origin,
      String route,
      Message message,
      @Nullable Collection<String> queues,
      WorkBatch batch) {
    MatchResult to = interest.routes(route);
    MessageTrace trace = batch.trace();
    TracedDelivery traced = trace == null ? null : new TracedDelivery(trace, batch);
    boolean fromLeaf = source.role() != RoutedSubscriber.Role.ROUTE;
    for (Subscription subscription : to.plain) {
      if (fromLeaf || !(subscription.subscriber() instanceof ServiceImport)) {
        deliverTo(subscription, route, message, null, batch, traced);
      }
    }
    MatchResult.Elsewhere elsewhere = to.elsewhere;
    MatchResult.Elsewhere onward =
        elsewhere != null && (fromLeaf || elsewhere.hasLeaves()) ? elsewhere : null;
    List<Subscription> remote = null;
    int groups = queues == null || !queues.isEmpty() ? to.groups.length : 0;
    for (int i = 0; i < groups; i++) {
      Subscription member = MatchResult.choose(to.groups[i], null);
      if (member != null) {
        if (queues == null || queues.contains(member.queue())) {
          deliverTo(member, route, message, null, batch, traced);
        }
      } else if (onward != null && (queues == null || queues.contains(onward.queues()[i]))) {
        remote = onward.chooseRemote(i, source, origin, route, remote);
      }
    }
    if (onward != null) {
      onward.forward(name, traffic, source, origin, route, message, remote, batch);
    }
  }

  /** Replaces the subject mappings; of several that match a subject, the first counts. */
  public synchronized void mappings(List<SubjectMapping> changed) {
    configuredMappings = List.copyOf(changed);
    joinMappings();
  }

  /**
   * Replaces the mappings of the server itself, such as those of a JetStream domain. They count
   * after the others, and not at all where another has the same source.
   */
  public synchronized void serverMappings(List<SubjectMapping> changed) {
    serverMappings = List.copyOf(changed);
    joinMappings();
  }

  private void joinMappings() {
    List<SubjectMapping> joined = new ArrayList<>(configuredMappings);
    for (SubjectMapping mapping : serverMappings) {
      if (configuredMappings.stream().noneMatch(mapping::hasSourceOf)) {
        joined.add(mapping);
      }
    }
    mappings = List.copyOf(joined);
  }

  @Override
  public boolean hasMappings() {
    return !mappings.isEmpty();
  }

  /**
   * Returns where a message that a client publishes to the literal {@code subject} goes.
   *
   * @return {@code subject} itself when no mapping matches; null when the mapping drops the message
   */
  @Override
  public @Nullable String map(String subject) {
    for (SubjectMapping mapping : mappings) {
      if (mapping.matches(subject)) {
        return mapping.map(subject);
      }
    }
    return subject;
  }

  /** Returns the subjects that mappings are for; they may have wildcards. */
  public List<String> mappedSubjects() {
    return mappings.stream().map(SubjectMapping::source).toList();
  }

  List<SubjectMapping> mappings() {
    return mappings;
  }

  /**
   * Takes back all exports, imports and mappings but those of the server itself, before they are
   * set up anew. Accounts that import from this one keep what they have.
   */
  public void clearExportsAndImports() {
    mappings(List.of());
    sharing.clearConfigured();
  }

  /** Returns whether some subscription matches the literal {@code subject} now. */
  public boolean hasInterest(String subject) {
    return interest.exists(subject);
  }

  /**
   * Returns whether somebody waits on the literal {@code reply} now; for a request to a service of
   * this account, the requester may be in another account.
   */
  @Override
  public boolean isAwaited(String reply) {
    return hasInterest(reply)
        && (!reply.startsWith(ServiceReplyMapping.PREFIX) || sharing.isAwaited(reply));
  }

  @Override
  public Handle watch(String subject, InterestListener listener) {
    return interest.watch(subject, listener);
  }

  /** Returns the subscriptions of clients and of parts of the server, as they are now. */
  public List<Subscription> subscriptions() {
    return interest.subscriptions();
  }

  /** Returns the counters of its messages. */
  public AccountTraffic traffic() {
    return traffic;
  }

  /**
   * Notes that the subscriptions of its clients take {@code bytes} more of the heap, or less if
   * negative.
   */
  public void holdSubscriptions(long bytes) {
    subscriptionBytes.addAndGet(bytes);
  }

  /** Returns how many bytes of heap the subscriptions of its clients take. */
  public long subscriptionBytes() {
    return subscriptionBytes.get();
  }

  /** Counts a slow consumer of this account that was closed. */
  public void countSlowConsumer() {
    slowConsumers.increment();
  }

  /** Returns how many slow consumers of this account were closed. */
  public long slowConsumers() {
    return slowConsumers.sum();
  }

  @Override
  public String toString() {
    return name;
  }
}
