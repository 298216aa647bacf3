package dev.hubkit.junit;

import java.lang.reflect.Field;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestInstances;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ModifierSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * The hubs of a test that are built in code, by extensions in fields of its class and of those
 * around it.
 *
 * @param byField the definitions, by the field of their extension
 * @param complete whether these are all; fields of an instance can only be read once there is one
 */
record BuiltHubs(Map<Field, HubDefinition> byField, boolean complete) {

  /** Returns the hubs of a test, or of a class; once they are complete, they are kept. */
  static BuiltHubs of(ExtensionContext context) {
    Object key = HubStore.key("built hubs", BuiltHubs.class, context);
    ExtensionContext.Store store = HubStore.of(context);
    BuiltHubs kept = store.get(key, BuiltHubs.class);
    if (kept == null) {
      kept = find(context);
      if (kept.complete()) {
        store.put(key, kept);
      }
    }
    return kept;
  }

  private static BuiltHubs find(ExtensionContext context) {
    Map<Field, HubDefinition> found = new LinkedHashMap<>();
    boolean complete = true;
    for (Class<?> type : HubDefinitions.enclosing(context)) {
      for (Field field :
          AnnotationSupport.findAnnotatedFields(
              type, RegisterExtension.class, each -> true, HierarchyTraversalMode.TOP_DOWN)) {
        Optional<Object> instance = instance(field, context);
        if (instance.isEmpty() && !ModifierSupport.isStatic(field)) {
          complete &= !mayHold(field.getType());
        } else if (read(field, instance.orElse(null)) instanceof HubExtension extension) {
          extension.built().ifPresent(definition -> found.put(field, definition));
        }
      }
    }
    return new BuiltHubs(found, complete);
  }

  private static Optional<Object> instance(Field field, ExtensionContext context) {
    return ModifierSupport.isStatic(field)
        ? Optional.empty()
        : context.getTestInstances().flatMap(all -> find(all, field.getDeclaringClass()));
  }

  private static Optional<Object> find(TestInstances instances, Class<?> type) {
    return instances.getAllInstances().stream().filter(type::isInstance).findFirst();
  }

  private static @Nullable Object read(Field field, @Nullable Object instance) {
    return ReflectionSupport.tryToReadFieldValue(field, instance).toOptional().orElse(null);
  }

  private static boolean mayHold(Class<?> type) {
    return type == HubExtension.class || type.isAssignableFrom(Extension.class);
  }

  /** Returns the definitions. */
  List<HubDefinition> definitions() {
    return List.copyOf(byField.values());
  }
}
