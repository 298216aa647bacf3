package dev.hubkit.conformance;

import java.lang.reflect.InvocationTargetException;

/**
 * The main class of a test JVM: tells the published tests to wait longer for the servers they
 * start, then runs JUnit's console launcher. The tests expect a machine that has nothing else to
 * do, and give up after 0.3 s.
 */
final class PatientLauncher {
  private static final int TRIES = 400;
  private static final long DELAY_MILLIS = 50;

  private PatientLauncher() {}

  /** Starts JUnit with {@code args}. */
  public static void main(String[] args) throws ReflectiveOperationException {
    // Initialises the class, which would otherwise overwrite the value below.
    Class<?> runner = Class.forName("io.nats.client.NatsTestServer").getSuperclass();
    runner.getMethod("setDefaultValidateTries", int.class).invoke(null, TRIES);
    runner.getMethod("setDefaultInitialValidateDelay", long.class).invoke(null, DELAY_MILLIS);
    runner.getMethod("setDefaultSubsequentValidateDelay", long.class).invoke(null, DELAY_MILLIS);
    try {
      Class.forName("org.junit.platform.console.ConsoleLauncher")
          .getMethod("main", String[].class)
          .invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
