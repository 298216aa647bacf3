package dev.hubkit.junit;

import org.junit.jupiter.api.extension.ExtensionContext;

/** Short names of tests, for messages and for the connections of clients. */
final class TestNames {
  private TestNames() {}

  /** Returns the class and method of a test, such as {@code OrdersTest.ordersArrive}. */
  static String of(ExtensionContext context) {
    return context.getTestClass().map(TestNames::of).orElse("the test run")
        + context.getTestMethod().map(method -> "." + method.getName()).orElse("");
  }

  private static String of(Class<?> type) {
    String name = type.getName();
    return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
  }
}
