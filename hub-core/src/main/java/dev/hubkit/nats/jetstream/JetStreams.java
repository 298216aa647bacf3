package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.jetstream.store.DiskFaults;
import dev.hubkit.nats.work.Activity;
import dev.hubkit.nats.work.Workers;
import dev.hubkit.time.TimeSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JetStream of a server: one {@link JetStream} for each account that has it, and the threads they
 * share. The threads are started when there is work for them and end when there was none for a
 * while. Thread-safe.
 */
public final class JetStreams implements Activity, AutoCloseable {
  /** The JetStream API level of this server. */
  public static final int API_LEVEL = AssetVersions.API_LEVEL;

  /** What the reply subjects of the server's own requests begin with, which are not counted. */
  public static final String MONITOR_INBOX = "_INBOX.monitor.";

  private static final Logger log = LoggerFactory.getLogger(JetStreams.class);
  private static final int MAX_WORKERS = 4;
  private static final int MAX_WAITING_WORKERS = 32;
  private static final long CLOSE_SECONDS = 5;

  private final JetStreamOptions options;
  private final TimeSource time;
  private final @Nullable DiskFaults faults;
  private final Workers workers;
  private final OpenBatches batches = new OpenBatches();
  private final Resources resources;
  private final ConcurrentHashMap<String, JetStream> accounts = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, JetStreamRefusal> refusals = new ConcurrentHashMap<>();

  private JetStreams(
      JetStreamOptions options, TimeSource time, int port, @Nullable DiskFaults faults) {
    this.options = options;
    this.time = time;
    this.faults = faults;
    this.resources = new Resources(options, accounts.values());
    // Those that wait for the disk use no processor.
    int size =
        options.syncAlways()
            ? MAX_WAITING_WORKERS
            : Math.max(1, Math.min(MAX_WORKERS, Runtime.getRuntime().availableProcessors()));
    this.workers = Workers.of(size, "nats-" + port + "-jetstream-");
  }

  /**
   * Makes the JetStream of a server, without any account.
   *
   * @param port tells the threads of several servers apart
   * @param faults let the disk fail; null for none
   */
  public static JetStreams start(
      JetStreamOptions options, TimeSource time, int port, @Nullable DiskFaults faults) {
    return new JetStreams(options, time, port, faults);
  }

  /** Brings back the streams of an account and serves its API; again, it is the same one. */
  public JetStream open(Account account) {
    return open(account, options);
  }

  /**
   * {@link #open(Account)} for an account with limits of its own.
   *
   * @throws IllegalArgumentException if the server has not what the limits let the account take
   */
  public JetStream open(Account account, JetStreamOptions accountOptions) {
    if (!accounts.containsKey(account.name())) {
      try {
        resources.check(accountOptions);
      } catch (ApiException e) {
        throw new IllegalArgumentException(e.description() + " (" + e.error().errorCode() + ")", e);
      }
    }
    JetStreamRefusal refusal = refusals.remove(account.name());
    if (refusal != null) {
      refusal.close();
    }
    return accounts.computeIfAbsent(
        account.name(),
        name -> JetStream.open(account, accountOptions, time, workers, batches, resources, faults));
  }

  /** Answers in an account without JetStream that it has none; again, nothing changes. */
  public void refuse(Account account) {
    if (!accounts.containsKey(account.name())) {
      refusals.computeIfAbsent(
          account.name(), name -> new JetStreamRefusal(account, JetStream.ROUTER));
    }
  }

  /** JetStream of the account; null when it has none. */
  public @Nullable JetStream of(Account account) {
    return accounts.get(account.name());
  }

  /** Whether the account of that name has JetStream. */
  public boolean has(String account) {
    return accounts.containsKey(account);
  }

  /** Deletes the streams of an account and ends its JetStream; nothing when it has none. */
  public void remove(Account account) {
    JetStream jetStream = accounts.remove(account.name());
    if (jetStream != null) {
      JetStreamSnapshot.EMPTY.rewind(jetStream);
      jetStream.close();
      jetStream.deleteDirectory();
    }
  }

  /**
   * The streams of accounts, by the names of these; see {@link JetStreamSnapshot#of}.
   *
   * @param which the accounts that count
   */
  public Map<String, JetStreamSnapshot> snapshot(Predicate<String> which) {
    Map<String, JetStreamSnapshot> snapshots = new TreeMap<>();
    accounts.forEach(
        (name, jetStream) -> {
          if (which.test(name)) {
            snapshots.put(name, JetStreamSnapshot.of(jetStream));
          }
        });
    return snapshots;
  }

  /**
   * Puts accounts back to a snapshot; see {@link JetStreamSnapshot#rewind}. Those that are not in
   * it lose their streams.
   *
   * @param which the accounts that count
   * @throws IllegalArgumentException if an account that is in it has no JetStream here
   */
  public void rewind(Map<String, JetStreamSnapshot> snapshots, Predicate<String> which) {
    snapshots.forEach(
        (name, snapshot) -> {
          if (!accounts.containsKey(name) && !snapshot.isEmpty()) {
            throw new IllegalArgumentException(
                "The snapshot has streams of the account " + name + ", which has none here");
          }
        });
    accounts.forEach(
        (name, jetStream) -> {
          if (which.test(name)) {
            snapshots.getOrDefault(name, JetStreamSnapshot.EMPTY).rewind(jetStream);
          }
        });
  }

  /** The options that accounts have unless they have their own. */
  public JetStreamOptions options() {
    return options;
  }

  /**
   * The bytes that streams of this kind may take in all accounts: those of the options, else three
   * quarters of the memory of the machine, or of what was free on the disk at the start.
   */
  public long maxBytes(StorageType storage) {
    return resources.max(storage);
  }

  /** The bytes that streams of this kind have reserved in all accounts by their limits. */
  public long reservedBytes(StorageType storage) {
    return resources.reserved(storage);
  }

  /** Whether nothing is being worked on, in any stream, nor waits for it. */
  @Override
  public boolean isIdle() {
    return workers.isIdle() && accounts.values().stream().allMatch(JetStream::isIdle);
  }

  /** Waits for the threads: a stream that is at work on another one is not waited for. */
  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    return workers.awaitIdle(nanos);
  }

  /** Closes all accounts' streams and ends the threads. Safe to call more than once. */
  @Override
  public void close() {
    refusals.values().forEach(JetStreamRefusal::close);
    refusals.clear();
    accounts.values().forEach(JetStream::close);
    accounts.clear();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("JetStream's workers are still busy");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
