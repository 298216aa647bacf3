package dev.hubkit.junit.spring;

import dev.hubkit.junit.HubResource;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.cache.DefaultCacheAwareContextLoaderDelegate;

/**
 * An application that is connected to a hub. Spring keeps it in the context cache for other test
 * classes and closes it when the JVM ends, which would be after the hub.
 */
final class CachedContext implements AutoCloseable, ApplicationListener<ContextClosedEvent> {
  private final ConfigurableApplicationContext context;
  private final MergedContextConfiguration configuration;
  private final HubResource hub;

  CachedContext(
      ConfigurableApplicationContext context,
      MergedContextConfiguration configuration,
      HubResource hub) {
    this.context = context;
    this.configuration = configuration;
    this.hub = hub;
  }

  /** Starts to belong to the hub, until Spring closes the application. */
  void register() {
    hub.dependents().add(this);
    context.addApplicationListener(this);
  }

  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    if (event.getApplicationContext() == context) {
      hub.dependents().remove(this);
    }
  }

  // The delegate without arguments has the cache that Spring itself uses.
  @Override
  public void close() {
    try {
      new DefaultCacheAwareContextLoaderDelegate().closeContext(configuration, null);
    } finally {
      context.close();
    }
  }

  @Override
  public String toString() {
    return context.toString();
  }
}
