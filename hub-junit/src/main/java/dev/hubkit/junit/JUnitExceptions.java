package dev.hubkit.junit;

import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.opentest4j.TestAbortedException;

/**
 * Exceptions that JUnit knows, for classes that also work without JUnit: the JVM could not load a
 * class that throws one of them itself.
 */
final class JUnitExceptions {
  private static final boolean PRESENT = isFound();

  private JUnitExceptions() {}

  private static boolean isFound() {
    try {
      Class.forName(
          "org.junit.jupiter.api.extension.ExtensionConfigurationException",
          false,
          JUnitExceptions.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Returns an exception that skips the test; without JUnit one that fails it. */
  static RuntimeException skipping(String reason) {
    return PRESENT ? OfJUnit.skipping(reason) : new IllegalStateException(reason);
  }

  /** Returns an exception about a wrong declaration or argument. */
  static RuntimeException wrongUse(String message) {
    return PRESENT ? OfJUnit.wrongUse(message) : new IllegalArgumentException(message);
  }

  /** Needs JUnit. */
  private static final class OfJUnit {
    private OfJUnit() {}

    static RuntimeException skipping(String reason) {
      return new TestAbortedException(reason);
    }

    static RuntimeException wrongUse(String message) {
      return new ExtensionConfigurationException(message);
    }
  }
}
