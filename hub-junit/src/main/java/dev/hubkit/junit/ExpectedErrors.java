package dev.hubkit.junit;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Options;
import io.nats.client.impl.ErrorListenerLoggerImpl;
import java.util.function.BooleanSupplier;

/**
 * The error listener of connections that the toolkit opens: the one of the NATS client, but silent
 * about errors that a test has caused on purpose.
 */
final class ExpectedErrors extends ErrorListenerLoggerImpl {
  private final BooleanSupplier expected;

  private ExpectedErrors(BooleanSupplier expected) {
    this.expected = expected;
  }

  /**
   * Returns options whose error listener ignores expected errors, unless the caller has chosen one.
   *
   * @param expected returns whether the test has injected faults into connections
   */
  static Options ignoredBy(Options.Builder options, BooleanSupplier expected) {
    Options built = options.build();
    ErrorListener chosen = built.getErrorListener();
    return chosen == null || chosen.getClass() == ErrorListenerLoggerImpl.class
        ? options.errorListener(new ExpectedErrors(expected)).build()
        : built;
  }

  @Override
  public void exceptionOccurred(Connection connection, Exception exception) {
    if (!expected.getAsBoolean()) {
      super.exceptionOccurred(connection, exception);
    }
  }

  @Override
  public void errorOccurred(Connection connection, String error) {
    if (!expected.getAsBoolean()) {
      super.errorOccurred(connection, error);
    }
  }
}
