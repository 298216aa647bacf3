package dev.hubkit.junit.spring;

import dev.hubkit.junit.HubAddresses;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.UserLogin;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetailsFactories;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.support.TestPropertySourceUtils;
import org.springframework.util.ClassUtils;

/**
 * Connects an application to a hub. A record, and part of the key of Spring's context cache, so
 * that Spring shares an application only between classes of the same hub.
 */
record HubContextCustomizer(HubResource hub, String user, List<String> properties)
    implements ContextCustomizer {
  private static final boolean BOOT =
      ClassUtils.isPresent(
          "org.springframework.boot.autoconfigure.service.connection.ConnectionDetails",
          HubContextCustomizer.class.getClassLoader());

  @Override
  public void customizeContext(
      ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
    HubAddresses addresses = HubAddresses.of(hub, user);
    Map<String, Object> known = new LinkedHashMap<>(addresses.properties());
    known.putAll(
        addresses.properties(
            "nats.spring.server", null, "nats.spring.username", "nats.spring.password"));
    if (addresses.natsUrl() != null) {
      known.put("nats.url", addresses.natsUrl());
    }
    known.putAll(
        TestPropertySourceUtils.convertInlinedPropertiesToMap(properties.toArray(new String[0])));
    context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("hub", known));
    ConfigurableListableBeanFactory beans = context.getBeanFactory();
    beans.registerSingleton("hubResource", hub);
    if (BOOT) {
      Boot.register(beans, addresses, hub);
    }
    new CachedContext(context, configuration, hub).register();
  }

  /** What needs the classes of Spring Boot. */
  private static final class Boot {
    private Boot() {}

    static void register(
        ConfigurableListableBeanFactory beans, HubAddresses addresses, HubResource hub) {
      UserLogin login = addresses.login();
      beans.registerSingleton(
          "hubConnectionDetails",
          new HubConnectionDetails(
              addresses.natsUrl(),
              addresses.fossilUrl(),
              login == null ? null : login.user(),
              login == null ? null : login.password()));
      new ConnectionDetailsFactories(HubContextCustomizer.class.getClassLoader())
          .getConnectionDetails(hub, false)
          .forEach(
              (type, details) ->
                  beans.registerSingleton("hubConnectionDetails." + type.getName(), details));
    }
  }
}
