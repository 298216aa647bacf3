package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.HubSnapshot;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.io.TemporaryDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A hub that tests have had started, with the directory it has to itself. Thread-safe. */
final class StartedHub {
  private static final long PATIENCE_MINUTES = 10;

  private final String name;
  private final String kind;
  private final TemporaryDirectory root;
  private final Hub hub;
  private final boolean natsExternal;
  private final boolean fossilExternal;
  private final Semaphore turn = new Semaphore(1, true);
  private final AtomicInteger enclaves = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final SharedDeclarations holds = new SharedDeclarations();
  private final HubResource resource;
  private final HubControls powers;
  private @Nullable RepositoryImage image;
  private @Nullable HubSnapshot begin;
  private volatile boolean kept;

  private StartedHub(
      String name,
      String kind,
      TemporaryDirectory root,
      Hub hub,
      HubOptions options,
      HubControls powers) {
    this.powers = powers;
    this.name = name;
    this.kind = kind;
    this.root = root;
    this.hub = hub;
    this.natsExternal = options.nats() instanceof Backend.External;
    this.fossilExternal = options.fossil() instanceof Backend.External;
    this.resource = new HubResource(this, null);
  }

  static StartedHub start(String name, String kind, HubOptions options) {
    TemporaryDirectory root;
    try {
      root = TemporaryDirectory.create("hub-junit-");
    } catch (IOException e) {
      throw new UncheckedIOException("No temporary directory for a hub", e);
    }
    HubControls powers = HubControls.over(options);
    boolean started = false;
    try {
      Hub running = Hub.start(root.path(), powers.options());
      powers.journal().start();
      StartedHub hub = new StartedHub(name, kind, root, running, options, powers);
      started = true;
      return hub;
    } finally {
      if (!started) {
        powers.close();
        root.close();
      }
    }
  }

  /** What a hub for a test is started with. Its clients may run on a slow and busy machine. */
  static HubOptions options() {
    return HubOptions.forTests().toBuilder()
        .tuneNats(options -> options.authTimeout(HubResource.SLOW_MACHINE))
        .build();
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

  /** What it was started as; all who share it must want the same. */
  String kind() {
    return kind;
  }

  Path root() {
    return root.path();
  }

  Hub hub() {
    return hub;
  }

  /** What a test can do to it beyond using it. */
  HubControls powers() {
    return powers;
  }

  /** The hub as a whole. */
  HubResource resource() {
    return resource;
  }

  /** Who has declared what in it. */
  SharedDeclarations holds() {
    return holds;
  }

  boolean isExternal(Service service) {
    return service == Service.NATS ? natsExternal : fossilExternal;
  }

  /** A part of it for one test. */
  HubResource enclave() {
    String part = "test-" + enclaves.incrementAndGet();
    return new HubResource(this, hub.enclave(part, image()));
  }

  /** What the repository was before anything was declared or done; null without one. */
  private synchronized @Nullable RepositoryImage image() {
    RepositoryImage begin = image;
    if (begin == null && !fossilExternal && hub.owner().fossil() != null) {
      begin = hub.repository().image();
      image = begin;
    }
    return begin;
  }

  /** What it was before the first test that is put back; for who has taken a turn. */
  synchronized HubSnapshot begin() {
    HubSnapshot first = begin;
    if (first == null) {
      first = hub.snapshot();
      begin = first;
    }
    return first;
  }

  /** Waits until no other test uses it. */
  void takeTurn() {
    try {
      if (!turn.tryAcquire(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw new IllegalStateException(
            "Another test has used "
                + this
                + " for "
                + PATIENCE_MINUTES
                + " minutes; with reset = BEFORE_EACH its tests run one after another");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while another test used " + this, e);
    }
  }

  void endTurn() {
    turn.release();
  }

  /** Has the directory outlive it, and says how to open it. */
  void keep() {
    kept = true;
  }

  void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      resource.closeConnections();
    } finally {
      try {
        hub.close();
      } finally {
        powers.close();
        leave();
      }
    }
  }

  private void leave() {
    if (!kept) {
      root.close();
      return;
    }
    try {
      root.keep();
      System.out.println(howToOpen());
    } catch (IOException e) {
      throw new UncheckedIOException("The hub's directory " + root + " cannot be kept", e);
    }
  }

  private String howToOpen() {
    return "A test failed, so "
        + this
        + " is kept. To look at it:\n"
        + "  hub start --root "
        + root
        + "\n  fossil ui "
        + hub.workspace().repository()
        + "\nDelete the directory when you are done.";
  }

  @Override
  public String toString() {
    return "hub" + (name.isEmpty() ? "" : " \"" + name + "\"") + " in " + root;
  }
}
