package dev.hubkit.junit.fault;

import dev.hubkit.fossil.web.HttpFaultInjector;
import dev.hubkit.fossil.web.HttpFaultInjector.HttpFault;
import dev.hubkit.time.DurationText;
import java.time.Duration;

/** Injects faults into the responses to some HTTP requests to the repository. */
public final class RequestFaults {
  private final Faults faults;
  private final String what;
  private final RequestSelector selector;

  /** Selects requests. */
  interface RequestSelector {
    boolean includes(String path, boolean sync);
  }

  RequestFaults(Faults faults, String what, RequestSelector selector) {
    this.faults = faults;
    this.what = what;
    this.selector = selector;
  }

  /**
   * Responds to the requests with an error status, without processing them.
   *
   * @param status 400 to 599
   */
  public Fault fail(int status) {
    return begin("fail with " + status, new HttpFault.ErrorStatus(status));
  }

  /** Closes the connections without a response, without processing the requests. */
  public Fault drop() {
    return begin("are dropped", new HttpFault.DroppedConnection());
  }

  /** Processes the requests, but closes the connections after some bytes of the response body. */
  public Fault cutBody(long after) {
    return begin("are cut after " + after + " bytes", new HttpFault.TruncatedBody(after));
  }

  /** Processes the requests later, in the hub's time. */
  public Fault delay(Duration delay) {
    return begin("are delayed by " + DurationText.of(delay), new HttpFault.Delay(delay));
  }

  @Override
  public String toString() {
    return what;
  }

  private Fault begin(String effect, HttpFault httpFault) {
    HttpFaultInjector injector =
        (method, path, sync) -> selector.includes(path, sync) ? httpFault : null;
    faults.registry().requests.add(injector);
    return faults.begin(what + " " + effect, () -> faults.registry().requests.remove(injector));
  }
}
