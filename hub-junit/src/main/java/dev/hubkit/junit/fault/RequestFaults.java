package dev.hubkit.junit.fault;

import dev.hubkit.fossil.web.HttpFaultInjector;
import dev.hubkit.fossil.web.HttpFaultInjector.Spoil;
import java.time.Duration;

/** Injects faults into the responses to some HTTP requests to the repository. */
public final class RequestFaults {
  private final Faults faults;
  private final String what;
  private final Meant meant;

  /** Selects requests. */
  interface Meant {
    boolean includes(String path, boolean sync);
  }

  RequestFaults(Faults faults, String what, Meant meant) {
    this.faults = faults;
    this.what = what;
    this.meant = meant;
  }

  /**
   * Responds to the requests with an error status, without processing them.
   *
   * @param status 400 to 599
   */
  public Fault fail(int status) {
    return begin("fail with " + status, new Spoil.Answer(status));
  }

  /** Closes the connections without a response, without processing the requests. */
  public Fault drop() {
    return begin("are dropped", new Spoil.Drop());
  }

  /** Processes the requests, but closes the connections after some bytes of the response body. */
  public Fault cutBody(long after) {
    return begin("are cut after " + after + " bytes", new Spoil.CutBody(after));
  }

  /** Processes the requests later, in the hub's time. */
  public Fault delay(Duration delay) {
    return begin("are delayed by " + delay, new Spoil.Late(delay));
  }

  private Fault begin(String how, Spoil spoil) {
    HttpFaultInjector fault = (method, path, sync) -> meant.includes(path, sync) ? spoil : null;
    faults.registry().requests.add(fault);
    return faults.begin(what + " " + how, () -> faults.registry().requests.remove(fault));
  }
}
