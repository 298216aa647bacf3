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
    Baseline baseline = get(ofClass);
    if (baseline == null) {
      put(ofClass, hub.snapshot());
    } else {
      hub.rewind(baseline.snapshot());
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
      Baseline baseline = get(outer.get());
      if (baseline != null) {
        return baseline.snapshot();
      }
    }
    return null;
  }

  private void put(ExtensionContext ofClass, HubSnapshot snapshot) {
    HubStore.of(ofClass).put(key(ofClass), new Baseline(snapshot));
  }

  private @Nullable Baseline get(ExtensionContext ofClass) {
    return HubStore.of(ofClass).get(key(ofClass), Baseline.class);
  }

  private Object key(ExtensionContext ofClass) {
    return HubStore.key("baseline", definition.key(), ofClass);
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

  private record Baseline(HubSnapshot snapshot) {}
}
