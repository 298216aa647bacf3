package dev.hubkit.junit.spring;

import dev.hubkit.junit.HubLocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * Finds the hub of a test class with {@link HubServiceConnection}. Spring finds this class in
 * {@code META-INF/spring.factories}. Thread-safe.
 */
@SuppressWarnings("exports") // Spring is an optional library
public final class HubContextCustomizerFactory implements ContextCustomizerFactory {
  /** Makes the factory; Spring calls this. */
  public HubContextCustomizerFactory() {}

  @Override
  public @Nullable ContextCustomizer createContextCustomizer(
      Class<?> testClass, List<ContextConfigurationAttributes> attributes) {
    HubServiceConnection annotation =
        TestContextAnnotationUtils.findMergedAnnotation(testClass, HubServiceConnection.class);
    return annotation == null
        ? null
        : new HubContextCustomizer(
            HubLocator.locate(testClass, annotation.value()),
            annotation.user(),
            List.of(annotation.properties()));
  }
}
