package dev.hubkit.junit;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Sets the system properties of {@link HubProperty}. */
final class SystemProperties {
  private SystemProperties() {}

  /** Sets the properties of a class, until its tests have run. */
  static void set(HubDefinitions hubs, ExtensionContext context) {
    List<HubProperty> wanted =
        HubAnnotations.on(context.getRequiredTestClass(), context).properties();
    if (wanted.isEmpty()) {
      return;
    }
    Map<String, @Nullable String> before = new LinkedHashMap<>();
    for (HubProperty each : wanted) {
      HubDefinition definition = hubs.find(each.hub(), () -> DeclarationChecks.name(each));
      if (definition != null) {
        HubResource hub = new HubContext(definition, hubs, context).resource();
        DeclarationChecks.requireService(hub, each.service(), DeclarationChecks.name(each));
        before.put(each.name(), System.setProperty(each.name(), value(each, hub)));
      }
    }
    HubStore.of(context).put(HubStore.key("properties", hubs, context), new Restored(before));
  }

  private static String value(HubProperty property, HubResource hub) {
    URI url = hub.url(property.service());
    return switch (property.part()) {
      case URL -> property.service() == Service.NATS ? hub.natsUrl() : hub.fossilUrl();
      case HOST -> url.getHost();
      case PORT -> String.valueOf(url.getPort());
    };
  }

  /** The previous values of the properties, which JUnit restores by closing this. */
  private record Restored(Map<String, @Nullable String> before) implements HubStore.Resource {
    @Override
    public void close() {
      before.forEach(
          (name, value) -> {
            if (value == null) {
              System.clearProperty(name);
            } else {
              System.setProperty(name, value);
            }
          });
    }
  }
}
