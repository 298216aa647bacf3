package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.work.Health;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.Owner;
import dev.hubkit.workspace.Workspace;
import dev.hubkit.workspace.WorkspaceException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A Fossil server and a NATS server with JetStream that belong to one directory, its root.
 *
 * <p>At most one hub of a root runs on a machine at a time. Whoever starts one where one runs gets
 * a hub that {@linkplain #isOwner() is not its owner}: it says where the servers are, and closing
 * it leaves them running.
 *
 * <p>Thread-safe.
 */
public final class Hub implements AutoCloseable {
  /** How the line begins in which a launched process says why it could not start the hub. */
  public static final String FAILURE_MARK = "hub: error: ";

  /**
   * What the line begins with, right before that of {@link #FAILURE_MARK}, in which a launched
   * process names the {@link HubException.Reason} of its failure, and after a blank the value of
   * {@link #LAUNCH_VARIABLE}: others may write to the same log.
   */
  public static final String REASON_MARK = "hub: reason: ";

  /**
   * The environment variable in which a launched process finds what tells its launch from others.
   */
  public static final String LAUNCH_VARIABLE = "HUB_LAUNCH";

  /** The status a launched process ends with when it is told to (128 and the number of TERM). */
  public static final int TOLD_TO_END_STATUS = 143;

  private static final ConcurrentHashMap<Path, Hub> OWNED = new ConcurrentHashMap<>();

  private final Workspace workspace;
  private final Owner owner;
  private final @Nullable RunningHub running;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);

  private Hub(Workspace workspace, Owner owner, @Nullable RunningHub running) {
    this.workspace = workspace;
    this.owner = owner;
    this.running = running;
  }

  /** Starts the hub of a directory with {@linkplain HubOptions#defaults() the defaults}. */
  public static Hub start(Path root) {
    return start(root, HubOptions.defaults());
  }

  /**
   * Starts the hub of a directory, or finds the one that runs there. Both servers answer when this
   * returns. When it fails, nothing is left behind that was not there before.
   *
   * @throws HubException if it cannot be started; its message says what to do
   */
  public static Hub start(Path root, HubOptions options) {
    return facing(
        () -> {
          Workspace workspace = Workspace.of(root);
          HubStart start = new HubStart(workspace, options);
          while (true) {
            Optional<Owner> other = start.find();
            if (other.isPresent()) {
              return new Hub(workspace, other.get(), null);
            }
            Optional<RunningHub> own = start.own();
            if (own.isPresent()) {
              Hub hub = new Hub(workspace, own.get().owner(), own.get());
              OWNED.put(workspace.root(), hub);
              return hub;
            }
          }
        });
  }

  /**
   * Launches a process that is to start the hub of a directory, or finds the one that runs there.
   * Both servers answer when this returns, and the process outlives this one.
   *
   * @param options what the process will start with, so that what cannot work is told at once
   * @param command the process: it has to call {@link #start(Path, HubOptions)} with the same root
   *     and options; on failure to print a line that begins with {@value #FAILURE_MARK}, and one
   *     with {@value #REASON_MARK} right before it unless the reason is that a server failed; to
   *     end with status 0 when it finds another's hub, and with {@value #TOLD_TO_END_STATUS} when
   *     it is told to end
   * @param environment what the process finds in its environment besides
   * @throws HubException if it does not get ready; the message holds the cause
   */
  public static Hub launch(
      Path root, HubOptions options, List<String> command, Map<String, String> environment) {
    return facing(
        () -> {
          Workspace workspace = Workspace.of(root);
          HubStart start = new HubStart(workspace, options);
          Optional<Owner> owner = start.find();
          while (owner.isEmpty()) {
            owner = start.launch(command, environment);
          }
          return new Hub(workspace, owner.get(), null);
        });
  }

  /** How the hub of a directory is. Nothing is created, and a hub that hangs is waited for 5 s. */
  public static HubStatus status(Path root) {
    return facing(() -> HubProcess.status(Workspace.of(root), Duration.ofSeconds(5)));
  }

  /** {@link #stop(Path, Duration)} with 30 seconds. */
  public static boolean stop(Path root) {
    return stop(root, Duration.ofSeconds(30));
  }

  /**
   * Stops the hub of a directory, whichever process runs it, and returns when its ports are free. A
   * process that does not end in {@code drainTimeout} is killed, which loses nothing that was
   * acknowledged. What a killed hub left behind is cleared away.
   *
   * @return false when none ran
   * @throws HubException if it is another user's, or the process that holds it cannot be told
   */
  public static boolean stop(Path root, Duration drainTimeout) {
    return facing(
        () -> {
          Workspace workspace = Workspace.of(root);
          Hub here = OWNED.get(workspace.root());
          if (here != null) {
            here.close();
            return true;
          }
          return HubProcess.stop(workspace, drainTimeout);
        });
  }

  /** Whether it is this object that started the servers and that will stop them. */
  public boolean isOwner() {
    return running != null;
  }

  /** The directory the hub belongs to. */
  public Path root() {
    return workspace.root();
  }

  /** What the hub keeps under its root. */
  public Workspace workspace() {
    return workspace;
  }

  /** The process that runs it. */
  public Owner owner() {
    return owner;
  }

  /**
   * Where to clone from, such as {@code http://127.0.0.1:8765/}.
   *
   * @throws HubException if the hub does without Fossil
   */
  public String fossilUrl() {
    return endpoint(owner.fossil(), "Fossil").url();
  }

  /**
   * Where NATS clients connect to, such as {@code nats://127.0.0.1:4222}.
   *
   * @throws HubException if the hub does without NATS
   */
  public String natsUrl() {
    return endpoint(owner.nats(), "NATS").url();
  }

  /**
   * What NATS clients need to connect besides, as it was given for an {@linkplain
   * Backend#external(String, String) external} server; empty for nothing, and where another process
   * started the hub, since no file holds them.
   */
  public Optional<String> natsCredentials() {
    return running == null ? Optional.empty() : running.servers().natsCredentials();
  }

  /** The port of {@link #fossilUrl()}. */
  public int fossilPort() {
    return URI.create(fossilUrl()).getPort();
  }

  /** The port of {@link #natsUrl()}, of the first server where there are several. */
  public int natsPort() {
    return URI.create(natsUrl().split(",", 2)[0]).getPort();
  }

  private static Endpoint endpoint(@Nullable Endpoint endpoint, String what) {
    if (endpoint == null) {
      throw new HubException(Reason.UNSUPPORTED, "this hub was started without " + what);
    }
    return endpoint;
  }

  /**
   * The repository served, open for use besides the server.
   *
   * @throws HubException if it is not served by this very object
   */
  public FossilRepository repository() {
    if (running == null) {
      throw RunningHub.notHere("repository");
    }
    return running.servers().fossil().repository();
  }

  /** What of the Fossil server, run by this very object, cannot go on. */
  Health fossilHealth() {
    if (running == null) {
      throw RunningHub.notHere("Fossil server");
    }
    return running.servers().fossil().server().health();
  }

  /**
   * The NATS server.
   *
   * @throws HubException if it is not run by this very object
   */
  public NatsServer nats() {
    if (running == null) {
      throw RunningHub.notHere("NATS server");
    }
    return running.servers().nats();
  }

  /**
   * Ends both servers the way {@code kill -9} ends a process, for a test to see what is left:
   * clients see their connections reset and then refused, what was not written is lost, streams in
   * memory are gone, a check-in that was under way is undone. NATS has to have been started with
   * {@link dev.hubkit.nats.NatsOptions#diskFaults()}, or its files are closed in order. {@link
   * #recover()} starts both again.
   *
   * @param powerLoss whether the machine dies with it: what streams have not synced is lost, too,
   *     though it was acknowledged
   * @throws HubException if the servers are not run by this very object
   */
  public void crash(boolean powerLoss) {
    RunningHub here = running();
    facing(
        () -> {
          here.crash(powerLoss);
          return true;
        });
  }

  /**
   * Starts the servers again that {@link #crash} ended, on what they left, at the same addresses.
   * Does nothing when none did.
   *
   * @throws HubException if they cannot be started, or were not run by this very object
   */
  public void recover() {
    RunningHub here = running();
    facing(
        () -> {
          here.recover();
          return true;
        });
  }

  /**
   * Closes the NATS server, if it is not closed already, and starts it again at the same address.
   *
   * @throws HubException if it is not run by this very object, or cannot be started
   */
  public void restartNats() {
    RunningHub here = running();
    facing(
        () -> {
          here.servers().restartNats();
          return true;
        });
  }

  /**
   * What both servers hold now. Streams and the repository are taken one after the other, so who
   * wants them to fit together lets nothing change meanwhile. What is off or external is not in it.
   *
   * @throws HubException if the hub is not run by this very object
   */
  public HubSnapshot snapshot() {
    return running().servers().snapshot();
  }

  /**
   * Puts both servers back to a snapshot, in milliseconds and without a restart: streams, consumers
   * and what they had delivered, and the repository are what they were. Connections stay open;
   * subscriptions and pull requests to JetStream that were under way end as if their consumer had
   * been deleted. A half that the snapshot does not have stays as it is.
   *
   * @throws HubException if the hub is not run by this very object, or lacks a half the snapshot
   *     has
   */
  public void rewind(HubSnapshot snapshot) {
    running().servers().rewind(snapshot);
  }

  /**
   * A part of this hub for somebody who is to see nothing of the rest.
   *
   * @param name of the account, and of the repository in its address: letters, digits, dashes and
   *     underscores; not in use
   * @param begin what the repository begins with; null for what the hub's repository is now
   * @throws HubException if the hub is not run by this very object
   */
  public HubPartition partition(String name, @Nullable RepositoryImage begin) {
    return running().servers().partition(name, begin);
  }

  private RunningHub running() {
    if (running == null) {
      throw RunningHub.notHere("hub");
    }
    return running;
  }

  /** How it is now. */
  public HubStatus status() {
    return status(root());
  }

  /** Waits until the hub is closed. */
  public void awaitClose() throws InterruptedException {
    closed.await();
  }

  /**
   * Stops the servers this object started; of a hub that is not the owner, nothing. Returns when
   * they have stopped. May be called from any thread, a shutdown hook included, and more than once.
   *
   * @throws HubException if a server did not finish in the drain timeout; it is cut off then
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      awaitOtherClose();
      return;
    }
    try {
      if (running != null) {
        facing(
            () -> {
              running.stop();
              return true;
            });
      }
    } finally {
      OWNED.remove(workspace.root(), this);
      closed.countDown();
    }
  }

  private void awaitOtherClose() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static <T> T facing(Work<T> work) {
    try {
      return work.run();
    } catch (WorkspaceException e) {
      throw HubProcess.translated(e);
    } catch (IOException e) {
      throw new HubException(
          Reason.INACCESSIBLE,
          "the hub's files cannot be used: "
              + e.getMessage()
              + "; check what is there, its owner and permissions, and the space left",
          e);
    }
  }

  private interface Work<T> {
    T run() throws IOException;
  }
}
