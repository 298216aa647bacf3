package dev.hubkit.junit.fault;

import dev.hubkit.fossil.web.HttpFaultInjector;
import dev.hubkit.fossil.web.HttpFaultInjector.Spoil;
import java.time.Duration;

/** What can be wrong with the answers to some HTTP requests to the repository. */
public final class RequestFaults {
  private final Faults faults;
  private final String what;
  private final Meant meant;

  /** Which requests. */
  interface Meant {
    boolean includes(String path, boolean sync);
  }

  RequestFaults(Faults faults, String what, Meant meant) {
    this.faults = faults;
    this.what = what;
    this.meant = meant;
  }

  /**
   * They are answered with a status of failure, and nothing else is done about them.
   *
   * @param status 400 to 599
   */
  public Fault fail(int status) {
    return begin("fail with " + status, new Spoil.Answer(status));
  }

  /** The connection is closed without an answer, and nothing else is done about them. */
  public Fault drop() {
    return begin("are dropped", new Spoil.Drop());
  }

  /** They are worked on, but the connection is closed after so many bytes of the answer's body. */
  public Fault cutBody(long after) {
    return begin("are cut after " + after + " bytes", new Spoil.CutBody(after));
  }

  /** They are worked on so much later, in the hub's time. */
  public Fault delay(Duration delay) {
    return begin("are delayed by " + delay, new Spoil.Late(delay));
  }

  private Fault begin(String how, Spoil spoil) {
    HttpFaultInjector fault = (method, path, sync) -> meant.includes(path, sync) ? spoil : null;
    faults.spoiler().requests.add(fault);
    return faults.begin(what + " " + how, () -> faults.spoiler().requests.remove(fault));
  }
}
