package dev.hubkit.nats.account;

import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A space of subjects: what is published in an account reaches the subscriptions of that account.
 *
 * <p>Thread-safe. Publishing takes no lock while the subject's routes are known: they are kept
 * until a subscription that touches them comes or goes.
 */
public final class Account implements SubjectSpace {
  private final String name;
  private final @Nullable TimeSource time;
  private volatile String nameTag = "";
  private volatile String traceDestination = "";
  private volatile int traceSampling = 100;
  private volatile ClientLimits limits = ClientLimits.NONE;
  private final AtomicInteger clients = new AtomicInteger();
  private final Sublist interest;
  private final ExportsAndImports sharing;
  private volatile List<SubjectMapping> mappings = List.of();
  private final AtomicLong nextInternalSid = new AtomicLong();
  private final LongAdder inMessages = new LongAdder();
  private final LongAdder inBytes = new LongAdder();
  private final LongAdder slowConsumers = new LongAdder();
  private final AtomicLong subscriptionBytes = new AtomicLong();

  /** Makes an account without a clock, which can't export services. */
  public Account(String name) {
    this(name, null);
  }

  /** Makes an account. */
  public Account(String name, @Nullable TimeSource time) {
    this.name = name;
    this.time = time;
    this.interest = new Sublist(name);
    this.sharing = new ExportsAndImports(this, interest);
  }

  @Override
  public String name() {
    return name;
  }

  /** Returns who wants what in it. */
  public Sublist interest() {
    return interest;
  }

  /** Returns what it shares with other accounts. */
  public ExportsAndImports sharing() {
    return sharing;
  }

  /**
   * Returns the clock of it.
   *
   * @throws IllegalStateException if it has none
   */
  TimeSource time() {
    if (time == null) {
      throw new IllegalStateException("An account without a clock can't export services");
    }
    return time;
  }

  /** Returns what it grants its clients. */
  public ClientLimits limits() {
    return limits;
  }

  /** Changes what it grants clients that come from now on. */
  public void limits(ClientLimits changed) {
    limits = changed;
  }

  /**
   * Counts a client in.
   *
   * @return false when the account has as many as it may have; it is not counted then
   */
  public boolean join() {
    int most = limits.connections();
    if (most < 0) {
      clients.incrementAndGet();
      return true;
    }
    return clients.getAndUpdate(count -> count < most ? count + 1 : count) < most;
  }

  /** Counts a client out that {@link #join} has let in. */
  public void leave() {
    clients.decrementAndGet();
  }

  /** Returns how many clients are connected to it. */
  public int clients() {
    return clients.get();
  }

  /**
   * Has messages traced that a tracing system asks for with a {@code traceparent}.
   *
   * @param destination the literal subject the traces go to; empty for no traces
   * @param sampling how many of a hundred such messages are traced
   */
  public void tracing(String destination, int sampling) {
    traceSampling = sampling;
    traceDestination = destination;
  }

  /** Returns where traces go that a tracing system asks for; empty for nowhere. */
  public String traceDestination() {
    return traceDestination;
  }

  /** Returns how many of a hundred messages are traced that a tracing system asks for. */
  public int traceSampling() {
    return traceSampling;
  }

  /** Returns how people call it: the name in its token, or else {@link #name()}. */
  public String nameTag() {
    String tag = nameTag;
    return tag.isEmpty() ? name : tag;
  }

  /** Changes how people call it; empty for its name. */
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

  /** {@link #publish(Message, Subscriber, WorkBatch)} of a message of the server itself. */
  @Override
  public int publish(Message message, WorkBatch batch) {
    return publish(message, null, batch);
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
   * Delivers a message of the server itself to who subscribed to {@code route}, under the subject
   * the message bears: how stored messages reach the inbox of a consumer's client.
   *
   * @return how many subscriptions took it
   */
  @Override
  public int publishTo(String route, Message message, WorkBatch batch) {
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
        remote = elsewhere.settle(i, remote);
      }
    }
    return elsewhere == null
        ? taken
        : taken + elsewhere.forward(name, route, message, remote, batch);
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
    if (subscriber instanceof ServiceImport service) {
      return service.forward(message, batch);
    }
    if (subscriber instanceof ServiceReplyMapping replies) {
      replies.respond(route, message, batch);
      return 1;
    }
    subscriber.deliver(subscription, message, batch);
    return 1;
  }

  /**
   * Delivers a message that another server has forwarded: to every subscription here that matches
   * and to one of each of the queue groups named; never on to another server, nor through a service
   * import, which was done where it was published.
   *
   * @param route the subject that subscriptions are to match
   */
  public void deliverForwarded(
      String route, Message message, Collection<String> queues, WorkBatch batch) {
    MatchResult to = interest.routes(route);
    MessageTrace trace = batch.trace();
    TracedDelivery traced = trace == null ? null : new TracedDelivery(trace, batch);
    for (Subscription subscription : to.plain) {
      if (!(subscription.subscriber() instanceof ServiceImport)) {
        deliverTo(subscription, route, message, null, batch, traced);
      }
    }
    if (queues.isEmpty()) {
      return;
    }
    for (Subscription[] group : to.groups) {
      Subscription member = MatchResult.choose(group, null);
      if (member != null && queues.contains(member.queue())) {
        deliverTo(member, route, message, null, batch, traced);
      }
    }
  }

  /** Replaces the subject mappings; of several that match a subject, the first counts. */
  public void mappings(List<SubjectMapping> changed) {
    mappings = List.copyOf(changed);
  }

  public boolean hasMappings() {
    return !mappings.isEmpty();
  }

  /**
   * Returns where a message that a client publishes to the literal {@code subject} goes.
   *
   * @return {@code subject} itself when no mapping matches; null when the mapping loses it
   */
  public @Nullable String map(String subject) {
    for (SubjectMapping mapping : mappings) {
      if (mapping.matches(subject)) {
        return mapping.map(subject);
      }
    }
    return subject;
  }

  List<SubjectMapping> mappings() {
    return mappings;
  }

  /**
   * Takes back all exports, imports and mappings but those of the system account's services, as
   * when they are about to be set up anew. Who imports from here keeps what it has.
   */
  public void unshare() {
    mappings = List.of();
    sharing.takeBack();
  }

  /** Returns whether some subscription matches the literal {@code subject} now. */
  public boolean hasInterest(String subject) {
    return interest.exists(subject);
  }

  /**
   * Returns whether somebody waits on the literal {@code reply} now: for a request that came to a
   * service of this account, whoever sent it, in the account that is.
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

  /** Counts what a client of this account has published. */
  public void countIn(long messages, long bytes) {
    inMessages.add(messages);
    inBytes.add(bytes);
  }

  /** The subscriptions of its clients take so many bytes more or less of the heap. */
  public void holdSubscriptions(long bytes) {
    subscriptionBytes.addAndGet(bytes);
  }

  /** Returns what the subscriptions of its clients take of the heap. */
  public long subscriptionBytes() {
    return subscriptionBytes.get();
  }

  /** Counts a client of this account that was cut because it took too little. */
  public void countSlowConsumer() {
    slowConsumers.increment();
  }

  /** Returns the messages that clients of this account have published. */
  public long inMessages() {
    return inMessages.sum();
  }

  /** Returns the bytes of payload and headers that clients of this account have published. */
  public long inBytes() {
    return inBytes.sum();
  }

  /** Clients of this account that were cut because they took too little. */
  public long slowConsumers() {
    return slowConsumers.sum();
  }

  @Override
  public String toString() {
    return name;
  }
}
