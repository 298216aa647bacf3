package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.subject.SubjectTrie;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
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
  private static final String[] NO_QUEUES = {};

  private final String name;
  private final @Nullable TimeSource time;
  private volatile String nameTag = "";
  private volatile String traceDestination = "";
  private volatile int traceSampling = 100;
  private volatile ClientLimits limits = ClientLimits.NONE;
  private final AtomicInteger clients = new AtomicInteger();
  private final Object lock = new Object();
  private final SubjectTrie<Subscription> subscriptions = new SubjectTrie<>();
  private final ConcurrentHashMap<String, Routes> routes = new ConcurrentHashMap<>();
  private final Map<String, List<InterestWatch>> watches = new HashMap<>();
  private final List<Export> exports = new ArrayList<>();
  private final List<ServiceImport> serviceImports = new ArrayList<>();
  // The exports and imports that no configuration takes away: these very ones. Guarded by the lock.
  private final Set<Object> lasting = Collections.newSetFromMap(new IdentityHashMap<>());
  private volatile List<StreamImport> streamImports = List.of();
  private volatile List<SubjectMapping> mappings = List.of();
  private @Nullable ServiceReplies serviceReplies;
  private @Nullable InterestObserver observer;
  private final AtomicLong nextInternalSid = new AtomicLong();
  private final LongAdder inMessages = new LongAdder();
  private final LongAdder inBytes = new LongAdder();
  private final LongAdder slowConsumers = new LongAdder();

  /** Makes an account without a clock, which can't export services. */
  public Account(String name) {
    this(name, null);
  }

  /** Makes an account. */
  public Account(String name, @Nullable TimeSource time) {
    this.name = name;
    this.time = time;
  }

  public String name() {
    return name;
  }

  /** What it grants its clients. */
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

  /** How many clients are connected to it. */
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

  /** Where traces go that a tracing system asks for; empty for nowhere. */
  public String traceDestination() {
    return traceDestination;
  }

  /** How many of a hundred messages are traced that a tracing system asks for. */
  public int traceSampling() {
    return traceSampling;
  }

  /** How people call it: the name in its token, or else {@link #name()}. */
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
  public Subscription subscribe(
      String subject, @Nullable String queue, String sid, Subscriber subscriber) {
    Subscription subscription = new Subscription(subject, queue, sid, subscriber);
    List<InterestWatch> touched;
    List<StreamImport> imports;
    synchronized (lock) {
      subscriptions.add(subject, subscription);
      forgetRoutes(subject);
      if (observer != null && isForOthers(subscription)) {
        observer.added(this, subscription);
      }
      touched = watchesOf(subject);
      imports = streamImports;
    }
    for (StreamImport from : imports) {
      follow(from, subscription);
    }
    touched.forEach(watch -> watch.check());
    return subscription;
  }

  /** Ends a subscription of this account; nothing happens when it has ended already. */
  public void unsubscribe(Subscription subscription) {
    subscription.end();
    List<InterestWatch> touched = List.of();
    synchronized (lock) {
      if (subscriptions.remove(subscription.subject(), subscription)) {
        forgetRoutes(subscription.subject());
        if (observer != null && isForOthers(subscription)) {
          observer.removed(this, subscription);
        }
        touched = watchesOf(subscription.subject());
      }
    }
    subscription.unsubscribeShadows();
    touched.forEach(watch -> watch.check());
  }

  private static void follow(StreamImport from, Subscription subscription) {
    if (subscription.subscriber() instanceof Neighbor) {
      // The other server subscribes to what it imports.
      return;
    }
    Subscription shadow = from.follow(subscription);
    if (shadow != null && !subscription.shadow(from.exporter(), shadow)) {
      // It has ended meanwhile.
      from.exporter().unsubscribe(shadow);
    }
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
    return deliver(message.subject(), message, origin, batch);
  }

  /**
   * Delivers a message of the server itself to who subscribed to {@code route}, under the subject
   * the message bears: how stored messages reach the inbox of a consumer's client.
   *
   * @return how many subscriptions took it
   */
  public int publishTo(String route, Message message, Batch batch) {
    return deliver(route, message, null, batch);
  }

  private int deliver(String route, Message message, @Nullable Subscriber origin, Batch batch) {
    Routes to = routes(route);
    MessageTrace trace = batch.trace();
    if (trace != null) {
      return deliverTraced(to, route, message, origin, batch, trace);
    }
    int taken = 0;
    for (Subscription subscription : to.plain) {
      Subscriber subscriber = subscription.subscriber();
      if (subscription.isOpen() && subscriber != origin) {
        if (subscriber instanceof ServiceImport service) {
          taken += service.forward(message, batch);
        } else {
          subscriber.deliver(subscription, message, batch);
          taken++;
        }
      }
    }
    Routes.Elsewhere elsewhere = to.elsewhere;
    List<Subscription> remote = null;
    for (int i = 0; i < to.groups.length; i++) {
      Subscription chosen = choose(to.groups[i], origin);
      if (chosen != null) {
        chosen.subscriber().deliver(chosen, message, batch);
        taken++;
      } else if (elsewhere != null) {
        remote = settle(elsewhere.groups()[i], remote);
      }
    }
    return elsewhere == null
        ? taken
        : taken + forward(elsewhere.neighbors(), remote, route, message, batch);
  }

  // A queue group without a member here goes to one of another server.
  private static @Nullable List<Subscription> settle(
      Subscription[] group, @Nullable List<Subscription> settled) {
    Subscription chosen = choose(group, null);
    if (chosen == null) {
      return settled;
    }
    List<Subscription> all = settled == null ? new ArrayList<>() : settled;
    all.add(chosen);
    return all;
  }

  // Once to each server, with the queue groups that were settled on it.
  private int forward(
      Neighbor[] neighbors,
      @Nullable List<Subscription> chosen,
      String route,
      Message message,
      Batch batch) {
    if (chosen == null) {
      for (Neighbor neighbor : neighbors) {
        neighbor.forward(this, route, message, NO_QUEUES, batch);
      }
      return neighbors.length;
    }
    Map<Neighbor, List<String>> queues = new LinkedHashMap<>();
    for (Neighbor neighbor : neighbors) {
      queues.put(neighbor, new ArrayList<>());
    }
    for (Subscription member : chosen) {
      if (member.subscriber() instanceof Neighbor neighbor && member.queue() != null) {
        queues.computeIfAbsent(neighbor, key -> new ArrayList<>()).add(member.queue());
      }
    }
    queues.forEach(
        (neighbor, names) ->
            neighbor.forward(this, route, message, names.toArray(NO_QUEUES), batch));
    return queues.size();
  }

  /**
   * Delivers a message that another server has forwarded: to every subscription here that matches
   * and to one of each of the queue groups named; never on to another server, nor through a service
   * import, which was done where it was published.
   *
   * @param route the subject that subscriptions are to match
   */
  public void deliverForwarded(
      String route, Message message, Collection<String> queues, Batch batch) {
    Routes to = routes(route);
    for (Subscription subscription : to.plain) {
      if (subscription.isOpen() && !(subscription.subscriber() instanceof ServiceImport)) {
        subscription.subscriber().deliver(subscription, message, batch);
      }
    }
    if (queues.isEmpty()) {
      return;
    }
    for (Subscription[] group : to.groups) {
      Subscription member = choose(group, null);
      if (member != null && queues.contains(member.queue())) {
        member.subscriber().deliver(member, message, batch);
      }
    }
  }

  private int deliverTraced(
      Routes to,
      String route,
      Message message,
      @Nullable Subscriber origin,
      Batch batch,
      MessageTrace trace) {
    TracedDelivery traced = new TracedDelivery(trace, batch);
    int taken = 0;
    for (Subscription subscription : to.plain) {
      taken += traced.deliver(subscription, message, origin);
    }
    Routes.Elsewhere elsewhere = trace.only() ? null : to.elsewhere;
    List<Subscription> remote = null;
    for (int i = 0; i < to.groups.length; i++) {
      Subscription chosen = choose(to.groups[i], origin);
      if (chosen != null) {
        taken += traced.deliver(chosen, message, origin);
      } else if (elsewhere != null) {
        remote = settle(elsewhere.groups()[i], remote);
      }
    }
    return elsewhere == null
        ? taken
        : taken + forward(elsewhere.neighbors(), remote, route, message, batch);
  }

  private static @Nullable Subscription choose(Subscription[] group, @Nullable Subscriber origin) {
    int start = group.length <= 1 ? 0 : ThreadLocalRandom.current().nextInt(group.length);
    for (int i = 0; i < group.length; i++) {
      Subscription candidate = group[(start + i) % group.length];
      if (candidate.isOpen() && candidate.subscriber() != origin) {
        return candidate;
      }
    }
    return null;
  }

  /** Has {@code told} hear of the subscriptions there are and of those that come and go. */
  public void observe(InterestObserver told) {
    synchronized (lock) {
      observer = told;
      subscriptions.forEach(
          (subject, subscription) -> {
            if (isForOthers(subscription)) {
              told.added(this, subscription);
            }
          });
    }
  }

  // Neither what other servers want nor what they import themselves.
  private static boolean isForOthers(Subscription subscription) {
    return !(subscription.subscriber() instanceof Neighbor
        || subscription.subscriber() instanceof ServiceImport);
  }

  /** Replaces the subject mappings; of several that match a subject, the first counts. */
  public void mappings(List<SubjectMapping> changed) {
    mappings = List.copyOf(changed);
  }

  public boolean hasMappings() {
    return !mappings.isEmpty();
  }

  /**
   * Where a message that a client publishes to the literal {@code subject} goes.
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

  /**
   * Takes back all exports, imports and mappings but those of the system account's services, as
   * when they are about to be set up anew. Who imports from here keeps what it has.
   */
  public void unshare() {
    List<Subscription> services = new ArrayList<>();
    List<Subscription> fed = new ArrayList<>();
    mappings = List.of();
    synchronized (lock) {
      exports.retainAll(lasting);
      serviceImports.clear();
      streamImports = List.of();
      subscriptions.forEach(
          (subject, subscription) -> {
            if (subscription.subscriber() instanceof ServiceImport service
                && !lasting.contains(service)) {
              services.add(subscription);
            }
            fed.add(subscription);
          });
    }
    services.forEach(this::unsubscribe);
    fed.forEach(Subscription::unsubscribeShadows);
  }

  /** Lets other accounts import a stream of messages. */
  public void export(StreamExport stream) {
    synchronized (lock) {
      exports.add(stream);
    }
  }

  /** Lets other accounts import a service. */
  public void export(ServiceExport service) {
    ServiceReplies replies = null;
    synchronized (lock) {
      exports.add(service);
      if (serviceReplies == null) {
        if (time == null) {
          throw new IllegalStateException("An account without a clock can't export services");
        }
        replies = new ServiceReplies(time);
        serviceReplies = replies;
      }
    }
    if (replies != null) {
      subscribe(replies.pattern(), null, replies);
    }
  }

  /** {@link #export(ServiceExport)} of the server itself, which {@link #unshare} leaves alone. */
  public void exportSystemService(ServiceExport service) {
    synchronized (lock) {
      lasting.add(service);
    }
    export(service);
  }

  TimeSource time() {
    if (time == null) {
      throw new IllegalStateException("An account without a clock");
    }
    return time;
  }

  ServiceReplies serviceReplies() {
    synchronized (lock) {
      if (serviceReplies == null) {
        throw new IllegalStateException("No services exported");
      }
      return serviceReplies;
    }
  }

  /**
   * Imports messages of another account. Subscriptions made before see them, too.
   *
   * @param subject what to import, may have wildcards
   * @param to the subject it is seen under here, with {@code $1} or {@code {{wildcard(1)}}} for
   *     wildcards
   * @throws IllegalArgumentException if it is not exported to this account, the subjects don't fit,
   *     or the exporter imports from this account itself
   */
  public void importStream(Account exporter, String subject, String to) {
    importStream(exporter, subject, to, false);
  }

  /**
   * {@link #importStream(Account, String, String)} that says whether a message that is traced is
   * traced into this account.
   */
  public void importStream(Account exporter, String subject, String to, boolean allowTrace) {
    exporter.require(StreamExport.class, subject, this);
    if (exporter.importsStreamsFrom(this)) {
      throw new IllegalArgumentException("stream import forms a cycle");
    }
    StreamImport added = new StreamImport(this, exporter, subject, to, allowTrace);
    List<Subscription> present = new ArrayList<>();
    synchronized (lock) {
      List<StreamImport> more = new ArrayList<>(streamImports);
      more.add(added);
      streamImports = List.copyOf(more);
      subscriptions.forEach((pattern, subscription) -> present.add(subscription));
    }
    present.forEach(subscription -> follow(added, subscription));
  }

  /**
   * Imports a service of another account.
   *
   * @param subject the subject the service has there, with {@code $1} or {@code {{wildcard(1)}}}
   *     for the wildcards of {@code to}
   * @param to the subject it is asked on here, may have wildcards
   * @throws IllegalArgumentException if it is not exported to this account, the subjects don't fit,
   *     or the exporter imports from this account itself
   */
  public Subscription importService(Account exporter, String subject, String to) {
    return importService(exporter, subject, to, Disclosure.ROUND_TRIP);
  }

  /** {@link #importService(Account, String, String)} that tells the service more of who asks. */
  public Subscription importService(
      Account exporter, String subject, String to, Disclosure disclosure) {
    ServiceExport export = exporter.require(ServiceExport.class, patternOf(subject), this);
    if (exporter == this || exporter.importsServicesFrom(this)) {
      throw new IllegalArgumentException("service import forms a cycle");
    }
    ServiceImport service = new ServiceImport(this, exporter, export, to, subject, disclosure);
    synchronized (lock) {
      serviceImports.add(service);
    }
    return subscribe(to, null, service);
  }

  /**
   * Imports a service of the system account, which every account has of itself: such imports make
   * no cycles, whatever the system account imports in turn.
   *
   * @throws IllegalArgumentException if it is not exported to this account
   */
  public Subscription importSystemService(
      Account system, String subject, String to, Disclosure disclosure) {
    ServiceExport export = system.require(ServiceExport.class, patternOf(subject), this);
    ServiceImport service = new ServiceImport(this, system, export, to, subject, disclosure);
    synchronized (lock) {
      lasting.add(service);
    }
    return subscribe(to, null, service);
  }

  // "a.$1.b" asks for what "a.*.b" covers.
  private static String patternOf(String destination) {
    List<String> tokens = Subjects.tokens(destination);
    tokens.replaceAll(token -> token.startsWith("{{") || token.matches("\\$\\d+") ? "*" : token);
    return String.join(".", tokens);
  }

  private <T extends Export> T require(Class<T> kind, String subject, Account importer) {
    synchronized (lock) {
      for (Export export : exports) {
        if (kind.isInstance(export) && export.covers(subject, importer.name())) {
          return kind.cast(export);
        }
      }
    }
    throw new IllegalArgumentException(
        "account " + name + " does not export \"" + subject + "\" to " + importer.name());
  }

  private boolean importsStreamsFrom(Account other) {
    return other == this
        || streamImports.stream().anyMatch(from -> from.exporter().importsStreamsFrom(other));
  }

  private boolean importsServicesFrom(Account other) {
    List<ServiceImport> imports;
    synchronized (lock) {
      imports = List.copyOf(serviceImports);
    }
    return imports.stream()
        .anyMatch(from -> from.exporter() == other || from.exporter().importsServicesFrom(other));
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
    return watch(subject, this::hasInterest, listener);
  }

  /** True when something subscribes to exactly the literal {@code subject} now. */
  public boolean hasSubscription(String subject) {
    synchronized (lock) {
      return subscriptions.hasLiteral(subject);
    }
  }

  /** {@link #watchInterest} that leaves out subscriptions with wildcards. */
  public Registration watchSubscriptions(String subject, InterestListener listener) {
    return watch(subject, this::hasSubscription, listener);
  }

  private Registration watch(String subject, Predicate<String> present, InterestListener listener) {
    InterestWatch watch;
    synchronized (lock) {
      watch = new InterestWatch(subject, present, listener);
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

  /** The subscriptions of clients and of parts of the server, as they are now. */
  public List<Subscription> subscriptions() {
    List<Subscription> all = new ArrayList<>();
    synchronized (lock) {
      subscriptions.forEach((subject, subscription) -> all.add(subscription));
    }
    return all;
  }

  /** Writes exports, imports and mappings as nats-server tells of them; what is empty is not. */
  public void describeSharing(JsonWriter json) {
    List<Export> exported;
    List<Subscription> imported;
    synchronized (lock) {
      exported = List.copyOf(exports);
      imported = new ArrayList<>();
      subscriptions.forEach(
          (subject, subscription) -> {
            if (subscription.subscriber() instanceof ServiceImport) {
              imported.add(subscription);
            }
          });
    }
    SharingReport.write(json, exported, streamImports, imported, mappings);
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
