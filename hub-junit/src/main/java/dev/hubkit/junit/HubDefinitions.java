package dev.hubkit.junit;

import java.lang.reflect.AnnotatedElement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.platform.commons.support.AnnotationSupport;

/** The hubs of a test class or method, by name. One is kept per context, in JUnit's store. */
final class HubDefinitions {
  private final Map<String, HubDefinition> byName;
  private final @Nullable HubDefinition built;
  private final ExtensionContext context;

  private HubDefinitions(
      Map<String, HubDefinition> byName, @Nullable HubDefinition built, ExtensionContext context) {
    this.byName = byName;
    this.built = built;
    this.context = context;
  }

  /** Returns the one hub of an extension that a builder made. */
  static HubDefinitions of(HubDefinition built, ExtensionContext context) {
    return kept(
        built.origin(),
        context,
        () -> {
          HubDefinition completed = built.completed(context);
          HubDefinition definition =
              context.getTestMethod().map(completed::forMethod).orElse(completed);
          return new HubDefinitions(Map.of(built.name(), definition), built, context);
        });
  }

  /** Returns the hubs that annotations declare; of equal names the nearest. */
  static HubDefinitions annotated(ExtensionContext context) {
    return kept(WithHub.class, context, () -> read(context));
  }

  private static HubDefinitions kept(
      Object origin, ExtensionContext context, Supplier<HubDefinitions> make) {
    return HubStore.of(context)
        .getOrComputeIfAbsent(
            HubStore.key("hubs", origin, context), key -> make.get(), HubDefinitions.class);
  }

  private static HubDefinitions read(ExtensionContext context) {
    Map<String, HubDefinition> definitions = new LinkedHashMap<>();
    context.getTestMethod().ifPresent(method -> add(method, true, definitions, context));
    for (Class<?> type : enclosing(context)) {
      add(type, false, definitions, context);
    }
    if (definitions.isEmpty()) {
      addDefault(definitions, context);
    }
    context
        .getTestMethod()
        .ifPresent(method -> definitions.replaceAll((name, each) -> each.forMethod(method)));
    LeafNodeHubs.prepare(definitions, enclosing(context));
    return new HubDefinitions(definitions, null, context);
  }

  private static void addDefault(Map<String, HubDefinition> definitions, ExtensionContext context) {
    for (Class<?> type : enclosing(context)) {
      if (AnnotationSupport.isAnnotated(type, DefaultHub.class)
          && BuiltHubs.of(context).definitions().isEmpty()) {
        definitions.putIfAbsent("", HubDefinition.ofRun(context));
      }
    }
  }

  /** Returns the hubs that annotations declare, or else the one of an extension in a field. */
  static HubDefinitions nearest(ExtensionContext context) {
    HubDefinitions annotated = annotated(context);
    List<HubDefinition> built = BuiltHubs.of(context).definitions();
    return annotated.byName.isEmpty() && !built.isEmpty() ? of(built.get(0), context) : annotated;
  }

  private static void add(
      AnnotatedElement element,
      boolean onMethod,
      Map<String, HubDefinition> definitions,
      ExtensionContext context) {
    Set<String> here = new HashSet<>();
    for (WithHub annotation : HubAnnotations.on(element, context).hubs()) {
      if (!here.add(annotation.name())) {
        throw new ExtensionConfigurationException(
            "Two hubs on "
                + element
                + " are named \""
                + annotation.name()
                + "\": give each a name of its own, @WithHub(name = \"…\")");
      }
      definitions.putIfAbsent(
          annotation.name(), HubDefinition.of(annotation, element, onMethod, context));
    }
  }

  /**
   * Returns the test class and the classes that JUnit runs it in, from the inside out. A nested
   * class that was inherited runs in the subclass, not in the class that it is written in.
   */
  static List<Class<?>> enclosing(ExtensionContext context) {
    Set<Class<?>> types = new LinkedHashSet<>();
    for (Optional<ExtensionContext> each = Optional.of(context);
        each.isPresent();
        each = each.get().getParent()) {
      each.get().getTestClass().ifPresent(types::add);
    }
    return List.copyOf(types);
  }

  /** Returns the upstream of a hub; null for none. */
  @Nullable HubDefinition upstreamOf(HubDefinition definition) {
    return definition.upstream().isEmpty() ? null : byName.get(definition.upstream());
  }

  /** Returns all hubs, by name, so that tests wait for several in one order. */
  List<HubDefinition> all() {
    return byName.values().stream().sorted(Comparator.comparing(HubDefinition::name)).toList();
  }

  /**
   * Returns the hub of a name; null when another extension may have it.
   *
   * @param wanted names the parameter, field or declaration in messages
   */
  @Nullable HubDefinition find(String name, Supplier<String> wanted) {
    HubDefinition exact = byName.get(name);
    if (exact != null) {
      return exact;
    }
    Set<String> others = new TreeSet<>();
    boolean complete = addOthers(others);
    Set<String> all = new TreeSet<>(byName.keySet());
    all.addAll(others);
    if (name.isEmpty() && all.size() == 1 && !byName.isEmpty()) {
      return byName.values().iterator().next();
    }
    if (others.contains(name)
        || !complete
        || all.isEmpty()
        || (name.isEmpty() && all.size() == 1)) {
      return null;
    }
    String names = all.stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(", "));
    throw new ParameterResolutionException(
        name.isEmpty()
            ? "There are several hubs ("
                + names
                + "): say which with @FromHub(\"…\"), or the attribute hub = \"…\", on "
                + wanted.get()
            : "There is no hub \""
                + name
                + "\" for "
                + wanted.get()
                + "; there are "
                + names
                + ": name one of them, or add @WithHub(name = \""
                + name
                + "\")");
  }

  /** Adds the names of hubs that other extensions have; returns whether these are all. */
  private boolean addOthers(Set<String> names) {
    BuiltHubs inCode = BuiltHubs.of(context);
    inCode.definitions().stream()
        .filter(each -> built == null || !each.origin().equals(built.origin()))
        .forEach(each -> names.add(each.name()));
    if (built != null) {
      names.addAll(annotated(context).byName.keySet());
    }
    return inCode.complete();
  }

  /** Returns what a class or method declares for a hub. */
  Declarations declared(AnnotatedElement element, HubDefinition definition) {
    Declarations declared =
        HubAnnotations.on(element, context)
            .declarations()
            .of(
                (name, declaration) ->
                    definition.equals(
                        find(name, () -> DeclarationChecks.name(declaration) + " on " + element)));
    DeclarationChecks.requireServices(definition, declared, element);
    return declared;
  }

  /** Returns what the enclosing classes and the method declare for a hub, from the outside in. */
  List<Declarations> declared(HubDefinition definition) {
    List<AnnotatedElement> elements = new ArrayList<>(enclosing(context));
    Collections.reverse(elements);
    context.getTestMethod().ifPresent(elements::add);
    return elements.stream().map(element -> declared(element, definition)).toList();
  }
}
