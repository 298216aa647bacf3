package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonObject;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.jetstream.api.AccountPurge;
import dev.hubkit.nats.jetstream.api.ApiQueues;
import dev.hubkit.nats.jetstream.api.ApiRouter;
import dev.hubkit.nats.jetstream.api.ApiTable;
import dev.hubkit.nats.jetstream.cluster.JetStreamPeer;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.runtime.AccountUsage;
import dev.hubkit.nats.jetstream.runtime.AwaitedTasks;
import dev.hubkit.nats.jetstream.runtime.DetectedResources;
import dev.hubkit.nats.jetstream.runtime.ServerUsage;
import dev.hubkit.nats.jetstream.runtime.Supervision;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.jetstream.store.StoreOptions;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.AccountSnapshot;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Activity;
import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.Workers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * JetStream of a server: one {@link AccountJetStream} for each account that has it, and the threads
 * they share. The threads start when there is work and end after a while without any. Thread-safe.
 */
public final class JetStreamServer implements Activity, AutoCloseable {
  private static final Log log = Log.of(JetStreamServer.class);
  private static final int MAX_WORKERS = 4;
  private static final int MAX_WAITING_WORKERS = 32;
  private static final long CLOSE_SECONDS = 5;

  private final JetStreamOptions options;
  private final TimeSource time;
  private final @Nullable FaultyFileSystem faults;
  private final @Nullable JetStreamPeer peer;
  private final Supervision supervision;
  private final Workers workers;
  private final ApiQueues queues;
  private final ApiRouter router;
  private final ServerUsage resources;
  private final ConcurrentHashMap<String, AccountJetStream> accounts = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, JetStreamNotEnabledForAccountApi> refusals =
      new ConcurrentHashMap<>();

  private JetStreamServer(
      JetStreamOptions options,
      TimeSource time,
      int port,
      Health health,
      @Nullable FaultyFileSystem faults,
      @Nullable JetStreamPeer peer) {
    this.peer = peer;
    this.supervision = new Supervision(new Supervisor("nats-" + port), health);
    this.options = options;
    this.time = time;
    this.faults = faults;
    this.queues = new ApiQueues(options, time);
    this.router = ApiTable.router(queues, peer);
    this.resources =
        new ServerUsage(
            options.serverLimits(),
            options.maxMemory(),
            options.maxStorage(),
            new DetectedResources(options.storeDirectory()));
    if (peer != null) {
      peer.describe(
          options.serverId(),
          peer.room(StorageType.MEMORY, maxMemory(), options.maxMemory() < 0),
          peer.room(StorageType.FILE, maxStorage(), options.maxStorage() < 0));
      peer.whenExpelled(this::endAccounts);
    }
    // More threads than processors: those that wait for the disk use none.
    int size =
        options.syncAlways()
            ? MAX_WAITING_WORKERS
            : Math.max(1, Math.min(MAX_WORKERS, Runtime.getRuntime().availableProcessors()));
    this.workers = Workers.of(size, "nats-" + port + "-jetstream-");
  }

  /**
   * Makes the JetStream of a server, without any account.
   *
   * @param port distinguishes the threads of several servers in one JVM
   * @param health is told what cannot go on
   * @param faults makes disk operations fail in tests; null for none
   * @param peer the server's part of a cluster; null for a server that is in none with JetStream
   */
  public static JetStreamServer start(
      JetStreamOptions options,
      TimeSource time,
      int port,
      Health health,
      @Nullable FaultyFileSystem faults,
      @Nullable JetStreamPeer peer) {
    return new JetStreamServer(options, time, port, health, faults, peer);
  }

  /**
   * Recovers the streams of an account and serves its API. A second call returns the same instance.
   */
  public AccountJetStream open(Account account) {
    return open(account, options);
  }

  /**
   * {@link #open(Account)} for an account with limits of its own.
   *
   * @throws IllegalArgumentException if the server cannot grant that much
   */
  public AccountJetStream open(Account account, JetStreamOptions accountOptions) {
    AccountJetStream present = accounts.get(account.name());
    if (present != null) {
      return present;
    }
    grant(() -> resources.checkGrant(accountOptions.limits()));
    JetStreamNotEnabledForAccountApi refusal = refusals.remove(account.name());
    if (refusal != null) {
      refusal.close();
    }
    account.serverMappings(Domain.mappings(options.domain()));
    return accounts.computeIfAbsent(
        account.name(),
        name -> {
          AccountJetStream opened =
              AccountJetStream.open(
                  account,
                  accountOptions,
                  time,
                  workers,
                  resources,
                  supervision,
                  router,
                  faults,
                  peer == null ? null : peer.account(name));
          if (peer != null) {
            peer.opened(opened);
          }
          return opened;
        });
  }

  // Other servers answer from now on. On a thread of its own: streams wait for the workers to end.
  private void endAccounts() {
    Thread ending =
        new Thread(
            () ->
                accounts
                    .keySet()
                    .forEach(
                        name -> {
                          AccountJetStream ended = accounts.remove(name);
                          if (ended != null) {
                            supervision.supervisor().run("The end of JetStream", ended::close);
                          }
                        }),
            "nats-jetstream-removed");
    ending.setDaemon(true);
    ending.start();
  }

  /** Returns the server's part of a cluster; null for a server that is in none with JetStream. */
  public @Nullable JetStreamPeer peer() {
    return peer;
  }

  /**
   * Answers API requests of an account without JetStream with an error, unless the account imports
   * the API of another one. A second call updates only whether it does.
   */
  public void refuse(Account account) {
    if (importsApi(account)) {
      JetStreamNotEnabledForAccountApi refusal = refusals.remove(account.name());
      if (refusal != null) {
        refusal.close();
      }
      account.serverMappings(List.of());
    } else if (!accounts.containsKey(account.name())) {
      account.serverMappings(Domain.mappings(options.domain()));
      refusals.computeIfAbsent(
          account.name(),
          name ->
              new JetStreamNotEnabledForAccountApi(
                  account, router, options, time, supervision.supervisor()));
    }
  }

  /** Returns whether the account imports the API of another account and does not answer itself. */
  public boolean importsApi(Account account) {
    return account.sharing().importsService(ApiSubjects.PREFIX + "INFO");
  }

  /** Returns the JetStream of the account, or null if it has none. */
  public @Nullable AccountJetStream of(Account account) {
    return accounts.get(account.name());
  }

  /** Returns what answers the requests of all accounts. */
  ApiRouter router() {
    return router;
  }

  /** Returns the JetStream of the account of that name, or null if it has none. */
  @Nullable AccountJetStream named(String account) {
    return accounts.get(account);
  }

  /** Returns whether the account of that name has JetStream. */
  public boolean has(String account) {
    return accounts.containsKey(account);
  }

  /**
   * Changes the limits for the streams of all accounts together.
   *
   * @param memory bytes of streams in memory; negative for three quarters of the machine's, or a
   *     third of the heap where that is less
   * @param storage bytes of streams in files; negative for three quarters of what was free at the
   *     start
   */
  public void limit(long memory, long storage) {
    resources.limit(memory, storage);
  }

  /** Returns what no account can exceed. */
  public JetStreamLimits limits() {
    return resources.limits();
  }

  /** Changes what no account can exceed; existing streams and consumers stay as they are. */
  public void limit(JetStreamLimits changed) {
    resources.limit(changed);
  }

  /** Returns the bytes that streams in memory may take. */
  public long maxMemory() {
    return resources.max(StorageType.MEMORY);
  }

  /** Returns the bytes that streams in files may take. */
  public long maxStorage() {
    return resources.max(StorageType.FILE);
  }

  private static void grant(Runnable step) {
    try {
      step.run();
    } catch (ApiException e) {
      throw new IllegalArgumentException(e.getMessage() + " (" + e.error().errorCode() + ")", e);
    }
  }

  /**
   * Changes the limits of an account; does nothing if the account has no JetStream.
   *
   * @throws IllegalArgumentException if the server cannot grant that much
   */
  public void limit(Account account, Map<String, AccountLimits> limits) {
    AccountJetStream jetStream = accounts.get(account.name());
    if (jetStream != null) {
      grant(() -> jetStream.resources().limit(limits));
    }
  }

  /**
   * Ends the JetStream of an account, keeps its files, and answers requests with an error from then
   * on.
   */
  public void disable(Account account) {
    AccountJetStream jetStream = accounts.remove(account.name());
    if (jetStream != null) {
      jetStream.close();
    }
    refuse(account);
  }

  /** Deletes the streams of an account and ends its JetStream; does nothing if it has none. */
  public void remove(Account account) {
    AccountJetStream jetStream = accounts.remove(account.name());
    if (jetStream != null) {
      AccountSnapshot.EMPTY.rewind(jetStream);
      jetStream.close();
      jetStream.deleteDirectory();
    }
  }

  /**
   * Returns a snapshot of each selected account, by account name; see {@link AccountSnapshot#of}.
   *
   * @param which selects accounts by name
   */
  public Map<String, AccountSnapshot> snapshot(Predicate<String> which) {
    Map<String, AccountSnapshot> snapshots = new TreeMap<>();
    accounts.forEach(
        (name, jetStream) -> {
          if (which.test(name)) {
            snapshots.put(name, AccountSnapshot.of(jetStream));
          }
        });
    return snapshots;
  }

  /**
   * Restores accounts to their snapshots; see {@link AccountSnapshot#rewind}. Selected accounts
   * without a snapshot lose their streams.
   *
   * @param which selects accounts by name
   * @throws IllegalArgumentException if an account that is in it has no AccountJetStream here
   */
  public void rewind(Map<String, AccountSnapshot> snapshots, Predicate<String> which) {
    requireAccounts(snapshots);
    accounts.forEach(
        (name, jetStream) -> {
          if (which.test(name)) {
            snapshots.getOrDefault(name, AccountSnapshot.EMPTY).rewind(jetStream);
          }
        });
  }

  private void requireAccounts(Map<String, AccountSnapshot> snapshots) {
    snapshots.forEach(
        (name, snapshot) -> {
          if (!accounts.containsKey(name) && !snapshot.isEmpty()) {
            throw new IllegalArgumentException(
                "The snapshot has streams of the account " + name + ", which has none here");
          }
        });
  }

  /**
   * Adds the streams of snapshots to those of their accounts; see {@link AccountSnapshot#addTo}.
   *
   * @throws IllegalArgumentException if an account has no JetStream here, or a stream of that name
   */
  public void add(Map<String, AccountSnapshot> snapshots) {
    requireAccounts(snapshots);
    Map<AccountJetStream, AccountSnapshot> added = new LinkedHashMap<>();
    boolean done = false;
    try {
      for (Map.Entry<String, AccountSnapshot> each : snapshots.entrySet()) {
        AccountJetStream jetStream = accounts.get(each.getKey());
        if (jetStream != null) {
          each.getValue().addTo(jetStream);
          added.put(jetStream, each.getValue());
        }
      }
      done = true;
    } finally {
      if (!done) {
        added.forEach((jetStream, snapshot) -> snapshot.removeFrom(jetStream));
      }
    }
  }

  /** Deletes the streams of snapshots; see {@link AccountSnapshot#removeFrom}. */
  public void remove(Map<String, AccountSnapshot> snapshots) {
    snapshots.forEach(
        (name, snapshot) -> {
          AccountJetStream jetStream = accounts.get(name);
          if (jetStream != null) {
            snapshot.removeFrom(jetStream);
          }
        });
  }

  /** What an account uses of JetStream and has used of its API. */
  public record Usage(
      long memory,
      long storage,
      long reservedMemory,
      long reservedStorage,
      long apiTotal,
      long apiErrors) {
    /** No use at all. */
    public static final Usage NONE = new Usage(0, 0, 0, 0, 0, 0);

    private Usage plus(Usage other) {
      return new Usage(
          memory + other.memory,
          storage + other.storage,
          reservedMemory + other.reservedMemory,
          reservedStorage + other.reservedStorage,
          apiTotal + other.apiTotal,
          apiErrors + other.apiErrors);
    }
  }

  /** Returns what all accounts use now, and the API requests since the server started. */
  public Usage usage() {
    Usage all = Usage.NONE;
    for (AccountJetStream jetStream : accounts.values()) {
      all = all.plus(usage(jetStream.account()));
    }
    return new Usage(
        all.memory,
        all.storage,
        all.reservedMemory,
        all.reservedStorage,
        resources.apiTotal(),
        resources.apiErrors());
  }

  /** Returns what the account uses; {@link Usage#NONE} if it has no JetStream. */
  public Usage usage(Account account) {
    AccountJetStream jetStream = accounts.get(account.name());
    if (jetStream == null) {
      return Usage.NONE;
    }
    AccountUsage used = jetStream.resources();
    return new Usage(
        used.used(StorageType.MEMORY),
        used.used(StorageType.FILE),
        used.reserved(StorageType.MEMORY, ""),
        used.reserved(StorageType.FILE, ""),
        jetStream.apiTotal(),
        jetStream.apiErrors());
  }

  /** Returns the limits of the account by tier; empty if it has no JetStream. */
  public Map<String, AccountLimits> limits(Account account) {
    AccountJetStream jetStream = accounts.get(account.name());
    return jetStream == null ? Map.of() : jetStream.resources().limits();
  }

  /** Which parts of the details of a stream are wanted. */
  public record Details(
      boolean config,
      boolean consumers,
      boolean directConsumers,
      boolean raft,
      boolean ledStreams) {}

  /**
   * Returns the streams of an account in detail, ordered by name: the {@code StreamDetail} of
   * nats-server. Waits for the executor of each stream, so threads that read from clients must not
   * call it.
   */
  public List<StreamDetail> streams(Account account, Details wanted) {
    AccountJetStream jetStream = accounts.get(account.name());
    return jetStream == null ? List.of() : new StreamDetails(wanted).of(jetStream);
  }

  /** Does what {@link #streams(Account, Details)} does, for all accounts. */
  public List<JsonObject> streams(Details wanted) {
    List<JsonObject> all = new ArrayList<>();
    accounts
        .values()
        .forEach(
            each -> new StreamDetails(wanted).of(each).forEach(stream -> all.add(stream.json())));
    return all;
  }

  /** Returns a view of the streams in files, by which health checks find those that are missing. */
  public StoredStreams stored() {
    return new StoredStreams(options.storeDirectory().resolve("jetstream"), accounts);
  }

  /** Returns what a purge of an account deletes. */
  AccountPurge.Accounts purged() {
    return new AccountFiles(
        options.storeDirectory().resolve("jetstream"),
        StoreOptions.of(time, workers).withFaults(faults),
        accounts);
  }

  /** Returns what limits how many API requests wait. */
  ApiQueues queues() {
    return queues;
  }

  /** Returns the clock of the server. */
  TimeSource time() {
    return time;
  }

  /** Returns the supervisor, which runs work that may fail. */
  Supervisor supervisor() {
    return supervision.supervisor();
  }

  /** Returns the options of accounts that have none of their own. */
  public JetStreamOptions options() {
    return options;
  }

  /** Returns whether no stream is working or has work waiting. */
  @Override
  public boolean isIdle() {
    return workers.isIdle() && accounts.values().stream().allMatch(AccountJetStream::isIdle);
  }

  /**
   * Waits until the shared threads are idle. Does not wait for streams that other threads are
   * serving.
   */
  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    return workers.awaitIdle(nanos);
  }

  /**
   * Tells clients with waiting pull requests that the server shuts down. To be called while they
   * are still connected.
   */
  public void releasePulls() {
    List<AwaitedTasks> releasing =
        accounts.values().stream().map(AccountJetStream::releasePulls).toList();
    releasing.forEach(AwaitedTasks::await);
  }

  /** Closes the streams of all accounts and ends the threads. May be called more than once. */
  @Override
  public void close() {
    refusals.values().forEach(JetStreamNotEnabledForAccountApi::close);
    refusals.clear();
    // Closes all accounts at once, so that several stuck ones together take no longer than one.
    Supervisor supervisor = supervision.supervisor();
    List<AwaitedTasks> closing = new ArrayList<>();
    for (AccountJetStream account : accounts.values()) {
      supervisor.run("The end of JetStream", () -> closing.add(account.beginClose()));
    }
    closing.forEach(AwaitedTasks::await);
    for (AccountJetStream account : accounts.values()) {
      supervisor.run("The end of JetStream", account::endClose);
    }
    accounts.clear();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("JetStream closes although some of its workers are still busy");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
