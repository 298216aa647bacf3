package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import dev.hubkit.nats.NatsCluster;
import dev.hubkit.nats.release.Compatibility;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/** Rejects declarations that could have no effect. */
final class DeclarationChecks {
  private DeclarationChecks() {}

  /**
   * Verifies that declarations have a hub, and one only.
   *
   * @throws ExtensionConfigurationException if the test, or the class, declares something for a hub
   *     and has none, or has two of one name
   * @throws org.junit.jupiter.api.extension.ParameterResolutionException if a declaration names an
   *     unknown hub, or none of several
   */
  static void requireHub(HubDefinitions hubs, ExtensionContext context) {
    BuiltHubs built = BuiltHubs.of(context);
    List<AnnotatedElement> elements = new ArrayList<>(HubDefinitions.enclosing(context));
    context.getTestMethod().ifPresent(elements::add);
    if (!hubs.all().isEmpty() || !built.definitions().isEmpty() || !built.complete()) {
      requireNames(HubDefinitions.annotated(context), built);
      elements.forEach(element -> requireKnownHubs(hubs, element, context));
      return;
    }
    boolean someMethodHasOne =
        !AnnotationSupport.findAnnotatedMethods(
                context.getRequiredTestClass(), WithHub.class, HierarchyTraversalMode.TOP_DOWN)
            .isEmpty();
    for (AnnotatedElement element : elements) {
      if (!someMethodHasOne || !(element instanceof Class<?>)) {
        rejectDeclarations(element, context);
      }
    }
  }

  private static void requireNames(HubDefinitions annotated, BuiltHubs built) {
    Set<String> names = new HashSet<>();
    annotated.all().forEach(each -> names.add(each.name()));
    built
        .byField()
        .forEach(
            (field, definition) -> {
              if (!names.add(definition.name())) {
                throw new ExtensionConfigurationException(
                    "The extension in the field "
                        + field
                        + " has "
                        + definition.describe()
                        + ", and so has another one, or @WithHub: give each a name of its own, by"
                        + " HubExtension.builder().name(\"…\"), or remove one of them");
              }
            });
  }

  private static void requireKnownHubs(
      HubDefinitions hubs, AnnotatedElement element, ExtensionContext context) {
    HubAnnotations annotations = HubAnnotations.on(element, context);
    annotations
        .declarations()
        .of(
            (hub, declaration) ->
                hubs.find(hub, () -> name(declaration) + " on " + element) != null);
    annotations.properties().forEach(each -> hubs.find(each.hub(), () -> name(each)));
  }

  /**
   * Verifies that no class declares anything for a hub that JUnit begins with the test.
   *
   * @throws ExtensionConfigurationException if one does
   */
  static void requireNoneOfClass(HubDefinitions hubs, HubDefinition hub, ExtensionContext context) {
    for (Class<?> type : HubDefinitions.enclosing(context)) {
      Annotation first = hubs.declared(type, hub).first();
      for (HubProperty each : HubAnnotations.on(type, context).properties()) {
        first = hub.equals(hubs.find(each.hub(), () -> name(each))) ? each : first;
      }
      if (first != null) {
        throw new ExtensionConfigurationException(
            name(first)
                + " on "
                + type
                + " has no effect on "
                + hub.describe()
                + ", because the field of its HubExtension is not static: make it static, or the"
                + " hub's lifecycle PER_METHOD");
      }
    }
  }

  private static void rejectDeclarations(AnnotatedElement element, ExtensionContext context) {
    HubAnnotations annotations = HubAnnotations.on(element, context);
    Annotation declared = annotations.declarations().first();
    if (declared == null && !annotations.properties().isEmpty()) {
      declared = annotations.properties().get(0);
    }
    if (declared == null) {
      declared = AnnotationSupport.findAnnotation(element, RecordHistory.class).orElse(null);
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

  private static void requireRelease(WithHub annotation, Object annotated) {
    String what = "@WithHub(compat = \"" + annotation.compat() + "\") on " + annotated;
    if (!annotation.nats()) {
      throw new ExtensionConfigurationException(
          what + " has no effect without NATS: remove it, or nats = false");
    }
    try {
      Compatibility.named(annotation.compat());
    } catch (IllegalArgumentException e) {
      throw new ExtensionConfigurationException(what + ": " + e.getMessage(), e);
    }
  }

  private static void requireServers(WithHub annotation, Object annotated) {
    int servers = annotation.servers();
    String what = "@WithHub(servers = " + servers + ") on " + annotated;
    if (servers < 1 || servers > NatsCluster.MOST_SERVERS) {
      throw new ExtensionConfigurationException(
          what + ": a hub has 1 to " + NatsCluster.MOST_SERVERS + " NATS servers");
    }
    if (servers == 1) {
      return;
    }
    String trouble =
        !annotation.nats()
            ? "has no effect without NATS: remove it, or nats = false"
            : annotation.acceptReplicas()
                ? "needs no acceptReplicas, since it has real replicas: remove acceptReplicas"
                : annotation.reset() == Reset.BEFORE_EACH
                    ? "has no snapshots to go back to: remove reset = BEFORE_EACH, or put @WithHub"
                        + " on the methods, so that each test has servers of its own"
                    : !annotation.upstream().isEmpty()
                        ? "cannot be a leaf node: remove upstream"
                        : annotation.keepOnFailure()
                            ? "has no snapshots to keep: remove keepOnFailure"
                            : "";
    if (!trouble.isEmpty()) {
      throw new ExtensionConfigurationException(what + " " + trouble);
    }
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
    if (annotation.acceptReplicas() && !annotation.nats()) {
      throw new ExtensionConfigurationException(
          "@WithHub(acceptReplicas = true) on "
              + annotated
              + " has no effect without NATS: remove it, or nats = false");
    }
    if (!annotation.compat().isEmpty()) {
      requireRelease(annotation, annotated);
    }
    requireServers(annotation, annotated);
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
              + " has no effect, because each test gets a hub of its own: remove the reset");
    }
  }

  /** Verifies that what was chosen in code makes sense together. */
  static void requireSense(HubLifecycle lifecycle, Reset reset, Isolation isolation) {
    if (reset == Reset.BEFORE_EACH
        && (lifecycle == HubLifecycle.PER_METHOD || isolation == Isolation.PER_TEST)) {
      throw new IllegalStateException(
          "reset(BEFORE_EACH) has no effect, because each test gets a hub of its own: remove it, or "
              + (isolation == Isolation.PER_TEST
                  ? "isolation(PER_TEST)"
                  : "lifecycle(PER_METHOD)"));
    }
  }

  /**
   * Verifies that a declaration has a name or a file with one.
   *
   * @throws ExtensionConfigurationException if it has neither
   */
  static void requireName(Annotation declaration, String name, String file) {
    if (name.isEmpty() && file.isEmpty()) {
      throw new ExtensionConfigurationException(
          name(declaration) + " has no name: add name = \"…\", or file = \"…\" with one");
    }
  }

  /** Names an annotation in messages, as it is written. */
  static String name(Annotation annotation) {
    String text = "@" + annotation.annotationType().getSimpleName();
    for (String attribute : List.of("name", "file", "value")) {
      try {
        Object value = annotation.annotationType().getMethod(attribute).invoke(annotation);
        if (!value.equals("")) {
          return text
              + "("
              + (attribute.equals("value") ? "" : attribute + " = ")
              + "\""
              + value
              + "\")";
        }
      } catch (ReflectiveOperationException e) {
        // This annotation has no such attribute.
      }
    }
    return text;
  }
}
