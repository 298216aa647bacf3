package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.Supervisor;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a repository in sync with another one that a server has: pulls and pushes at its start,
 * after each transaction that brought content, and at an interval. It does so on a thread of its
 * own, so that nobody waits for the other server. After a failure it tries again for ever, after
 * waits that grow from one second to a minute. Thread-safe.
 *
 * <p>The repository is locked only while what the server has sent is committed. A sync that breaks
 * off loses nothing: what arrived is kept, and the next one begins where both sides then are.
 */
public final class Autosync implements AutoCloseable {
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** A setting of a repository that is to become one of the project of its upstream. */
  private static final String AWAITS_PROJECT = "hub-awaits-project";

  private final FossilRepository repository;
  private final URI server;
  private final Duration interval;
  private final TimeSource time;
  private final Supervisor supervisor = new Supervisor("autosync");
  private final Thread thread = new Thread(this::run, "fossil-autosync");
  private volatile Runnable observer = () -> {};
  private volatile @Nullable FossilClient client;
  // Used by the thread alone.
  private long syncedReceipt = -1;
  // The rest is guarded by this object's monitor.
  private State state;
  private boolean due = true;
  private boolean committed;
  private boolean closed;
  private int failures;
  private @Nullable Timer timer;

  /**
   * How the repository and that of the server are at one moment.
   *
   * @param inSync whether the last sync went well
   * @param since since when that is so
   * @param problem why the last sync failed; null when it did not
   * @param synced when the last sync ended that went well; null for none
   */
  public record State(
      boolean inSync, Instant since, @Nullable String problem, @Nullable Instant synced) {}

  /**
   * Makes one that does nothing until {@link #start}.
   *
   * @param repository the caller closes it after this one
   * @param server as for {@link FossilClient#of(URI)}
   * @param interval how long to wait after a sync for the next one if nothing else calls for it
   */
  public Autosync(FossilRepository repository, URI server, Duration interval) {
    this.repository = repository;
    this.server = server;
    this.interval = interval;
    this.time = repository.time();
    this.state = new State(false, time.now(), null, null);
    thread.setDaemon(true);
  }

  /**
   * Marks a new repository as one that takes over the project of the server at the first contact,
   * as a clone does.
   */
  public static void awaitProject(Transaction transaction) {
    transaction.set(AWAITS_PROJECT, "1");
  }

  /** Returns whether a repository is still to take over the project of its upstream. */
  public static boolean awaitsProject(Snapshot snapshot) {
    return snapshot.setting(AWAITS_PROJECT) != null;
  }

  /** Begins with a first sync; returns at once. */
  public void start() {
    repository.onCommit(this::committed);
    thread.start();
  }

  /** Returns how it fares. */
  public synchronized State state() {
    return state;
  }

  /** Has {@code told} called after each change of the state; it must be quick. */
  public void observe(Runnable told) {
    observer = told;
  }

  // On the thread of whoever has committed.
  private void committed() {
    if (Thread.currentThread() != thread) {
      synchronized (this) {
        committed = true;
        notifyAll();
      }
    }
  }

  private synchronized void due() {
    due = true;
    notifyAll();
  }

  private void run() {
    while (awaitNext()) {
      supervisor.run("a sync", this::turn, failure -> failed(String.valueOf(failure)));
    }
  }

  private synchronized boolean awaitNext() {
    // After a failure a commit does not end the wait, or a busy hub would never leave a dead server
    // alone.
    while (!due && !(committed && failures == 0) && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        // No code has a reason to interrupt this thread.
        return false;
      }
    }
    return !closed;
  }

  private void turn() {
    boolean only;
    synchronized (this) {
      only = !due;
      committed = false;
    }
    // Not every transaction brings content.
    if (only && lastReceipt() == syncedReceipt) {
      return;
    }
    synchronized (this) {
      due = false;
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
    attempt();
  }

  private void attempt() {
    try (FossilClient opened = FossilClient.of(server)) {
      client = opened;
      synchronized (this) {
        if (closed) {
          return;
        }
      }
      adoptProject(opened);
      sync(opened);
    } catch (CancellationException e) {
      // It is being closed.
      return;
    } catch (IOException | RepositoryException e) {
      failed(e.getMessage() == null ? e.toString() : e.getMessage());
    } finally {
      client = null;
    }
  }

  private void sync(FossilClient opened) throws IOException {
    try {
      if (syncAll(opened)) {
        succeeded();
      } else {
        failed(
            "the server takes nothing from this user; log in with user:password@ in the URL, or"
                + " have the user's rights changed there");
      }
    } catch (SyncRefusedException e) {
      // A login is made with the code of the project, so it fails where the projects differ.
      boolean other = !opened.projectCode().equals(repository.read(Snapshot::projectCode));
      failed(
          other
              ? "the repository there is of another project; to begin this one as its clone, stop"
                  + " the hub, move hub.fossil away and start it again"
              : "the server says: " + e.getMessage());
    }
  }

  /** Syncs until nothing has come in meanwhile; returns false when the server takes nothing. */
  private boolean syncAll(FossilClient opened) throws IOException {
    boolean taken = true;
    long before;
    long after = lastReceipt();
    do {
      before = after;
      taken = !opened.sync(repository).pushRefused();
      after = lastReceipt();
    } while (after != before);
    syncedReceipt = after;
    return taken;
  }

  // Each transaction with new content has a row there.
  private long lastReceipt() {
    return repository.read(
        snapshot -> snapshot.session().number("SELECT max(rcvid) FROM rcvfrom", 0));
  }

  private void adoptProject(FossilClient opened) throws IOException {
    boolean awaits = repository.read(Autosync::awaitsProject);
    if (awaits) {
      String code = opened.projectCode();
      repository.update(
          transaction -> {
            transaction.set("project-code", code);
            transaction.unset(AWAITS_PROJECT);
          });
    }
  }

  private void succeeded() {
    synchronized (this) {
      Instant now = time.now();
      state = new State(true, state.inSync() ? state.since() : now, null, now);
      failures = 0;
      again(interval);
    }
    observer.run();
  }

  private void failed(String problem) {
    synchronized (this) {
      Instant since = state.inSync() ? time.now() : state.since();
      state = new State(false, since, problem, state.synced());
      Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(failures, 6));
      failures++;
      wait = wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
      // The upper half is random, so that hubs that lost their server together do not all come back
      // at once.
      again(
          wait.dividedBy(2).plusMillis(ThreadLocalRandom.current().nextLong(wait.toMillis() / 2)));
    }
    observer.run();
  }

  private synchronized void again(Duration wait) {
    if (!closed) {
      timer = time.schedule(wait, this::due);
    }
  }

  /**
   * Ends a sync that is under way, and waits for it for two seconds at most; the repository may be
   * closed then in any case.
   */
  @Override
  public void close() {
    repository.onCommit(() -> {});
    synchronized (this) {
      closed = true;
      if (timer != null) {
        timer.cancel();
      }
      notifyAll();
    }
    FossilClient running = client;
    if (running != null) {
      running.cancel();
    }
    try {
      TimeUnit.NANOSECONDS.timedJoin(thread, CLOSE_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
