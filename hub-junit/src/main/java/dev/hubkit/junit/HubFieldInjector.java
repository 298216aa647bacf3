package dev.hubkit.junit;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;

/** Injects what a hub has into the fields of test classes and their instances. */
final class HubFieldInjector implements TestInstancePostProcessor {
  private static final String FILLED = "instance filled";

  private final Function<ExtensionContext, HubDefinitions> hubs;

  /**
   * Makes an injector.
   *
   * @param hubs finds the hubs of a context
   */
  HubFieldInjector(Function<ExtensionContext, HubDefinitions> hubs) {
    this.hubs = hubs;
  }

  /** Fills the static fields of the test class. */
  void injectStaticFields(ExtensionContext context) {
    inject(null, context.getRequiredTestClass(), context, definition -> true);
  }

  @Override
  public void postProcessTestInstance(Object instance, ExtensionContext context) {
    boolean inTest = context.getTestMethod().isPresent();
    inject(instance, instance.getClass(), context, hub -> inTest || !hub.isPerTest());
    if (inTest) {
      HubStore.of(context).put(HubStore.key(FILLED, this, context), true);
    }
  }

  /**
   * Fills the fields that could not be filled when JUnit made the instance, because it did so
   * before there was a test: up to JUnit 5.11, or with one instance per class.
   */
  void injectPerTestFields(ExtensionContext context) {
    if (HubStore.of(context).get(HubStore.key(FILLED, this, context)) == null) {
      context
          .getTestInstances()
          .ifPresent(
              instances ->
                  instances
                      .getAllInstances()
                      .forEach(
                          instance ->
                              inject(
                                  instance,
                                  instance.getClass(),
                                  context,
                                  HubDefinition::isPerTest)));
    }
  }

  private void inject(
      @Nullable Object instance,
      Class<?> type,
      ExtensionContext context,
      Predicate<HubDefinition> which) {
    for (InjectionPoint point : InjectionPoint.fields(type, instance == null, context)) {
      Field field = (Field) point.element();
      if (Modifier.isFinal(field.getModifiers())) {
        if (!point.isQualified()) {
          // The constructor fills it.
          continue;
        }
        throw new ExtensionConfigurationException(
            "A hub cannot be injected into the final field " + field + ": drop the \"final\"");
      }
      HubDefinitions known = hubs.apply(context);
      HubDefinition definition = known.find(point.hubName(), field::toString);
      if (definition != null && which.test(definition)) {
        HubContext scope = new HubContext(definition, known, context);
        set(field, instance, InjectedValues.of(point, scope.resource(), context));
      }
    }
  }

  private static void set(Field field, @Nullable Object instance, Object value) {
    try {
      field.setAccessible(true);
      field.set(instance, value);
    } catch (IllegalAccessException e) {
      throw new ExtensionConfigurationException("Cannot set " + field, e);
    }
  }
}
