package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.HubSnapshot;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.io.PrivateFiles;
import dev.hubkit.io.TemporaryDirectory;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A started hub with its temporary directory. Thread-safe. */
final class StartedHub {
  private static final long PATIENCE_MINUTES = 10;

  private final String name;
  private final String kind;
  private final TemporaryDirectory root;
  private final Hub hub;
  private final boolean natsExternal;
  private final boolean fossilExternal;
  private final Semaphore turn = new Semaphore(1, true);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final SharedDeclarations declarations = new SharedDeclarations();
  private final RunningTests tests = new RunningTests();
  private final Dependents dependents = new Dependents();
  private final HubResource resource;
  private final HubControls controls;
  private final HubOptions options;
  private @Nullable HubSnapshot begin;

  private StartedHub(
      String name,
      String kind,
      TemporaryDirectory root,
      Hub hub,
      HubOptions options,
      HubControls controls) {
    this.controls = controls;
    this.options = options;
    this.name = name;
    this.kind = kind;
    this.root = root;
    this.hub = hub;
    this.natsExternal = options.nats() instanceof Backend.External;
    this.fossilExternal = options.fossil() instanceof Backend.External;
    this.resource = new HubResource(this);
  }

  static StartedHub start(String name, String kind, HubOptions options) {
    return start(name, kind, options, null, false);
  }

  /**
   * Starts a hub.
   *
   * @param image what the repository begins with; null for what the options say
   * @param traced whether to keep what only the trace of a test shows
   */
  static StartedHub start(
      String name,
      String kind,
      HubOptions options,
      @Nullable RepositoryImage image,
      boolean traced) {
    TemporaryDirectory root;
    try {
      root = TemporaryDirectory.create("hub-junit-");
    } catch (IOException e) {
      throw new UncheckedIOException("No temporary directory for a hub", e);
    }
    HubControls controls = HubControls.over(options, traced);
    boolean started = false;
    try {
      if (image != null) {
        write(image, Workspace.of(root.path()));
      }
      if (options.nats() instanceof Backend.Embedded && NatsClient.isPresent()) {
        JetStreamWarmUp.begin();
      }
      Hub running = Hub.start(root.path(), controls.options());
      controls.journal().start();
      StartedHub hub = new StartedHub(name, kind, root, running, options, controls);
      started = true;
      return hub;
    } finally {
      if (!started) {
        controls.close();
        root.close();
      }
    }
  }

  private static void write(RepositoryImage image, Workspace workspace) {
    try {
      PrivateFiles.createDirectories(workspace.directory());
      image.writeTo(workspace.repository());
    } catch (IOException e) {
      throw new UncheckedIOException("No repository in " + workspace, e);
    }
  }

  /** Returns the default options of a test's hub, whose clients may run on a busy machine. */
  static HubOptions options() {
    return HubOptions.forTests().toBuilder()
        .tuneNats(options -> options.authTimeout(HubResource.SLOW_MACHINE))
        .build();
  }

  static HubOptions options(WithHub wanted) {
    HubOptions options = options(wanted.fossil(), wanted.nats());
    if (wanted.acceptReplicas()) {
      options = options.toBuilder().tuneNats(nats -> nats.acceptReplicas(true)).build();
    }
    if (!wanted.compat().isEmpty()) {
      Compatibility release = Compatibility.named(wanted.compat());
      options = options.toBuilder().tuneNats(nats -> nats.compatibility(release)).build();
    }
    if (wanted.servers() > 1) {
      options =
          options.toBuilder()
              .natsServers(wanted.servers())
              .electionSeed(wanted.electionSeed())
              .build();
    }
    return options;
  }

  static HubOptions options(boolean fossil, boolean nats) {
    HubOptions.Builder options = options().toBuilder();
    if (!fossil) {
      options.fossil(Backend.off());
    }
    if (!nats) {
      options.nats(Backend.off());
    }
    return options.build();
  }

  String name() {
    return name;
  }

  /** Returns the kind that the hub was started as; all classes that share it must declare it. */
  String kind() {
    return kind;
  }

  Path root() {
    return root.path();
  }

  Hub hub() {
    return hub;
  }

  /** Starts a hub with what this one, which has crashed, has on disk. */
  CrashedHub onDisk() throws IOException {
    return CrashedHub.copyOf(
        hub.workspace(), options.toBuilder().timeSource(controls.clock()).build());
  }

  /** Returns the clock, journal and faults of the hub. */
  HubControls controls() {
    return controls;
  }

  /** Returns the whole hub. */
  HubResource resource() {
    return resource;
  }

  /** Returns the tests that use the hub. */
  RunningTests tests() {
    return tests;
  }

  /** Returns the counts of what tests have declared in this hub. */
  SharedDeclarations declarations() {
    return declarations;
  }

  /** Returns what to close before the hub. */
  Dependents dependents() {
    return dependents;
  }

  boolean isExternal(Service service) {
    return service == Service.NATS ? natsExternal : fossilExternal;
  }

  /** Returns the state before the first test with a reset; the caller must have taken a turn. */
  synchronized HubSnapshot initialSnapshot() {
    HubSnapshot first = begin;
    if (first == null) {
      first = hub.snapshot();
      begin = first;
    }
    return first;
  }

  /** Waits until no other test with a reset uses the hub. */
  void acquireTurn() {
    try {
      if (!turn.tryAcquire(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw new IllegalStateException(
            "Another test has used "
                + this
                + " for "
                + PATIENCE_MINUTES
                + " minutes; with reset = BEFORE_EACH its tests run one after another. Find the test"
                + " that hangs, or one that waits for another test");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while another test used " + this, e);
    }
  }

  void releaseTurn() {
    turn.release();
  }

  void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      dependents.close();
    } finally {
      stop();
    }
  }

  private void stop() {
    try {
      resource.closeConnections();
    } finally {
      try {
        hub.close();
      } finally {
        controls.close();
        root.close();
      }
    }
  }

  @Override
  public String toString() {
    return "hub" + (name.isEmpty() ? "" : " \"" + name + "\"") + " in " + root;
  }
}
