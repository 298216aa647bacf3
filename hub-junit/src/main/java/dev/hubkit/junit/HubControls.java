package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.junit.cluster.ClusterQuestion;
import dev.hubkit.junit.cluster.HubCluster;
import dev.hubkit.junit.fault.CrashObservers;
import dev.hubkit.junit.fault.Faults;
import dev.hubkit.junit.history.Histories;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.stub.StubServer;
import dev.hubkit.junit.time.ClientReactions;
import dev.hubkit.junit.time.HubTime;
import dev.hubkit.junit.trace.TraceLog;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.VirtualTimeSource;
import dev.hubkit.workspace.Endpoint;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The clock, journal and faults of a hub, and the options that a hub needs to have them. */
final class HubControls implements AutoCloseable {
  private final HubOptions options;
  private final @Nullable VirtualTimeSource timeSource;
  private final TimeSource clock;
  private final Journal journal;
  private final @Nullable TraceLog trace;
  private final ClientReactions reactions;
  private final Histories histories;
  private final Faults faults;
  private final StubServer stubs;
  private @Nullable HubCluster cluster;
  private volatile boolean wasFrozen;

  private HubControls(HubOptions given, boolean traced) {
    TimeSource used = given.timeSource();
    // A time source in the options belongs to the test, which advances it.
    if (used == null) {
      timeSource = new VirtualTimeSource("hub-junit-time");
      used = timeSource;
    } else {
      timeSource = null;
    }
    clock = used;
    Journal kept = new Journal(used, traced);
    // The hub's own readiness checks do not belong in the journal.
    kept.stop();
    journal = kept;
    ClientReactions observed = new ClientReactions(kept.natsObserver());
    reactions = observed;
    Histories recording = new Histories(used, observed);
    histories = recording;
    TraceLog log = traced ? new TraceLog(used, kept::lastNumber) : null;
    trace = log;
    faults = new Faults(used, log == null ? recording : new CrashObservers(recording, log));
    stubs = new StubServer(used);
    HubOptions controlled =
        given.toBuilder()
            .timeSource(used)
            .tuneNats(nats -> nats.observer(recording).streamObserver(log))
            // It is one for all servers of a cluster, of which each would answer.
            .tuneNats(nats -> given.natsServers() > 1 ? nats : nats.embeddedService(stubs))
            .tuneFossil(fossil -> fossil.withObserver(kept.fossilObserver()))
            .build();
    options = faults.under(controlled, stubs::beside);
  }

  /**
   * Makes the controls of a hub, to start with {@link #options()}.
   *
   * @param traced whether to keep what only a trace shows
   */
  static HubControls over(HubOptions options, boolean traced) {
    return new HubControls(options, traced);
  }

  /** Returns what the hub takes its time from. */
  TimeSource clock() {
    return clock;
  }

  HubOptions options() {
    return options;
  }

  HubTime time(Hub hub) {
    if (timeSource == null) {
      throw new IllegalStateException(
          "This hub was started with a time source of the test's own: advance that, or do not"
              + " set HubOptions.timeSource");
    }
    return new HubTime(timeSource, () -> nats(hub), reactions);
  }

  private List<NatsServer> nats(Hub hub) {
    Endpoint nats = hub.owner().nats();
    return nats == null || nats.external() || faults.isCrashed() ? List.of() : hub.natsServers();
  }

  /** Returns the servers of a hub that has several. */
  synchronized HubCluster cluster(Hub hub, ClusterQuestion api) {
    HubCluster made = cluster;
    if (made == null) {
      made = new HubCluster(hub::natsCluster, faults(hub), journal, api);
      cluster = made;
    }
    return made;
  }

  private synchronized Optional<HubCluster> usedCluster() {
    return Optional.ofNullable(cluster);
  }

  Journal journal() {
    return journal;
  }

  /** Returns what a trace shows besides the journal; null if no trace is kept. */
  @Nullable TraceLog trace() {
    return trace;
  }

  /** Notes that the test puts the hub back to an earlier state. */
  void rewound() {
    histories.rewound();
    if (trace != null) {
      trace.rewound();
    }
  }

  StubServer stubs() {
    return stubs;
  }

  /** Returns the histories that are being recorded. */
  Histories histories() {
    return histories;
  }

  Faults faults(Hub hub) {
    faults.over(hub);
    return faults;
  }

  /** Returns whether the hub has crashed or has an active fault. */
  boolean isFaulty(Hub hub) {
    return faults.isCrashed() || !faults(hub).open().isEmpty();
  }

  boolean isCrashed() {
    return faults.isCrashed();
  }

  /** Returns a text about the crash and the active faults; empty for none. */
  String describeFaults() {
    return faults.describe();
  }

  /** Returns whether errors of connections are the test's own doing. */
  boolean expectsConnectionErrors() {
    return faults.haveDisturbedConnections()
        || usedCluster().filter(HubCluster::hasDisturbedConnections).isPresent();
  }

  /** Remembers whether the clock is stopped. */
  void beginTest() {
    faults.beginTest();
    usedCluster().ifPresent(HubCluster::beginTest);
    wasFrozen = timeSource != null && timeSource.isFrozen();
  }

  /** Undoes what a test did with the clock and the faults. */
  void endTest(Hub hub) {
    if (timeSource != null && timeSource.isFrozen() && !wasFrozen) {
      timeSource.resume();
    }
    faults(hub).undo();
    usedCluster().ifPresent(HubCluster::undo);
  }

  /** Closes the clock, after the hub has been closed. */
  @Override
  public void close() {
    stubs.close();
    histories.stop();
    if (timeSource != null) {
      timeSource.close();
    }
  }
}
