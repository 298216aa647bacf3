package dev.hubkit.hostile;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What ordinary clients may be told, and what the hub may log, while others do what they do; each
 * with its reason. All else is a fault.
 */
final class Expectations {
  private static final List<Allowed> FOR_CLIENTS =
      List.of(
          new Allowed(
              "memory stream",
              "insufficient (memory |storage )?resources( available)?|10023|10028|10047",
              "streams in memory share what there is, and others have taken it, as documented of"
                  + " nats-server"));

  // nats-server logs these of clients, too, as errors.
  private static final List<Allowed> FOR_THE_LOG = List.of();

  private static final List<Allowed> PRINTED =
      List.of(
          new Allowed(
              "JVM",
              "^\\[[0-9.]+s\\]\\[warning\\]\\[gc,alloc *\\] .*"
                  + "Retried waiting for GCLocker too often allocating [0-9]+ words$",
              "a collection of the JVM's had to wait for native code in between, as it does"
                  + " until JDK 21; no allocation has failed, or there would be a heap dump"));

  private Expectations() {}

  /**
   * Something that may be.
   *
   * @param who a regular expression of the clients it is allowed to
   * @param what a regular expression that is found in what they are told
   * @param why it is no fault
   */
  record Allowed(String who, String what, String why) {
    private boolean fits(String client, String text) {
      return Pattern.matches(who, client) && Pattern.compile(what).matcher(text).find();
    }
  }

  /** Why a client may be told this; null when it may not. */
  static String whyToldTo(String client, String text) {
    return why(FOR_CLIENTS, client, text);
  }

  /** Why there may be this line in the log; null when it is a fault. */
  static String whyLogged(String line) {
    return why(FOR_THE_LOG, "log", line);
  }

  /** Why the JVM may have printed this line; null when it is a fault. */
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
