package dev.hubkit.junit;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Finds the hub of a test class for code that JUnit does not call, such as a framework that starts
 * the application under test. {@link DefaultHub} registers it. Thread-safe.
 */
public final class HubLocator implements ExecutionCondition {
  private static final Map<Class<?>, ExtensionContext> RUNNING = new ConcurrentHashMap<>();

  /** Makes the extension; JUnit calls this. */
  public HubLocator() {}

  // JUnit evaluates conditions before it calls any other extension of the class, in whatever order
  // their annotations are.
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (context.getTestMethod().isEmpty()) {
      context.getTestClass().ifPresent(type -> run(type, context));
    }
    return ConditionEvaluationResult.enabled("It has a hub");
  }

  private static void run(Class<?> type, ExtensionContext context) {
    RUNNING.put(type, context);
    HubStore.of(context).put(HubStore.key("located", type, context), new Located(type, context));
  }

  /**
   * Returns a hub of a test class that JUnit runs, with what the class declares; starts it if
   * necessary.
   *
   * @param testClass the class, or a {@code @Nested} one
   * @param hub the {@linkplain WithHub#name() name} of the hub; empty for the only one, or the
   *     nameless
   * @throws IllegalStateException if JUnit Jupiter does not run the class, or nothing of the class
   *     registers this extension
   * @throws ExtensionConfigurationException if there is no such hub, or if it exists only while a
   *     test method runs
   */
  public static HubResource locate(Class<?> testClass, String hub) {
    ExtensionContext context = context(testClass);
    HubDefinitions hubs = HubDefinitions.nearest(context);
    HubDefinition definition = hubs.find(hub, testClass::getName);
    if (definition == null) {
      throw new ExtensionConfigurationException(
          "There is no hub \""
              + hub
              + "\" for "
              + testClass.getName()
              + ": add @WithHub(name = \""
              + hub
              + "\") to the class");
    }
    if (definition.isPerTest()) {
      throw new ExtensionConfigurationException(
          definition.describe()
              + " of "
              + testClass.getName()
              + " exists only while a test runs, but the application under test starts before: make"
              + " the hub PER_CLASS or PER_SUITE, without isolation = PER_TEST; reset ="
              + " BEFORE_EACH gives each test an empty hub");
    }
    HubContext scope = new HubContext(definition, hubs, context);
    scope.enterClass();
    return scope.resource();
  }

  private static ExtensionContext context(Class<?> testClass) {
    for (Class<?> each = testClass; each != null; each = each.getEnclosingClass()) {
      ExtensionContext context = RUNNING.get(each);
      if (context != null) {
        return context;
      }
    }
    throw new IllegalStateException(
        "JUnit Jupiter does not run "
            + testClass.getName()
            + " now, so it has no hub; with another test framework, start one with Hub.start");
  }

  /** The entry of a class, which JUnit removes by closing this. */
  private record Located(Class<?> type, ExtensionContext context) implements HubStore.Resource {
    @Override
    public void close() {
      RUNNING.remove(type, context);
    }
  }
}
