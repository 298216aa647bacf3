package dev.hubkit.hostile;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Lists which errors ordinary clients may see, and what the hub may log, during the attacks; each
 * with its reason. Everything else is a fault.
 */
final class Expectations {
  private static final List<Allowed> FOR_CLIENTS =
      List.of(
          new Allowed(
              "memory stream",
              "insufficient (memory |storage )?resources( available)?|10023|10028|10047",
              "streams in memory share what there is, and others may have taken it, as nats-server"
                  + " documents"));

  // nats-server, too, logs such errors of clients as errors.
  private static final List<Allowed> FOR_THE_LOG = List.of();

  private static final List<Allowed> PRINTED =
      List.of(
          new Allowed(
              "JVM",
              "^\\[[0-9.]+s\\]\\[warning\\]\\[gc,alloc *\\] .*"
                  + "Retried waiting for GCLocker too often allocating [0-9]+ words$",
              "a garbage collection had to wait for native code in between, as happens"
                  + " until JDK 21; no allocation has failed, or there would be a heap dump"));

  private Expectations() {}

  /**
   * An error or a line that is allowed.
   *
   * @param who a regular expression that matches the names of the clients
   * @param what a regular expression that is found in the text
   * @param why the reason why it is no fault
   */
  record Allowed(String who, String what, String why) {
    private boolean fits(String client, String text) {
      return Pattern.matches(who, client) && Pattern.compile(what).matcher(text).find();
    }
  }

  /** Returns why a client may see this error; null when it may not. */
  static String whyToldTo(String client, String text) {
    return why(FOR_CLIENTS, client, text);
  }

  /** Returns why the log may have this line; null when it is a fault. */
  static String whyLogged(String line) {
    return why(FOR_THE_LOG, "log", line);
  }

  /** Returns why the JVM may have printed this line; null when it is a fault. */
  static String whyPrinted(String line) {
    return why(PRINTED, "JVM", line);
  }

  private static String why(List<Allowed> allowed, String client, String text) {
    for (Allowed each : allowed) {
      if (each.fits(client, text)) {
        return each.why();
      }
    }
    return null;
  }
}
