package dev.hubkit.examples.spring;

import java.util.List;
import java.util.Map;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Tells Spring where the hub is. Spring finds this class through {@code META-INF/spring.factories}.
 */
class HubContextCustomizerFactory implements ContextCustomizerFactory {
  @Override
  public ContextCustomizer createContextCustomizer(
      Class<?> testClass, List<ContextConfigurationAttributes> attributes) {
    return AnnotatedElementUtils.hasAnnotation(testClass, HubServiceConnection.class)
        ? new HubAddress(System.getProperty(HubServiceConnection.ADDRESS))
        : null;
  }

  /** A record, so that Spring shares an application only between tests that use the same hub. */
  private record HubAddress(String nats) implements ContextCustomizer {
    @Override
    public void customizeContext(
        ConfigurableApplicationContext context, MergedContextConfiguration merged) {
      context
          .getEnvironment()
          .getPropertySources()
          .addFirst(new MapPropertySource("hub", Map.of("nats.server", nats)));
    }
  }
}
