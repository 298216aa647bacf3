package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.jetstream.runtime.AccountUsage;
import dev.hubkit.nats.jetstream.runtime.AwaitedTasks;
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
      @Nullable FaultyFileSystem faults) {
    this.server = server;
    this.supervision = supervision;
    this.resources = new AccountUsage(account, server, streams.values(), options.limits(), time);
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

  /**
   * Brings back the streams of an account and serves its API.
   *
   * @param workers runs what takes long and must not be done on a network thread
   * @param server what all accounts of the server have together
   * @param supervision what becomes of failures
   * @param api answers requests
   * @param faults let the disk fail; null for none
   */
  public static AccountJetStream open(
      Account account,
      JetStreamOptions options,
      TimeSource time,
      Executor workers,
      ServerUsage server,
      Supervision supervision,
      ApiDispatcher api,
      @Nullable FaultyFileSystem faults) {
    AccountJetStream jetStream =
        new AccountJetStream(account, options, time, workers, server, supervision, api, faults);
    jetStream.recover();
    jetStream.subscribe();
    return jetStream;
  }

  private void recover() {
    factory.clearStaged();
    for (Stream stream : factory.recover()) {
      streams.put(stream.name(), stream);
    }
    streams.values().forEach(Stream::start);
  }

  private void subscribe() {
    for (String pattern : ApiSubjects.UNANSWERED) {
      subscriptions.add(account.subscribe(pattern, null, (subscription, message, batch) -> {}));
    }
    for (String pattern : api.patterns()) {
      serve(pattern, ApiSubjects.PREFIX);
      if (!options.domain().isEmpty()) {
        String prefix = ApiSubjects.prefixOf(options.domain());
        serve(prefix + pattern.substring(ApiSubjects.PREFIX.length()), prefix);
      }
    }
  }

  private void serve(String pattern, String prefix) {
    subscriptions.add(
        account.subscribe(
            pattern,
            null,
            (subscription, message, batch) -> {
              String rest = message.subject().substring(prefix.length());
              api.route(this, rest, message.retain(), batch);
            }));
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

  /** Makes the streams. */
  public StreamFactory factory() {
    return factory;
  }

  /** The directory of the account. */
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
  public AccountUsage resources() {
    return resources;
  }

  /** Whether nothing happens nor waits to happen, in any stream. */
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

  /** Where what concerns several streams happens. */
  public SerialExecutor executor() {
    return executor;
  }

  @Override
  public @Nullable StreamConfig configOf(String stream) {
    Stream found = streams.get(stream);
    return found == null ? null : found.config();
  }

  /** The stream of this name; null when there is none. Any thread. */
  @Nullable
  public Stream stream(String name) {
    return streams.get(name);
  }

  /**
   * The stream of this name. Any thread.
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

  /** All streams by name. Any thread. */
  public Collection<Stream> streams() {
    return streams.values();
  }

  /**
   * The stream of this configuration: a new one, or the one there is when it has the same. On the
   * executor, within a mutation.
   *
   * @param storageGiven does the request say where it is to be stored? If not, nats-server looks
   *     for room only when it has put in the default
   * @throws ApiException if it can't be
   */
  public Stream create(
      StreamConfig wanted, boolean storageGiven, boolean pedantic, WorkBatch batch) {
    resources.checkNumber(wanted);
    if (storageGiven) {
      resources.checkReservation(wanted);
    }
    StreamConfig config = StreamValidator.check(this, wanted, pedantic);
    if (config.replicas() > 1) {
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
    making(config.name());
    try {
      return make(config, batch);
    } finally {
      making(null);
    }
  }

  private Stream make(StreamConfig config, WorkBatch batch) {
    Stream stream;
    try {
      stream = factory.create(config, time.epochNanos());
    } catch (StoreException e) {
      log.error("Stream {} could not be created", config.name(), e);
      throw ApiError.STREAM_CREATE.exception(String.valueOf(e.getMessage()));
    }
    try {
      WorkStep.STREAM_ADD.reach();
      add(stream, batch);
    } catch (Throwable e) {
      // Whoever asked for it is told that it is not there.
      remove(stream);
      supervisor().run(stream, () -> stream.deleteQuietly(batch));
      throw e;
    }
    return stream;
  }

  /**
   * Says that there are going to be files of a stream that is not yet one of these; null when it
   * is, or is not going to be. On the executor, within a mutation.
   */
  public void making(@Nullable String name) {
    making = name;
  }

  /** Whether the files of this stream may be there before it is. Any thread. */
  public boolean isMaking(String name) {
    return name.equals(making);
  }

  /** A stream joins the others and begins its work. On the executor, within a mutation. */
  public void add(Stream stream, WorkBatch batch) {
    streams.put(stream.name(), stream);
    stream.start();
    stream.executor().submit(stream.advisories()::created, batch);
    for (Stream other : streams.values()) {
      if (other != stream && other.config().copies()) {
        other
            .executor()
            .submit(taskBatch -> other.sources().onStreamCreated(stream.name(), taskBatch), batch);
      }
    }
  }

  /** A stream on its way in from a client. */
  public interface OngoingRestore {
    /** Where all of it happens. Any thread. */
    SerialExecutor executor();

    /** Ends it early. On the executor. */
    void close(WorkBatch batch);
  }

  /** A stream is on its way in. Any thread. */
  public void restoring(OngoingRestore restore) {
    restores.add(restore);
  }

  public void restoreEnded(OngoingRestore restore) {
    restores.remove(restore);
  }

  @Override
  public void checkOverlap(StreamConfig config) {
    for (Stream other : streams.values()) {
      if (other.name().equals(config.name())) {
        continue;
      }
      for (String taken : other.config().subjects()) {
        for (String subject : config.subjects()) {
          if (Subjects.overlap(subject, taken)) {
            throw ApiError.STREAM_SUBJECT_OVERLAP.exception();
          }
        }
      }
    }
  }

  /** On the executor, within a mutation. */
  public void remove(Stream stream) {
    streams.remove(stream.name(), stream);
  }

  /**
   * Takes in streams that were made elsewhere, and starts them with their consumers. On the
   * executor, within a mutation.
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

  /** Makes a change once those asked for earlier are complete. */
  public void mutate(StreamChange change, WorkBatch batch) {
    mutations.add(change, executor, batch);
  }

  /** Counts a request that was answered, perhaps with an error. Any thread. */
  public void countAnswer(boolean error) {
    apiTotal.incrementAndGet();
    if (error) {
      apiErrors.incrementAndGet();
    }
    server.answered(error);
  }

  /** Deletes what is left of an account without streams. */
  public void deleteDirectory() {
    factory.deleteDirectory();
  }

  /**
   * Ends the API and closes all streams; what is in files stays. Returns when that is done, or in
   * about {@value #CLOSE_SECONDS} seconds when something is stuck; safe to call more than once, but
   * not on an executor.
   */
  @Override
  public void close() {
    beginClose().await();
    endClose();
  }

  /** Ends the API and begins to close all streams, which is to be waited for. */
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

  /** Lets go of the streams, which have been closed. */
  public void endClose() {
    streams.clear();
    resources.close();
  }

  /**
   * Begins to tell the clients that wait for messages that the server goes down, so that they need
   * not wait until their requests expire. Not on an executor.
   */
  public AwaitedTasks releasePulls() {
    AwaitedTasks releasing = new AwaitedTasks(supervisor(), RELEASE_SECONDS);
    for (Stream stream : streams.values()) {
      releasing.begin(stream.executor(), batch -> stream.consumers().releasePulls(batch));
    }
    return releasing;
  }
}
