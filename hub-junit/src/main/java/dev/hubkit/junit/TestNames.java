package dev.hubkit.junit;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Short names of tests, for messages and for the connections of clients. */
final class TestNames {
  private TestNames() {}

  // JUnit writes the number of an invocation as "[test-template-invocation:#3]".
  private static final Pattern INVOCATION = Pattern.compile(":#(\\d+)\\]");

  /**
   * Returns the class and method of a test, such as {@code OrdersTest.ordersArrive}, with the
   * number of the invocation if it is one of several, as in {@code OrdersTest.ordersArrive[2]}.
   */
  static String of(ExtensionContext context) {
    StringBuilder name =
        new StringBuilder(context.getTestClass().map(TestNames::of).orElse("the test run"));
    context.getTestMethod().ifPresent(method -> name.append('.').append(method.getName()));
    Matcher invocation = INVOCATION.matcher(context.getUniqueId());
    while (invocation.find()) {
      name.append('[').append(invocation.group(1)).append(']');
    }
    return name.toString();
  }

  private static String of(Class<?> type) {
    String name = type.getName();
    return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
  }
}
