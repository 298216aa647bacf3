package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.junit.fault.Faults;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.time.HubTime;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.VirtualTimeSource;
import dev.hubkit.workspace.Endpoint;
import org.jspecify.annotations.Nullable;

/** What a test can do to its hub beyond using it: what the hub has to be started with for that. */
final class HubControls implements AutoCloseable {
  private final HubOptions options;
  private final @Nullable VirtualTimeSource timeSource;
  private final Journal journal;
  private final Faults faults;
  private volatile boolean wasFrozen;

  private HubControls(HubOptions given) {
    TimeSource used = given.timeSource();
    // One that comes with the options is its owner's to drive.
    if (used == null) {
      timeSource = new VirtualTimeSource("hub-junit-time");
      used = timeSource;
    } else {
      timeSource = null;
    }
    Journal kept = new Journal(used);
    // How a hub looks whether it is ready is no affair of the tests.
    kept.stop();
    journal = kept;
    faults = new Faults(used);
    HubOptions observed =
        given.toBuilder()
            .timeSource(used)
            .tuneNats(nats -> nats.observer(kept.natsObserver()))
            .tuneFossil(fossil -> fossil.withObserver(kept.fossilObserver()))
            .build();
    options = faults.under(observed);
  }

  /** Powers over a hub that is to be started with {@link #options()}. */
  static HubControls over(HubOptions options) {
    return new HubControls(options);
  }

  HubOptions options() {
    return options;
  }

  HubTime time(Hub hub) {
    if (timeSource == null) {
      throw new IllegalStateException(
          "This hub was started with a time source of its own; drive that, or leave"
              + " HubOptions.timeSource out");
    }
    return new HubTime(timeSource, () -> nats(hub));
  }

  private @Nullable NatsServer nats(Hub hub) {
    Endpoint nats = hub.owner().nats();
    return nats == null || nats.external() || faults.isCrashed() ? null : hub.nats();
  }

  Journal journal() {
    return journal;
  }

  Faults faults(Hub hub) {
    faults.over(hub);
    return faults;
  }

  /** Remembers how time goes. */
  void beginTest() {
    wasFrozen = timeSource != null && timeSource.isFrozen();
  }

  /** Takes back what a test has done. */
  void endTest(Hub hub) {
    if (timeSource != null && timeSource.isFrozen() && !wasFrozen) {
      timeSource.resume();
    }
    faults(hub).undo();
  }

  /** Ends what the hub needed, after the hub. */
  @Override
  public void close() {
    if (timeSource != null) {
      timeSource.close();
    }
  }
}
