package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.nats.NatsCluster;
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
  /** The beginning of the line in which a launched process says why it could not start the hub. */
  public static final String FAILURE_MARK = "hub: error: ";

  /**
   * The beginning of the line, right before that of {@link #FAILURE_MARK}, in which a launched
   * process names the {@link HubException.Reason} of its failure and then, after a blank, the value
   * of {@link #LAUNCH_VARIABLE}, since other processes may write to the same log.
   */
  public static final String REASON_MARK = "hub: reason: ";

  /** The environment variable that holds the identifier of the launch. */
  public static final String LAUNCH_VARIABLE = "HUB_LAUNCH";

  /** The exit status of a launched process that was asked to end (128 plus the number of TERM). */
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
   * returns. A start that fails leaves nothing behind.
   *
   * @throws HubException if the hub cannot be started; the message says what to do
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
   * @param options what the process will start with, so that options that cannot work are refused
   *     at once
   * @param command the process: it has to call {@link #start(Path, HubOptions)} with the same root
   *     and options; on failure to print a line that begins with {@value #FAILURE_MARK}, and one
   *     with {@value #REASON_MARK} right before it unless the reason is that a server failed; to
   *     end with status 0 when it finds another's hub, and with {@value #TOLD_TO_END_STATUS} when
   *     it is told to end
   * @param environment what the process finds in its environment in addition
   * @throws HubException if the hub does not become ready; the message holds the cause
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

  /**
   * Returns how the hub of a directory is. Creates nothing, and waits at most 5 s for a hub that
   * hangs.
   */
  public static HubStatus status(Path root) {
    return facing(() -> HubProcess.status(Workspace.of(root), Duration.ofSeconds(5)));
  }

  /** {@link #stop(Path, Duration)} with 30 seconds. */
  public static boolean stop(Path root) {
    return stop(root, Duration.ofSeconds(30));
  }

  /**
   * Stops the hub of a directory, whichever process runs it, and returns when its ports are free.
   * Kills a process that does not end within {@code drainTimeout}, which loses nothing that was
   * acknowledged. Clears away what a killed hub left behind.
   *
   * @return false when no hub ran
   * @throws HubException if the hub is another user's, or no record says which process holds it
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

  /** Returns whether this object started the servers and will stop them. */
  public boolean isOwner() {
    return running != null;
  }

  /** The directory the hub belongs to. */
  public Path root() {
    return workspace.root();
  }

  /** The directory that the hub keeps under its root. */
  public Workspace workspace() {
    return workspace;
  }

  /** The process that runs the hub. */
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
   * The credentials that NATS clients need, as they were given for an {@linkplain
   * Backend#external(String, String) external} server. Empty when none are needed, and when another
   * process started the hub, since no file holds them.
   */
  public Optional<String> natsCredentials() {
    return running == null ? Optional.empty() : running.servers().natsCredentials();
  }

  /** The port of {@link #fossilUrl()}. */
  public int fossilPort() {
    return URI.create(fossilUrl()).getPort();
  }

  /** The port of {@link #natsUrl()}; of the first server when there are several. */
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
   * The repository that the hub serves, open for use beside the server.
   *
   * @throws HubException if this object does not serve it
   */
  public FossilRepository repository() {
    if (running == null) {
      throw RunningHub.notHere("repository");
    }
    return running.servers().fossil().repository();
  }

  /** Which parts of the Fossil server that this object runs cannot go on. */
  Health fossilHealth() {
    if (running == null) {
      throw RunningHub.notHere("Fossil server");
    }
    return running.servers().fossil().server().health();
  }

  /**
   * Returns the NATS servers of a hub that has several of them ({@link HubOptions#natsServers()}).
   *
   * @throws HubException if this object does not run several
   */
  public NatsCluster natsCluster() {
    NatsCluster cluster = running == null ? null : running.servers().cluster();
    if (cluster == null) {
      throw RunningHub.notHere("cluster of NATS servers");
    }
    return cluster;
  }

  /** Returns whether this object runs several NATS servers, or did when they ended. */
  public boolean hasNatsCluster() {
    return running != null && running.servers().cluster() != null;
  }

  /** Returns the NATS servers that this object runs now; one or none without a cluster. */
  public List<NatsServer> natsServers() {
    return running == null ? List.of() : running.servers().natsServers();
  }

  /**
   * The NATS server; of several, the first that runs.
   *
   * @throws HubException if this object does not run it
   */
  public NatsServer nats() {
    if (running == null) {
      throw RunningHub.notHere("NATS server");
    }
    return running.servers().nats();
  }

  /**
   * Ends both servers the way {@code kill -9} ends a process, so that a test can see what is left:
   * clients see their connections reset and then refused, unwritten bytes and streams in memory are
   * lost, a check-in under way is undone. NATS must have been started with {@link
   * dev.hubkit.nats.NatsOptions#diskFaults()}; otherwise it closes its files in order. {@link
   * #recover()} starts both again.
   *
   * @param powerLoss whether the machine dies too: then messages that streams have not synced are
   *     lost although they were acknowledged
   * @throws HubException if this object does not run the servers
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
   * Restarts the servers that {@link #crash} ended, at the same addresses and with what they left.
   * Does nothing when no crash came before.
   *
   * @throws HubException if they cannot be started, or this object did not run them
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
   * @throws HubException if this object does not run it, or it cannot be started
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
   * Takes a snapshot of what both servers hold. It takes the streams first and then the repository,
   * so the two fit together only if nothing changes meanwhile. It leaves out a server that is off
   * or external.
   *
   * @throws HubException if this object does not run the hub
   */
  public HubSnapshot snapshot() {
    return running().servers().snapshot();
  }

  /**
   * Puts both servers back to a snapshot, in milliseconds and without a restart: streams, consumers
   * and what they had delivered, and the repository are what they were. Connections stay open;
   * subscriptions and pull requests of JetStream that were under way end as if their consumer had
   * been deleted. A server that the snapshot leaves out stays as it is.
   *
   * @throws HubException if this object does not run the hub, or the hub lacks a server that the
   *     snapshot has
   */
  public void rewind(HubSnapshot snapshot) {
    running().servers().rewind(snapshot);
  }

  /**
   * Makes a partition of this hub, which sees nothing of the rest.
   *
   * @param name of the account, and of the repository in its address: letters, digits, dashes and
   *     underscores; not in use
   * @param begin what the repository begins with; null for a copy of the hub's repository
   * @throws HubException if this object does not run the hub
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

  /** Returns how the hub is now. */
  public HubStatus status() {
    return status(root());
  }

  /** Waits until the hub is closed. */
  public void awaitClose() throws InterruptedException {
    closed.await();
  }

  /**
   * Stops the servers that this object started, and returns when they have stopped. Does nothing
   * when this object is not the owner. May be called from any thread, including a shutdown hook,
   * and more than once.
   *
   * @throws HubException if a server did not finish within the drain timeout and was cut off
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
