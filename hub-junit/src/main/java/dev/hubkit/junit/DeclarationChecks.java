package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** Rejects declarations that could have no effect. */
final class DeclarationChecks {
  private DeclarationChecks() {}

  /**
   * Verifies that declarations have a hub.
   *
   * @throws ExtensionConfigurationException if the test, or the class, declares something for a hub
   *     and has none
   */
  static void requireHub(HubDefinitions hubs, ExtensionContext context) {
    if (!hubs.all().isEmpty() || context.getTestClass().stream().anyMatch(type -> hasBuilt(type))) {
      return;
    }
    context.getTestMethod().ifPresent(method -> rejectDeclarations(method, context));
    for (Class<?> type : HubDefinitions.enclosing(context)) {
      if (AnnotationSupport.findAnnotatedMethods(
              context.getRequiredTestClass(), WithHub.class, HierarchyTraversalMode.TOP_DOWN)
          .isEmpty()) {
        rejectDeclarations(type, context);
      }
    }
  }

  private static void rejectDeclarations(AnnotatedElement element, ExtensionContext context) {
    HubAnnotations annotations = HubAnnotations.on(element, context);
    Annotation declared = annotations.declarations().first();
    if (declared == null && !annotations.properties().isEmpty()) {
      declared = annotations.properties().get(0);
    }
    if (declared != null) {
      throw new ExtensionConfigurationException(
          name(declared)
              + " on "
              + element
              + " has no hub: add @WithHub to the class, or a @RegisterExtension field with a"
              + " HubExtension");
    }
  }

  // A hub that is built in code, by an extension in a field of the class or of one around it.
  private static boolean hasBuilt(@Nullable Class<?> type) {
    for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
      if (!ReflectionSupport.findFields(
              each,
              field ->
                  field.getType() == HubExtension.class
                      && field.isAnnotationPresent(RegisterExtension.class),
              HierarchyTraversalMode.TOP_DOWN)
          .isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Verifies that the hub of declarations serves what they need.
   *
   * @throws ExtensionConfigurationException if it does not
   */
  static void requireServices(HubDefinition hub, Declarations declared, AnnotatedElement element) {
    if (declared.isEmpty()) {
      return;
    }
    HubOptions options = hub.options().get();
    if (options.fossil() instanceof Backend.Off) {
      declared
          .seed()
          .ifPresent(seed -> reject(name(seed) + " on " + element, Service.FOSSIL, hub.describe()));
    }
    if (options.nats() instanceof Backend.Off) {
      Annotation first = declared.onlyOfNats().first();
      if (first != null) {
        reject(name(first) + " on " + element, Service.NATS, hub.describe());
      }
    }
  }

  /**
   * Verifies that a hub serves what a parameter, field or property needs.
   *
   * @throws ExtensionConfigurationException if it does not
   */
  static void requireService(HubResource hub, Service service, String wanted) {
    boolean served =
        (service == Service.NATS ? hub.hub().owner().nats() : hub.hub().owner().fossil()) != null;
    if (!served) {
      reject(wanted, service, hub.name().isEmpty() ? "the hub" : "the hub \"" + hub.name() + "\"");
    }
  }

  private static void reject(String wanted, Service service, String hub) {
    boolean nats = service == Service.NATS;
    throw new ExtensionConfigurationException(
        wanted
            + " needs "
            + (nats ? "NATS" : "Fossil")
            + ", which "
            + hub
            + " was started without: remove "
            + (nats ? "\"nats = false\"" : "\"fossil = false\"")
            + " from @WithHub, or "
            + (nats ? "withoutNats()" : "withoutFossil()")
            + " from the builder");
  }

  /** Verifies that the attributes of an annotation make sense together. */
  static void requireSense(
      WithHub annotation, boolean onMethod, HubLifecycle lifecycle, Object annotated) {
    if (!annotation.fossil() && !annotation.nats()) {
      throw new ExtensionConfigurationException(
          "@WithHub(fossil = false, nats = false) on "
              + annotated
              + " leaves nothing to start: remove one of the two");
    }
    if (onMethod
        && annotation.lifecycle() != HubLifecycle.DEFAULT
        && annotation.lifecycle() != HubLifecycle.PER_METHOD) {
      throw new ExtensionConfigurationException(
          "@WithHub(lifecycle = "
              + annotation.lifecycle()
              + ") on "
              + annotated
              + " has no effect, because a hub on a method lives for that test: put the annotation"
              + " on the class, or remove the lifecycle");
    }
    if (annotation.reset() == Reset.BEFORE_EACH
        && (lifecycle == HubLifecycle.PER_METHOD || annotation.isolation() == Isolation.PER_TEST)) {
      throw new ExtensionConfigurationException(
          "@WithHub(reset = BEFORE_EACH) on "
              + annotated
              + " has no effect, because each test gets a hub, or a part of one, of its own: remove"
              + " the reset");
    }
  }

  /** Names an annotation in messages, as it is written. */
  static String name(Annotation annotation) {
    String text = "@" + annotation.annotationType().getSimpleName();
    for (String attribute : List.of("name", "value")) {
      try {
        Object value = annotation.annotationType().getMethod(attribute).invoke(annotation);
        return text + "(" + (attribute.equals("name") ? "name = " : "") + "\"" + value + "\")";
      } catch (ReflectiveOperationException e) {
        // This annotation has no such attribute.
      }
    }
    return text;
  }
}
