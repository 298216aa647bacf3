package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.ConsumerAction;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.ConsumerState;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.jetstream.runtime.StreamFiles;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import dev.hubkit.nats.jetstream.validation.ConsumerUpdate;
import dev.hubkit.nats.jetstream.validation.ConsumerValidator;
import dev.hubkit.nats.jetstream.validation.InheritedConsumerLimits;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.NameHash;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.work.Supervisor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/**
 * The consumers of one stream. Confined to the stream's executor, except for what says otherwise.
 */
public final class Consumers implements ConsumerRegistry {
  private static final Log log = Log.of(Consumers.class);

  private final StreamContext stream;
  private final ConsumerFiles files;
  private static final int FEW = 16;
  // About what one consumer takes of the heap.
  private static final long CONSUMER_BYTES = 8 * 1024;

  private final ConcurrentSkipListMap<String, Consumer> byName = new ConcurrentSkipListMap<>();
  private final Set<String> unrecovered = new ConcurrentSkipListSet<>();
  private ConsumerRoutes routes = new ConsumerRoutes();
  private final ConsumerOverlapCheck admission;

  // The detached consumers of the stream's predecessor, until this stream has its own.
  private Map<String, Consumer> inherited = new TreeMap<>();

  private List<Consumer> registered = new ArrayList<>();
  private List<Consumer> working = new ArrayList<>();
  private volatile int count;
  private volatile int listedCount;
  private long configBytes;
  private long pendingBytes;
  private int asked;

  /**
   * Makes an empty set.
   *
   * @param files where consumers are kept over a restart; null for a stream in memory
   */
  public Consumers(StreamContext stream, @Nullable StreamFiles files) {
    this.stream = stream;
    this.files = new ConsumerFiles(stream, files, this);
    this.admission = new ConsumerOverlapCheck(stream.jetStream(), stream::config, this::configs);
  }

  /** Returns how many consumers there are in files. */
  public int stored() {
    return files.names().size();
  }

  /**
   * Has the consumers follow until their groups have them lead, because the stream belongs to a
   * cluster. To be called before {@link #recover}.
   */
  public void replicate() {
    files.replicate();
  }

  /** Recovers the consumers from files, before the stream gets its first message. */
  public void recover() {
    WorkBatch batch = new WorkBatch();
    for (String name : files.names()) {
      try {
        open(files.recover(name), batch);
      } catch (RuntimeException | Error e) { // a broken consumer must not stop the others
        log.error(
            "Consumer {} of stream {} cannot be recovered: {}. Its files stay; create a consumer of"
                + " that name to continue with its state",
            name,
            stream.name(),
            e.getMessage(),
            e);
        unrecovered.add(name);
      }
    }
    dropAcknowledged();
    batch.flush();
  }

  /** Keeps the consumers that the stream's predecessor has detached, for {@link #restore}. */
  public void adoptConsumers(Map<String, Consumer> retired) {
    inherited = retired;
  }

  /** Restores consumers from a snapshot, before the stream gets its first message. */
  public void restore(List<ConsumerState> known) {
    WorkBatch batch = new WorkBatch();
    Map<String, Consumer> retired = inherited;
    inherited = Map.of();
    for (ConsumerState each : known) {
      open(files.restore(each, retired.remove(each.name())), batch);
    }
    retired.values().forEach(old -> old.state().delete());
    batch.flush();
  }

  /**
   * Removes the messages that the consumer has acknowledged and no other consumer needs. There are
   * some when its state has changed without acknowledgements: the server may crash between writing
   * the state and removing the message.
   */
  @Override
  public void dropAcknowledged(Consumer consumer) {
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

  /**
   * Removes the messages that consumers have acknowledged and none needs, where acknowledgements
   * may have come before the messages.
   */
  public void dropAcknowledged() {
    if (stream.config().retention() != RetentionPolicy.LIMITS) {
      byName.values().forEach(this::dropAcknowledged);
    }
  }

  /** Adds a consumer from elsewhere, before the stream gets its first message. */
  public void adopt(StreamFiles.ConsumerDescription found, ConsumerStore state, WorkBatch batch) {
    open(files.adopt(found, state), batch);
  }

  private void open(Consumer consumer, WorkBatch batch) {
    byName.put(consumer.name(), consumer);
    counted(1, consumer.config().direct() ? 0 : 1);
    configBytes += consumer.config().footprint();
    routes.add(consumer);
    consumer.open(batch);
  }

  /** Returns the number of consumers. Any thread. */
  public int count() {
    return count;
  }

  /** Returns about how much of the heap the consumers take, in bytes. */
  public long footprint() {
    // Does not ask each of many consumers for each message.
    if (byName.size() <= FEW || ++asked % FEW == 0) {
      long bytes = 0;
      for (Consumer consumer : byName.values()) {
        bytes += consumer.acknowledgements().footprint();
      }
      pendingBytes = bytes;
    }
    return CONSUMER_BYTES * count + configBytes + pendingBytes;
  }

  /**
   * Returns the number of consumers as the stream's state counts them: without direct ones. Any
   * thread.
   */
  public int listedCount() {
    return listedCount;
  }

  /** Returns the names of the consumers whose files could not be read. Any thread. */
  public Set<String> unrecovered() {
    return Collections.unmodifiableSet(unrecovered);
  }

  /** Returns whether there is a consumer of this name. Any thread. */
  public boolean has(String name) {
    return byName.containsKey(name);
  }

  /** Returns the consumer of this name, or null if there is none. */
  @Nullable
  public Consumer get(String name) {
    return byName.get(name);
  }

  /** Returns the consumers that the API lists, ordered by name. */
  public List<Consumer> listed() {
    List<Consumer> listed = new ArrayList<>();
    for (Consumer consumer : byName.values()) {
      if (!consumer.config().direct()) {
        listed.add(consumer);
      }
    }
    return listed;
  }

  /** Returns the configurations of all consumers, ordered by name. */
  public Map<String, ConsumerConfig> configs() {
    Map<String, ConsumerConfig> configs = new LinkedHashMap<>();
    byName.forEach((name, consumer) -> configs.put(name, consumer.config()));
    return configs;
  }

  public Collection<Consumer> all() {
    return Collections.unmodifiableCollection(byName.values());
  }

  // --- creation and update ---

  /**
   * Creates a consumer, or updates the one of that name.
   *
   * @throws ApiException if the request is refused
   */
  public Consumer create(
      ConsumerConfig asked, ConsumerAction action, boolean pedantic, WorkBatch batch) {
    InheritedConsumerLimits limits =
        InheritedConsumerLimits.of(stream.jetStream(), stream.config());
    ConsumerConfig config = new ConsumerValidator(stream.config(), limits).accept(asked, pedantic);
    String wanted = config.isDurable() ? config.durable() : config.name();
    Consumer existing = wanted.isEmpty() ? null : byName.get(wanted);
    if (existing != null) {
      if (action == ConsumerAction.CREATE
          && !AssetVersions.withVersionsOf(config, existing.config()).equals(existing.config())) {
        throw ApiError.CONSUMER_ALREADY_EXISTS.exception();
      }
      admission.checkFilters(wanted, config.filters());
      update(existing, config, batch);
      return existing;
    }
    if (action == ConsumerAction.UPDATE) {
      throw ApiError.CONSUMER_DOES_NOT_EXIST.exception();
    }
    admission.checkOverlap(wanted, config);
    String name = wanted.isEmpty() ? newName() : wanted;
    ConsumerValidator.checkFinalName(config, name);
    Consumer consumer = files.create(config, name);
    unrecovered.remove(name);
    open(consumer, batch);
    consumer.advisories().created(batch);
    return consumer;
  }

  /**
   * Makes a consumer that the cluster has assigned to this server, for a {@link ConsumerReplica}.
   *
   * @param config as the cluster has accepted it
   * @param created nanoseconds since the epoch
   * @throws ApiException {@link ApiError#CONSUMER_CREATE} if its files cannot be made
   */
  public Consumer assign(ConsumerConfig config, String name, long created, WorkBatch batch) {
    Consumer consumer = files.assign(config, name, created);
    unrecovered.remove(name);
    open(consumer, batch);
    return consumer;
  }

  /** Stores and applies a new configuration that the cluster has accepted. */
  public void reassign(Consumer consumer, ConsumerConfig updated, WorkBatch batch) {
    apply(consumer, new ConsumerUpdate(consumer.config(), updated), batch);
  }

  private String newName() {
    String name = NameHash.of(Nuid.next());
    return byName.containsKey(name) ? newName() : name;
  }

  /** Stores and applies a new configuration of a consumer. */
  public void update(Consumer consumer, ConsumerConfig updated, WorkBatch batch) {
    ConsumerConfig before = consumer.config();
    boolean bound = before.isPush() && stream.account().hasInterest(before.deliverSubject());
    ConsumerUpdate update = new ConsumerUpdate(before, updated);
    update.check(bound, stream.jetStream().compatibility());
    apply(consumer, update, batch);
  }

  private void apply(Consumer consumer, ConsumerUpdate update, WorkBatch batch) {
    ConsumerConfig before = update.before();
    ConsumerConfig updated = update.after();
    files.update(consumer, updated);
    routes.remove(consumer);
    consumer.update(update, batch);
    routes.add(consumer);
    counted(0, (updated.direct() ? 0 : 1) - (before.direct() ? 0 : 1));
    configBytes += updated.footprint() - before.footprint();
    if (stream.config().retention() == RetentionPolicy.INTEREST && update.changesFilters()) {
      dropUnneeded(consumer.acknowledgements().floor());
    }
  }

  private void counted(int more, int moreListed) {
    int all = count;
    int listed = listedCount;
    count = all + more;
    listedCount = listed + moreListed;
  }

  @Override
  public void delete(Consumer consumer, WorkBatch batch) {
    if (!byName.remove(consumer.name(), consumer)) {
      return;
    }
    counted(-1, consumer.config().direct() ? 0 : -1);
    configBytes -= consumer.config().footprint();
    routes.remove(consumer);
    if (consumer.isServing()) {
      consumer.advisories().deleted(batch);
    }
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

  /** Removes the messages from {@code from} on that no consumer needs. */
  private void dropUnneeded(long from) {
    StreamStore store = stream.store();
    for (long at = store.nextSequence(SubjectFilter.ALL, Math.max(1, from));
        at != 0;
        at = store.nextSequence(SubjectFilter.ALL, at + 1)) {
      String subject = store.subjectOf(at);
      if (subject != null && !isNeeded(at, subject)) {
        stream.discard(at);
      }
    }
  }

  // --- messages ---

  /**
   * Tells the consumers of a committed message. Called in the order of sequences, at the end of a
   * round.
   */
  public void appended(long sequence, String subject, WorkBatch batch) {
    routes.appended(sequence, subject, batch);
  }

  @Override
  public void register(Consumer consumer) {
    registered.add(consumer);
  }

  /**
   * Lets the consumers deliver, after {@link #appended} was called for all messages of the round.
   */
  public void committed(WorkBatch batch) {
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

  private void work(Consumer consumer, WorkBatch batch) {
    try {
      consumer.work(batch);
    } catch (Throwable e) {
      // A failing consumer must not stop the others.
      stream.jetStream().supervisor().failed(consumer, e, consumer::workFailed);
    }
  }

  /** Tells the consumers of a message that has left the stream. Must not change the store. */
  public void removed(long sequence, String subject) {
    routes.removed(sequence, subject);
  }

  /**
   * Lets the consumers count again after many messages have left the stream. Must not change the
   * store.
   */
  public void recount() {
    byName.values().forEach(Consumer::recount);
  }

  /**
   * Tells the consumers of a purge.
   *
   * @param subject the purged subject; empty for all
   */
  public void purged(String subject, WorkBatch batch) {
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
      } else if (consumer.config().selects(subject)
          || filters.stream().anyMatch(filter -> Subjects.overlap(subject, filter))) {
        consumer.purged(first, true, batch);
      }
    }
  }

  // In nats-server one matching filter suffices, so consumers skip messages of their other filters.
  private static boolean isWithin(List<String> filters, String subject) {
    return !filters.isEmpty()
        && filters.stream().allMatch(filter -> Subjects.isSubset(filter, subject));
  }

  /** Lets all consumers look at the stream again, because they may have missed something. */
  public void rescan(WorkBatch batch) {
    for (Consumer consumer : byName.values()) {
      consumer.recount();
      consumer.wake(batch);
    }
  }

  /** Returns whether a consumer would get a message of this subject. */
  public boolean isInterested(String subject) {
    return routes.isInterested(subject);
  }

  /** Returns whether a consumer has yet to acknowledge this message. */
  public boolean isNeeded(long sequence, String subject) {
    return routes.isNeeded(sequence, subject);
  }

  // --- the stream ---

  /** Adapts the consumers to a new configuration of the stream, which is already in force. */
  public void streamUpdated(StreamConfig before, WorkBatch batch) {
    for (Consumer consumer : byName.values()) {
      if (before.maxMessageSize() != stream.config().maxMessageSize()) {
        consumer.messageSizeChanged();
      }
      consumer.wake(batch);
    }
    if (before.retention() != stream.config().retention()
        && stream.config().retention() == RetentionPolicy.INTEREST) {
      dropUnwanted();
    }
  }

  /** Removes what no consumer needs, because from now on only interest keeps messages. */
  private void dropUnwanted() {
    StreamStore store = stream.store();
    if (!byName.isEmpty()) {
      byName.values().forEach(this::dropAcknowledged);
    } else if (store.state().messages() > 0
        && stream.jetStream().compatibility().atLeast(Compatibility.V2_15)) {
      store.compact(store.lastSequence() + 1);
    }
  }

  /** Tells clients with waiting pull requests that the server shuts down. */
  public void releasePulls(WorkBatch batch) {
    byName.values().forEach(consumer -> consumer.releasePulls(batch));
  }

  /** Ends all consumers because the server closes, and writes their states. */
  public void close() {
    WorkBatch batch = new WorkBatch();
    for (Consumer consumer : byName.values()) {
      end(consumer, () -> consumer.shutDown(batch));
    }
    batch.flush();
    clear();
  }

  /**
   * Ends all consumers and returns them by name, their states still open; tells clients that wait
   * for messages.
   */
  public Map<String, Consumer> detach(WorkBatch batch) {
    Map<String, Consumer> retired = new TreeMap<>(byName);
    retired.values().forEach(consumer -> consumer.detach(batch));
    clear();
    return retired;
  }

  /** Deletes all consumers without advisories; tells only clients that wait for messages. */
  public void deleteQuietly(WorkBatch batch) {
    byName.values().forEach(consumer -> end(consumer, () -> consumer.delete(batch)));
    clear();
  }

  /** Deletes all consumers together with the stream. */
  public void delete(WorkBatch batch) {
    for (Consumer consumer : byName.values()) {
      if (consumer.isServing()) {
        end(consumer, () -> consumer.advisories().deleted(batch));
      }
      end(consumer, () -> consumer.delete(batch));
    }
    clear();
  }

  /** Runs a step of a consumer's end; if it fails, the others still end. */
  private void end(Consumer consumer, Supervisor.Work step) {
    stream.jetStream().supervisor().run(consumer, step);
  }

  private void clear() {
    byName.clear();
    routes = new ConsumerRoutes();
    registered.clear();
    count = 0;
    listedCount = 0;
  }
}
