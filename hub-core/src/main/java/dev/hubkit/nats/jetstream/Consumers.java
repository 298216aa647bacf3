package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonException;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import dev.hubkit.nats.subject.SubjectTrie;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Nuid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The consumers of one stream. On the stream's lane, but for {@link #count}. */
final class Consumers {
  private static final Logger log = LoggerFactory.getLogger(Consumers.class);

  /** What a request to create a consumer wants done. */
  enum Action {
    CREATE_OR_UPDATE,
    CREATE,
    UPDATE
  }

  private final Stream stream;
  private final @Nullable StreamFiles files;
  private final TreeMap<String, Consumer> byName = new TreeMap<>();

  // Who is told of which message: those that want all, and the others by their filters.
  private final List<Consumer> unfiltered = new ArrayList<>();
  private final SubjectTrie<Consumer> filtered = new SubjectTrie<>();

  // Those of the stream in whose place this one is, until its own are there.
  private Map<String, Consumer> inherited = new TreeMap<>();

  private List<Consumer> registered = new ArrayList<>();
  private List<Consumer> working = new ArrayList<>();
  private volatile int count;

  /**
   * Makes an empty set.
   *
   * @param files where consumers are kept over a restart; null for a stream in memory
   */
  Consumers(Stream stream, @Nullable StreamFiles files) {
    this.stream = stream;
    this.files = files;
  }

  /** Brings back the consumers of the files, before the stream gets its first message. */
  void recover() {
    if (files == null) {
      return;
    }
    Batch batch = new Batch();
    for (String name : files.consumers()) {
      try {
        bring(name, files.readConsumer(name), files.openConsumer(name), batch);
      } catch (StoreException | JsonException | ApiException e) {
        log.error("Consumer {} of stream {} can't be brought back", name, stream.name(), e);
      }
    }
    if (stream.config().retention() != RetentionPolicy.LIMITS) {
      byName.values().forEach(this::removeAcknowledged);
    }
    batch.flush();
  }

  /** Hears of those that the stream's predecessor has retired, for {@link #restore}. */
  void inherit(Map<String, Consumer> retired) {
    inherited = retired;
  }

  /** Takes up consumers as a snapshot has them, before the stream gets its first message. */
  void restore(List<JetStreamSnapshot.ConsumerState> known) {
    Batch batch = new Batch();
    Map<String, ConsumerStore> states = new TreeMap<>();
    for (JetStreamSnapshot.ConsumerState each : known) {
      Consumer old = inherited.get(each.name());
      if (old != null && isSame(old, each) && !beginsAtLast(each)) {
        states.put(each.name(), old.state());
        inherited.remove(each.name());
      }
    }
    inherited.values().forEach(old -> old.state().delete());
    inherited = Map.of();
    for (JetStreamSnapshot.ConsumerState each : known) {
      ConsumerStore kept = states.get(each.name());
      ConsumerStore state = kept == null ? newState(each) : kept;
      Consumer consumer = new Consumer(stream, each.config(), each.name(), each.created(), state);
      if (beginsAtLast(each)) {
        consumer.start();
      } else {
        each.state().restore(state);
        consumer.recover();
      }
      add(consumer);
      consumer.open(batch);
    }
    batch.flush();
  }

  private static boolean isSame(Consumer old, JetStreamSnapshot.ConsumerState known) {
    return old.created() == known.created() && old.config().equals(known.config());
  }

  private static boolean beginsAtLast(JetStreamSnapshot.ConsumerState known) {
    return known.state().deliveredStream() == 0 && known.config().startsAtLast();
  }

  private ConsumerStore newState(JetStreamSnapshot.ConsumerState known) {
    StreamFiles kept = filesFor(known.config());
    if (kept == null) {
      return ConsumerStore.inMemory();
    }
    kept.writeConsumer(
        new StreamFiles.ConsumerDescription(known.name(), known.config(), known.created()));
    return kept.openConsumer(known.name());
  }

  // A crash may come between the writing of an acknowledgement and the removal of its message.
  private void removeAcknowledged(Consumer consumer) {
    StreamStore store = stream.store();
    SubjectFilter filter = SubjectFilter.of(consumer.config().filters());
    long last = consumer.state().deliveredStream();
    for (long at = store.nextSequence(filter, 1);
        at != 0 && at <= last;
        at = store.nextSequence(filter, at + 1)) {
      if (!consumer.acknowledgements().needs(at)) {
        stream.acknowledged(at);
      }
    }
  }

  /** Takes in a consumer as it was elsewhere, before the stream gets its first message. */
  void adopt(StreamFiles.ConsumerDescription found, ConsumerStore state, Batch batch) {
    bring(found.name(), found, state, batch);
  }

  private void bring(
      String name, StreamFiles.ConsumerDescription found, ConsumerStore state, Batch batch) {
    Consumer consumer = new Consumer(stream, found.config(), name, found.created(), state);
    if (state.hasState()) {
      consumer.recover();
    } else {
      consumer.start();
    }
    add(consumer);
    consumer.open(batch);
  }

  /** How many there are, as the stream's state counts them. Any thread. */
  int count() {
    return count;
  }

  /** The consumer of this name; null when there is none. */
  @Nullable Consumer get(String name) {
    return byName.get(name);
  }

  /** All that the API lists, by name. */
  List<Consumer> listed() {
    List<Consumer> listed = new ArrayList<>();
    for (Consumer consumer : byName.values()) {
      if (!consumer.config().direct()) {
        listed.add(consumer);
      }
    }
    return listed;
  }

  Collection<Consumer> all() {
    return Collections.unmodifiableCollection(byName.values());
  }

  // --- coming and going ---

  /**
   * Creates a consumer, or changes the one of that name.
   *
   * @throws ApiException if that isn't possible
   */
  Consumer create(ConsumerConfig asked, Action action, boolean pedantic, Batch batch) {
    OuterLimits limits = OuterLimits.of(stream.jetStream(), stream.config());
    ConsumerConfig config = new ConsumerRules(stream.config(), limits).accept(asked, pedantic);
    String wanted = config.isDurable() ? config.durable() : config.name();
    Consumer existing = wanted.isEmpty() ? null : byName.get(wanted);
    if (existing != null) {
      if (action == Action.CREATE
          && !AssetVersions.alike(config, existing.config()).equals(existing.config())) {
        throw ApiError.CONSUMER_ALREADY_EXISTS.exception();
      }
      if (stream.config().retention() == RetentionPolicy.WORK_QUEUE
          && !isUnique(wanted, config.filters())) {
        throw ApiError.CONSUMER_WQ_CONSUMER_NOT_UNIQUE.exception();
      }
      update(existing, config, batch);
      return existing;
    }
    if (action == Action.UPDATE) {
      throw ApiError.CONSUMER_DOES_NOT_EXIST.exception();
    }
    checkRoom();
    checkWorkQueue(wanted, config);
    String name = wanted.isEmpty() ? newName() : wanted;
    ConsumerRules.checkFinalName(config, name);
    Consumer consumer = make(config, name);
    add(consumer);
    consumer.open(batch);
    consumer.advisories().created(batch);
    return consumer;
  }

  private Consumer make(ConsumerConfig config, String name) {
    long created = stream.time().epochNanos();
    StreamFiles kept = filesFor(config);
    try {
      if (kept != null) {
        kept.writeConsumer(new StreamFiles.ConsumerDescription(name, config, created));
      }
      ConsumerStore state = kept == null ? ConsumerStore.inMemory() : kept.openConsumer(name);
      Consumer consumer = new Consumer(stream, config, name, created, state);
      consumer.start();
      state.flush();
      return consumer;
    } catch (StoreException e) {
      log.error("Consumer {} of stream {} can't be stored", name, stream.name(), e);
      throw ApiError.CONSUMER_STORE_FAILED.exception(String.valueOf(e.getMessage()));
    }
  }

  private @Nullable StreamFiles filesFor(ConsumerConfig config) {
    return config.isInMemory() ? null : files;
  }

  private String newName() {
    String name = NameHash.of(Nuid.next());
    return byName.containsKey(name) ? newName() : name;
  }

  /** Puts another configuration of a consumer into force. */
  void update(Consumer consumer, ConsumerConfig updated, Batch batch) {
    ConsumerConfig before = consumer.config();
    // As with nats-server, one that becomes durable keeps an end of its patience.
    ConsumerConfig config =
        before.isDurable() || updated.inactiveThreshold() > 0
            ? updated
            : updated.withInactiveThreshold(Consumer.DEFAULT_THRESHOLD);
    boolean bound = before.isPush() && stream.account().hasInterest(before.deliverSubject());
    ConsumerUpdate update = new ConsumerUpdate(before, config);
    update.check(bound);
    StreamFiles kept = filesFor(before);
    if (kept != null) {
      try {
        kept.writeConsumer(
            new StreamFiles.ConsumerDescription(consumer.name(), config, consumer.created()));
      } catch (StoreException e) {
        throw ApiError.CONSUMER_STORE_FAILED.exception(String.valueOf(e.getMessage()));
      }
    }
    unroute(consumer);
    consumer.update(update, batch);
    route(consumer);
    if (stream.config().retention() == RetentionPolicy.INTEREST
        && !before.filters().equals(config.filters())) {
      dropUnneeded(consumer.acknowledgements().floor());
    }
  }

  private void checkRoom() {
    AccountLimits account = stream.jetStream().options().limits().get("");
    long byAccount = account == null ? 0 : account.maxConsumers();
    long max = stream.config().maxConsumers();
    if (max <= 0 || (byAccount > 0 && byAccount < max)) {
      max = byAccount;
    }
    if (max > 0 && countLimited() >= max) {
      throw ApiError.MAXIMUM_CONSUMERS_LIMIT.exception();
    }
  }

  private int countLimited() {
    int limited = 0;
    for (Consumer consumer : byName.values()) {
      limited += consumer.config().sourcing() ? 0 : 1;
    }
    return limited;
  }

  private void checkWorkQueue(String name, ConsumerConfig config) {
    if (stream.config().retention() != RetentionPolicy.WORK_QUEUE
        || config.direct()
        || config.sourcing()) {
      return;
    }
    if (config.ackPolicy() != AckPolicy.EXPLICIT && config.ackPolicy() != AckPolicy.FLOW_CONTROL) {
      throw ApiError.CONSUMER_WQ_REQUIRES_EXPLICIT_ACK.exception();
    }
    if (config.deliverPolicy() != DeliverPolicy.ALL) {
      throw ApiError.CONSUMER_WQ_CONSUMER_NOT_DELIVER_ALL.exception();
    }
    if (countLimited() > 0) {
      if (config.filters().isEmpty()) {
        throw ApiError.CONSUMER_WQ_MULTIPLE_UNFILTERED.exception();
      }
      if (!isUnique(name, config.filters())) {
        throw ApiError.CONSUMER_WQ_CONSUMER_NOT_UNIQUE.exception();
      }
    }
  }

  private boolean isUnique(String name, List<String> filters) {
    if (filters.isEmpty()) {
      return true;
    }
    for (Consumer other : byName.values()) {
      ConsumerConfig config = other.config();
      if (other.name().equals(name) || config.direct() || config.sourcing()) {
        continue;
      }
      if (config.filters().isEmpty()) {
        return false;
      }
      for (String taken : config.filters()) {
        for (String filter : filters) {
          if (Subjects.overlap(filter, taken)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** Removes a consumer for good. */
  void delete(Consumer consumer, Batch batch) {
    if (!byName.remove(consumer.name(), consumer)) {
      return;
    }
    count = byName.size();
    unroute(consumer);
    consumer.advisories().deleted(batch);
    long floor = consumer.acknowledgements().floor();
    consumer.delete(batch);
    if (stream.config().retention() == RetentionPolicy.INTEREST) {
      if (byName.isEmpty()) {
        stream.store().purge();
      } else {
        dropUnneeded(floor);
      }
    }
  }

  /** Removes the messages from {@code from} on that no consumer needs any more. */
  private void dropUnneeded(long from) {
    StreamStore store = stream.store();
    for (long at = store.nextSequence(SubjectFilter.ALL, Math.max(1, from));
        at != 0;
        at = store.nextSequence(SubjectFilter.ALL, at + 1)) {
      String subject = store.subjectOf(at);
      if (subject != null && !isNeeded(at, subject)) {
        store.remove(at);
      }
    }
  }

  private void add(Consumer consumer) {
    byName.put(consumer.name(), consumer);
    count = byName.size();
    route(consumer);
  }

  private void route(Consumer consumer) {
    List<String> filters = consumer.config().filters();
    if (filters.isEmpty()) {
      unfiltered.add(consumer);
    } else {
      filters.forEach(filter -> filtered.add(filter, consumer));
    }
  }

  private void unroute(Consumer consumer) {
    unfiltered.remove(consumer);
    consumer.config().filters().forEach(filter -> filtered.remove(filter, consumer));
  }

  // --- messages ---

  /** A message is stored and safe. Called in the order of sequences, at the end of a batch. */
  void appended(long sequence, String subject, Batch batch) {
    for (int i = 0; i < unfiltered.size(); i++) {
      unfiltered.get(i).stored(sequence, batch);
    }
    if (!filtered.isEmpty()) {
      filtered.match(subject, consumer -> consumer.stored(sequence, batch));
    }
  }

  /** Has {@link Consumer#work} called when the messages of this round are safe. */
  void register(Consumer consumer) {
    registered.add(consumer);
  }

  /** All of a batch have been told by {@link #appended}: time to deliver. */
  void committed(Batch batch) {
    while (!registered.isEmpty()) {
      List<Consumer> now = registered;
      registered = working;
      working = now;
      for (int i = 0; i < now.size(); i++) {
        work(now.get(i), batch);
      }
      now.clear();
    }
  }

  private static void work(Consumer consumer, Batch batch) {
    try {
      consumer.work(batch);
    } catch (RuntimeException e) {
      // The other consumers must not suffer from it.
      log.error("{} has failed", consumer, e);
    }
  }

  /** A message is gone, for whatever reason. Must not change the store. */
  void removed(long sequence, String subject) {
    for (int i = 0; i < unfiltered.size(); i++) {
      unfiltered.get(i).removed(sequence);
    }
    if (!filtered.isEmpty()) {
      filtered.match(subject, consumer -> consumer.removed(sequence));
    }
  }

  /** Many messages are gone at once. Must not change the store. */
  void recount() {
    byName.values().forEach(Consumer::recount);
  }

  /**
   * Messages were purged.
   *
   * @param subject which; empty for all
   */
  void purged(String subject, Batch batch) {
    StreamStore store = stream.store();
    long first = store.firstSequence();
    long end = store.lastSequence() + 1;
    long firstLeft = first;
    if (!subject.isEmpty()) {
      long left = store.nextSequence(SubjectFilter.of(subject), first);
      firstLeft = left == 0 ? end : left;
    }
    for (Consumer consumer : byName.values()) {
      List<String> filters = consumer.config().filters();
      if (subject.isEmpty() || isWithin(filters, subject)) {
        consumer.purged(firstLeft, false, batch);
      } else if (consumer.selects(subject)
          || filters.stream().anyMatch(filter -> Subjects.overlap(subject, filter))) {
        consumer.purged(first, true, batch);
      }
    }
  }

  // nats-server is content with one of several filters, and so passes over messages of the others.
  private static boolean isWithin(List<String> filters, String subject) {
    return !filters.isEmpty()
        && filters.stream().allMatch(filter -> Subjects.isSubset(filter, subject));
  }

  /** Is there a consumer that would get a message of this subject? */
  boolean isInterested(String subject) {
    return !unfiltered.isEmpty() || (!filtered.isEmpty() && filtered.hasMatch(subject));
  }

  /** Is there a consumer that has yet to acknowledge this message? */
  boolean isNeeded(long sequence, String subject) {
    for (int i = 0; i < unfiltered.size(); i++) {
      if (unfiltered.get(i).acknowledgements().needs(sequence)) {
        return true;
      }
    }
    if (filtered.isEmpty()) {
      return false;
    }
    for (Consumer consumer : filtered.match(subject)) {
      if (consumer.acknowledgements().needs(sequence)) {
        return true;
      }
    }
    return false;
  }

  // --- the stream ---

  /** The stream has got another configuration, already in force. */
  void streamUpdated(StreamConfig before, Batch batch) {
    for (Consumer consumer : byName.values()) {
      consumer.wake(batch);
    }
  }

  /** The stream is closed with the server; what is to survive is written. */
  void close() {
    Batch batch = new Batch();
    for (Consumer consumer : byName.values()) {
      consumer.shutDown(batch);
    }
    batch.flush();
    clear();
  }

  /** They end, and leave what they keep to others; who waits for a message is told. */
  Map<String, Consumer> retire(Batch batch) {
    Map<String, Consumer> retired = new TreeMap<>(byName);
    retired.values().forEach(consumer -> consumer.retire(batch));
    clear();
    return retired;
  }

  /** They are deleted, and only who waits for a message is told. */
  void vanish(Batch batch) {
    byName.values().forEach(consumer -> consumer.delete(batch));
    clear();
  }

  /** The stream is deleted, and the consumers with it. */
  void delete(Batch batch) {
    for (Consumer consumer : byName.values()) {
      consumer.advisories().deleted(batch);
      consumer.delete(batch);
    }
    clear();
  }

  private void clear() {
    byName.clear();
    unfiltered.clear();
    registered.clear();
    count = 0;
  }

  /** Registers what answers the consumer part of the API. */
  static void register(ApiRouter router) {
    ConsumerApi.register(router);
  }
}
