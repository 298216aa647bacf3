package dev.hubkit.junit;

/** The NATS client library, which tests bring if they need it. */
final class NatsClient {
  private static final boolean PRESENT = isFound();

  private NatsClient() {}

  private static boolean isFound() {
    try {
      Class.forName("io.nats.client.Connection", false, NatsClient.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Returns whether the library is on the class path. */
  static boolean isPresent() {
    return PRESENT;
  }

  /**
   * Fails if the library is missing.
   *
   * @param use what needs it, as in "streams are created"
   */
  static void require(String use) {
    if (!PRESENT) {
      throw JUnitExceptions.wrongUse(
          use + " by the NATS client, which is not on the class path: add io.nats:jnats");
    }
  }
}
