package dev.hubkit.junit.explore;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.fault.Fault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A hub while a run is under adversity. */
final class UnderAdversity {
  private final HubResource hub;
  private final Adversary adversary;
  private final Pacemaker pacemaker;
  private final Fault fault;

  private UnderAdversity(HubResource hub, Adversary adversary) {
    this.hub = hub;
    this.adversary = adversary;
    pacemaker = new Pacemaker(hub, adversary);
    fault = hub.faults().inject("adversity of an exploration", adversary);
    pacemaker.start();
  }

  /** Begins the adversity of a plan. */
  static UnderAdversity begin(HubResource hub, Plan plan) {
    return new UnderAdversity(hub, new Adversary(plan, streamsOf(hub), hub.faults()::mark));
  }

  private static KnownStreams streamsOf(HubResource hub) {
    KnownStreams known = new KnownStreams();
    hub.hub().nats().streams().forEach(known::add);
    return known;
  }

  Adversary adversary() {
    return adversary;
  }

  /** Ends the adversity, and returns what has kept it from being carried out; null for nothing. */
  @Nullable Throwable end() throws InterruptedException {
    List<Errand.Release> held = adversary.end();
    Throwable problem = pacemaker.awaitEnd();
    fault.close();
    held.forEach(Pacemaker::release);
    if (hub.faults().isCrashed()) {
      hub.faults().recover();
    }
    return problem;
  }
}
