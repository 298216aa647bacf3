package dev.hubkit.junit;

import dev.hubkit.HubSnapshot;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The states that a hub is put back to: what it was before the first test of each class. */
final class Baselines {
  private final HubDefinition definition;
  private final ExtensionContext context;

  /** Those that are known in a context. */
  Baselines(HubDefinition definition, ExtensionContext context) {
    this.definition = definition;
    this.context = context;
  }

  /** What the first test of a class finds is what the others find. */
  void rewind(HubResource hub) {
    ExtensionContext ofClass = ofClass(context);
    Begin begin = get(ofClass);
    if (begin == null) {
      put(ofClass, hub.snapshot());
    } else {
      hub.rewind(begin.snapshot());
    }
    hub.journal().clear();
  }

  /** Says what the tests of this class are to find. */
  void put(HubSnapshot snapshot) {
    put(context, snapshot);
  }

  /** What the nearest class around this one, whose tests have run, began with; null for none. */
  @Nullable HubSnapshot around() {
    for (Optional<ExtensionContext> outer = context.getParent();
        outer.isPresent();
        outer = outer.get().getParent()) {
      Begin begin = get(outer.get());
      if (begin != null) {
        return begin.snapshot();
      }
    }
    return null;
  }

  private void put(ExtensionContext ofClass, HubSnapshot snapshot) {
    HubExtension.store(ofClass).put(key(ofClass), new Begin(snapshot));
  }

  private @Nullable Begin get(ExtensionContext ofClass) {
    return HubExtension.store(ofClass).get(key(ofClass), Begin.class);
  }

  private Object key(ExtensionContext ofClass) {
    return new Key(definition.key(), ofClass.getUniqueId());
  }

  /** The context of the class that a test is in. */
  static ExtensionContext ofClass(ExtensionContext from) {
    ExtensionContext found = from;
    while (found.getTestMethod().isPresent()) {
      ExtensionContext parent = found.getParent().orElse(found);
      if (parent == found) {
        break;
      }
      found = parent;
    }
    return found;
  }

  // The key holds the context, for a store also looks into those of the contexts around it.
  private record Key(Object hub, String context) {}

  private record Begin(HubSnapshot snapshot) {}
}
