package dev.hubkit.junit;

import dev.hubkit.HubSnapshot;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The snapshots that a hub is reset to: its state before the first test of each class. */
final class Baselines {
  private final HubDefinition definition;
  private final ExtensionContext context;

  /** Makes the view of a context. */
  Baselines(HubDefinition definition, ExtensionContext context) {
    this.definition = definition;
    this.context = context;
  }

  /** Resets the hub to its state before the first test of the class, which it first records. */
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

  /** Records the state that each test of this class begins with. */
  void put(HubSnapshot snapshot) {
    put(context, snapshot);
  }

  /** Returns the baseline of the nearest enclosing class that has one; null for none. */
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

  /** Returns the context of the test's class. */
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
