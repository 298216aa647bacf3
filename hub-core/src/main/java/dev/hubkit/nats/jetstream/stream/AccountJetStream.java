package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.jetstream.runtime.AccountUsage;
import dev.hubkit.nats.jetstream.runtime.AwaitedTasks;
import dev.hubkit.nats.jetstream.runtime.ClusterAccount;
import dev.hubkit.nats.jetstream.runtime.ConsumerState;
import dev.hubkit.nats.jetstream.runtime.OpenBatches;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.runtime.ServerUsage;
import dev.hubkit.nats.jetstream.runtime.Supervision;
import dev.hubkit.nats.jetstream.runtime.WaitingRequests;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoreOptions;
import dev.hubkit.nats.jetstream.store.StreamDirectory;
import dev.hubkit.nats.jetstream.validation.SourceValidator;
import dev.hubkit.nats.jetstream.validation.StreamValidator;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * JetStream of one account: its streams, and the API that manages them.
 *
 * <p>Thread-safe. Streams come, change and go one at a time (see {@link #mutate}); everything
 * within a stream happens on that stream's {@link SerialExecutor}.
 */
public final class AccountJetStream implements AccountContext, AutoCloseable {
  private static final Log log = Log.of(AccountJetStream.class);
  private static final long CLOSE_SECONDS = 5;
  private static final long RELEASE_SECONDS = 2;

  private final Account account;
  private final JetStreamOptions options;
  private final TimeSource time;
  private final Executor workers;
  private final Path directory;
  private final ServerUsage server;
  private final Supervision supervision;
  private final StreamFactory factory;
  private final ApiDispatcher api;
  private final ConcurrentSkipListMap<String, Stream> streams = new ConcurrentSkipListMap<>();
  private final Set<OngoingRestore> restores = ConcurrentHashMap.newKeySet();
  private volatile @Nullable String making;
  private final List<Subscription> subscriptions = new ArrayList<>();
  private final AtomicLong apiTotal = new AtomicLong();
  private final AtomicLong apiErrors = new AtomicLong();
  private final AccountUsage resources;
  private final @Nullable StreamReplication cluster;
  private final SerialExecutor executor;
  private final StreamChangeQueue mutations;

  private AccountJetStream(
      Account account,
      JetStreamOptions options,
      TimeSource time,
      Executor workers,
      ServerUsage server,
      Supervision supervision,
      ApiDispatcher api,
      @Nullable FaultyFileSystem faults,
      @Nullable StreamReplication cluster) {
    this.server = server;
    this.supervision = supervision;
    this.cluster = cluster;
    this.resources = new AccountUsage(account, server, this::configs, options.limits(), time);
    this.api = api;
    this.account = account;
    this.options = options;
    this.time = time;
    this.workers = workers;
    this.directory =
        StreamDirectory.pathOf(
            options.storeDirectory().resolve("jetstream"),
            account.name(),
            StoreOptions.of(time, workers).withFaults(faults));
    this.factory = new StreamFactory(this, directory, faults);
    this.mutations = new StreamChangeQueue(supervision.supervisor());
    this.executor =
        new SerialExecutor(
            "JetStream of " + account.name(),
            supervision.supervisor(),
            workers,
            true,
            mutations::advance);
  }

  /** Opens the account of a server that is in no cluster with JetStream. */
  public static AccountJetStream open(
      Account account,
      JetStreamOptions options,
      TimeSource time,
      Executor workers,
      ServerUsage server,
      Supervision supervision,
      ApiDispatcher api,
      @Nullable FaultyFileSystem faults) {
    return open(account, options, time, workers, server, supervision, api, faults, null);
  }

  /**
   * Recovers the streams of an account and serves its API.
   *
   * @param workers runs work that takes long and must not run on a network thread
   * @param server counts what all accounts of the server use together
   * @param supervision handles failures
   * @param api answers requests
   * @param faults makes disk operations fail in tests; null for none
   * @param cluster tells of the cluster; null on a server that is in none with JetStream
   */
  public static AccountJetStream open(
      Account account,
      JetStreamOptions options,
      TimeSource time,
      Executor workers,
      ServerUsage server,
      Supervision supervision,
      ApiDispatcher api,
      @Nullable FaultyFileSystem faults,
      @Nullable StreamReplication cluster) {
    AccountJetStream jetStream =
        new AccountJetStream(
            account, options, time, workers, server, supervision, api, faults, cluster);
    log.debug("Enabled JetStream for account \"{}\"", account.name());
    jetStream.recover();
    jetStream.subscribe();
    log.debug("JetStream state for account \"{}\" recovered", account.name());
    return jetStream;
  }

  private void recover() {
    factory.clearStaged();
    for (Stream stream : factory.recover()) {
      if (cluster == null || cluster.replicate(stream)) {
        streams.put(stream.name(), stream);
      } else {
        log.warn(
            "Stream '{} > {}' is none of the cluster; it stays as it is in {}, and serves nobody",
            account.name(),
            stream.name(),
            stream.directory());
        stream.close();
      }
    }
    for (Stream stream : streams.values()) {
      int consumers = stream.consumers().stored();
      if (consumers > 0) {
        log.info(
            "  Recovering {} consumers for stream - '{} > {}'",
            consumers,
            account.name(),
            stream.name());
      }
      stream.start();
    }
  }

  private void subscribe() {
    subscriptions.add(account.subscribe(ApiSubjects.ALL, null, new ApiSubscriber(this, api, true)));
  }

  @Override
  public Account account() {
    return account;
  }

  @Override
  public JetStreamOptions options() {
    return options;
  }

  @Override
  public JetStreamLimits serverLimits() {
    return server.limits();
  }

  @Override
  public TimeSource time() {
    return time;
  }

  @Override
  public Executor workers() {
    return workers;
  }

  @Override
  public Supervisor supervisor() {
    return supervision.supervisor();
  }

  @Override
  public Health health() {
    return supervision.health();
  }

  /** Returns the factory of the account's streams. */
  public StreamFactory factory() {
    return factory;
  }

  /** Returns the directory of the account. */
  public Path directory() {
    return directory;
  }

  @Override
  public OpenBatches batches() {
    return server.batches();
  }

  @Override
  public WaitingRequests waiting() {
    return server.waiting();
  }

  @Override
  public WaitingRequests directGets() {
    return server.directGets();
  }

  @Override
  public AccountUsage resources() {
    return resources;
  }

  /** Returns whether no stream is working or has work waiting. */
  public boolean isIdle() {
    if (!executor.isIdle()) {
      return false;
    }
    for (Stream stream : streams.values()) {
      if (!stream.executor().isIdle()) {
        return false;
      }
    }
    return true;
  }

  /** Returns the executor for changes that concern several streams. */
  public SerialExecutor executor() {
    return executor;
  }

  @Override
  public @Nullable ClusterAccount cluster() {
    return cluster;
  }

  @Override
  public @Nullable StreamConfig configOf(String stream) {
    if (cluster != null) {
      return cluster.configOf(stream);
    }
    Stream found = streams.get(stream);
    return found == null ? null : found.config();
  }

  /** Returns the configurations of all streams by name, in a cluster on whichever server. */
  public Collection<StreamConfig> configs() {
    return cluster == null
        ? streams.values().stream().map(Stream::config).toList()
        : cluster.streams();
  }

  /** Returns the stream of this name, or null if there is none. Any thread. */
  @Nullable
  public Stream stream(String name) {
    return streams.get(name);
  }

  /**
   * Returns the stream of this name. Any thread.
   *
   * @throws ApiException {@link ApiError#STREAM_NOT_FOUND}
   */
  public Stream requireStream(String name) {
    Stream stream = streams.get(name);
    if (stream == null) {
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
    return stream;
  }

  /** Returns all streams by name. Any thread. */
  public Collection<Stream> streams() {
    return streams.values();
  }

  /**
   * Creates a stream, or returns the existing one if it has the same configuration. Runs on the
   * executor, within a change of streams.
   *
   * @param storageGiven whether the request names the storage; if not, nats-server checks the room
   *     only after it has filled in the default
   * @throws ApiException if the request is refused
   */
  public Stream create(
      StreamConfig wanted, boolean storageGiven, boolean pedantic, WorkBatch batch) {
    resources.checkNumber(wanted);
    if (storageGiven) {
      resources.checkReservation(wanted);
    }
    StreamConfig config = StreamValidator.check(this, wanted, pedantic);
    if (config.replicas() > 1 && !options.acceptReplicas()) {
      throw ApiError.STREAM_REPLICAS_NOT_SUPPORTED.exception();
    }
    Stream existing = streams.get(config.name());
    if (existing != null) {
      StreamConfig present = existing.config();
      if (present.equals(
          config.toBuilder()
              .metadata(AssetVersions.withVersionsOf(config.metadata(), present.metadata()))
              .build())) {
        return existing;
      }
      throw ApiError.STREAM_NAME_EXIST.exception();
    }
    resources.checkReservation(config);
    if (!resources.hasHeap()) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    SourceValidator.checkFilters(config);
    checkOverlap(config);
    WorkStep.STREAM_FILES.reach();
    return assign(config, time.epochNanos(), batch);
  }

  /**
   * Creates a stream that was checked before. Runs on the executor, within a change of streams.
   *
   * @param created when, in nanoseconds since the Unix epoch
   * @throws ApiException if its files can't be made
   */
  public Stream assign(StreamConfig config, long created, WorkBatch batch) {
    making(config.name());
    try {
      return make(config, created, batch);
    } finally {
      making(null);
    }
  }

  private Stream make(StreamConfig config, long created, WorkBatch batch) {
    Stream stream;
    try {
      stream = factory.create(config, created);
    } catch (StoreException e) {
      log.error("Stream {} cannot be created", config.name(), e);
      throw ApiError.STREAM_CREATE.exception(String.valueOf(e.getMessage()));
    }
    try {
      WorkStep.STREAM_ADD.reach();
      if (cluster != null && !cluster.replicate(stream)) {
        throw ApiError.STREAM_NOT_FOUND.exception(); // it was deleted meanwhile
      }
      add(stream, batch);
    } catch (Throwable e) {
      // The client gets an error, so the stream must not stay.
      remove(stream);
      supervisor().run(stream, () -> stream.deleteQuietly(batch));
      throw e;
    }
    return stream;
  }

  /**
   * Notes the name of a stream whose files are being made before it belongs to the account; null
   * when none are. Runs on the executor, within a change of streams.
   */
  public void making(@Nullable String name) {
    making = name;
  }

  /** Returns whether the files of this stream may exist before the stream does. Any thread. */
  public boolean isMaking(String name) {
    return name.equals(making);
  }

  /**
   * Adds a stream to the others and starts it. Runs on the executor, within a change of streams.
   */
  public void add(Stream stream, WorkBatch batch) {
    streams.put(stream.name(), stream);
    stream.start();
    if (cluster == null) {
      // Otherwise the one that leads tells of it.
      stream.executor().submit(stream.advisories()::created, batch);
    }
    for (Stream other : streams.values()) {
      if (other != stream && other.config().copies()) {
        other
            .executor()
            .submit(taskBatch -> other.sources().onStreamCreated(stream.name(), taskBatch), batch);
      }
    }
  }

  /** A stream that a client is restoring. */
  public interface OngoingRestore {
    /** Returns the executor of the restore. Any thread. */
    SerialExecutor executor();

    /** Ends the restore early. Runs on its executor. */
    void close(WorkBatch batch);
  }

  /** Notes that a restore has begun. Any thread. */
  public void restoring(OngoingRestore restore) {
    restores.add(restore);
  }

  public void restoreEnded(OngoingRestore restore) {
    restores.remove(restore);
  }

  @Override
  public void checkOverlap(StreamConfig config) {
    for (StreamConfig other : configs()) {
      if (other.name().equals(config.name())) {
        continue;
      }
      for (String taken : other.subjects()) {
        for (String subject : config.subjects()) {
          if (Subjects.overlap(subject, taken)) {
            throw ApiError.STREAM_SUBJECT_OVERLAP.exception();
          }
        }
      }
    }
  }

  /** Removes a stream from the others. Runs on the executor, within a change of streams. */
  public void remove(Stream stream) {
    streams.remove(stream.name(), stream);
  }

  /**
   * Adds streams that were made elsewhere and starts them with their consumers. Runs on the
   * executor, within a change of streams.
   */
  public void adopt(Map<Stream, List<ConsumerState>> restored) {
    restored.keySet().forEach(stream -> streams.put(stream.name(), stream));
    restored.forEach(Stream::start);
  }

  public long apiTotal() {
    return apiTotal.get();
  }

  public long apiErrors() {
    return apiErrors.get();
  }

  /** Queues a change to the set of streams; it begins when the earlier ones are complete. */
  public void mutate(StreamChange change, WorkBatch batch) {
    mutations.add(change, executor, batch);
  }

  @Override
  public void countAnswer(boolean error) {
    apiTotal.incrementAndGet();
    if (error) {
      apiErrors.incrementAndGet();
    }
    server.answered(error);
  }

  /** Deletes the directory of an account without streams. */
  public void deleteDirectory() {
    factory.deleteDirectory();
  }

  /**
   * Ends the API and closes all streams; files stay. Returns when that is done, or after about
   * {@value #CLOSE_SECONDS} seconds if something is stuck. May be called more than once, but not on
   * an executor.
   */
  @Override
  public void close() {
    beginClose().await();
    endClose();
  }

  /** Ends the API and begins to close all streams; the caller waits for the returned tasks. */
  public AwaitedTasks beginClose() {
    subscriptions.forEach(account::unsubscribe);
    subscriptions.clear();
    AwaitedTasks closing = new AwaitedTasks(supervisor(), CLOSE_SECONDS);
    for (OngoingRestore restore : List.copyOf(restores)) {
      closing.begin(restore.executor(), restore::close);
    }
    for (Stream stream : streams.values()) {
      closing.begin(
          stream.executor(),
          batch -> {
            stream.commitPending(batch);
            stream.close();
          });
    }
    return closing;
  }

  /** Forgets the streams once they have been closed. */
  public void endClose() {
    streams.clear();
    resources.close();
  }

  /**
   * Begins to tell clients with waiting pull requests that the server shuts down, so that they need
   * not wait until the requests expire. Not to be called on an executor.
   */
  public AwaitedTasks releasePulls() {
    AwaitedTasks releasing = new AwaitedTasks(supervisor(), RELEASE_SECONDS);
    for (Stream stream : streams.values()) {
      releasing.begin(stream.executor(), batch -> stream.consumers().releasePulls(batch));
    }
    return releasing;
  }
}
