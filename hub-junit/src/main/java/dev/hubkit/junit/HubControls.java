package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.junit.fault.Faults;
import dev.hubkit.junit.history.Histories;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.stub.StubServer;
import dev.hubkit.junit.time.ClientReactions;
import dev.hubkit.junit.time.HubTime;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.VirtualTimeSource;
import dev.hubkit.workspace.Endpoint;
import org.jspecify.annotations.Nullable;

/** The clock, journal and faults of a hub, and the options that a hub needs to have them. */
final class HubControls implements AutoCloseable {
  private final HubOptions options;
  private final @Nullable VirtualTimeSource timeSource;
  private final TimeSource clock;
  private final Journal journal;
  private final ClientReactions reactions;
  private final Histories histories;
  private final Faults faults;
  private final StubServer stubs;
  private volatile boolean wasFrozen;

  private HubControls(HubOptions given) {
    TimeSource used = given.timeSource();
    // A time source in the options belongs to the test, which advances it.
    if (used == null) {
      timeSource = new VirtualTimeSource("hub-junit-time");
      used = timeSource;
    } else {
      timeSource = null;
    }
    clock = used;
    Journal kept = new Journal(used);
    // The hub's own readiness checks do not belong in the journal.
    kept.stop();
    journal = kept;
    ClientReactions observed = new ClientReactions(kept.natsObserver());
    reactions = observed;
    Histories recording = new Histories(used, observed);
    histories = recording;
    faults = new Faults(used, recording);
    stubs = new StubServer(used);
    HubOptions controlled =
        given.toBuilder()
            .timeSource(used)
            .tuneNats(nats -> nats.observer(recording).embeddedService(stubs))
            .tuneFossil(fossil -> fossil.withObserver(kept.fossilObserver()))
            .build();
    options = faults.under(controlled, stubs::beside);
  }

  /** Makes the controls of a hub, to start with {@link #options()}. */
  static HubControls over(HubOptions options) {
    return new HubControls(options);
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

  private @Nullable NatsServer nats(Hub hub) {
    Endpoint nats = hub.owner().nats();
    return nats == null || nats.external() || faults.isCrashed() ? null : hub.nats();
  }

  Journal journal() {
    return journal;
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
    return faults.haveDisturbedConnections();
  }

  /** Remembers whether the clock is stopped. */
  void beginTest() {
    faults.beginTest();
    wasFrozen = timeSource != null && timeSource.isFrozen();
  }

  /** Undoes what a test did with the clock and the faults. */
  void endTest(Hub hub) {
    if (timeSource != null && timeSource.isFrozen() && !wasFrozen) {
      timeSource.resume();
    }
    faults(hub).undo();
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
