package dev.hubkit.junit;

import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** The NATS client of the tests, which is theirs to bring, and not there where none is needed. */
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

  /** Whether it is on the class path. */
  static boolean isPresent() {
    return PRESENT;
  }

  /**
   * Fails without it.
   *
   * @param use what it is needed for, as in "is made"
   */
  static void require(String use) {
    if (!PRESENT) {
      throw new ExtensionConfigurationException(
          use + " by the NATS client, which is not on the class path: add io.nats:jnats");
    }
  }
}
