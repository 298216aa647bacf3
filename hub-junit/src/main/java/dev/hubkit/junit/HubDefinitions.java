package dev.hubkit.junit;

import java.lang.reflect.AnnotatedElement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.platform.commons.support.AnnotationSupport;

/** The hubs that a test class or method has, by name. */
final class HubDefinitions {
  private final Map<String, HubDefinition> byName;
  private final boolean built;

  private HubDefinitions(Map<String, HubDefinition> byName, boolean built) {
    this.byName = byName;
    this.built = built;
  }

  /** The one that an extension was built for. */
  static HubDefinitions of(HubDefinition built, ExtensionContext context) {
    return new HubDefinitions(Map.of(built.name(), built.completed(context)), true);
  }

  /** What the annotations say, the nearest first in case of equal names. */
  static HubDefinitions annotated(ExtensionContext context) {
    Map<String, HubDefinition> definitions = new LinkedHashMap<>();
    context.getTestMethod().ifPresent(method -> add(method, true, definitions, context));
    for (Class<?> type : enclosing(context)) {
      add(type, false, definitions, context);
    }
    return new HubDefinitions(definitions, false);
  }

  private static void add(
      AnnotatedElement element,
      boolean onMethod,
      Map<String, HubDefinition> definitions,
      ExtensionContext context) {
    List<WithHub> annotations = AnnotationSupport.findRepeatableAnnotations(element, WithHub.class);
    List<String> here = new ArrayList<>();
    for (WithHub annotation : annotations) {
      if (here.contains(annotation.name())) {
        throw new ExtensionConfigurationException(
            "Two hubs on "
                + element
                + " are named \""
                + annotation.name()
                + "\": give each a name of its own, @WithHub(name = \"…\")");
      }
      here.add(annotation.name());
      definitions.putIfAbsent(
          annotation.name(), HubDefinition.of(annotation, element, onMethod, context));
    }
  }

  /** The test class and those it is nested in, from the inside out. */
  static List<Class<?>> enclosing(ExtensionContext context) {
    List<Class<?>> types = new ArrayList<>();
    Optional<Class<?>> type = context.getTestClass();
    while (type.isPresent()) {
      types.add(type.get());
      type = Optional.ofNullable(type.get().getEnclosingClass());
    }
    return types;
  }

  /** All of them, in the order of their names, in which several are waited for. */
  List<HubDefinition> all() {
    return byName.values().stream().sorted(Comparator.comparing(HubDefinition::name)).toList();
  }

  /** The definition of that name; null when another extension has it. */
  @Nullable HubDefinition find(String name, String wanted) {
    HubDefinition exact = byName.get(name);
    if (exact != null) {
      return exact;
    }
    if (name.isEmpty() && byName.size() == 1) {
      return byName.values().iterator().next();
    }
    if (built || byName.isEmpty()) {
      return null;
    }
    String names =
        byName.keySet().stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(", "));
    throw new ParameterResolutionException(
        name.isEmpty()
            ? "There are several hubs (" + names + "): say which with @FromHub(\"…\") on " + wanted
            : "There is no hub \"" + name + "\" for " + wanted + "; there are " + names);
  }

  /** What a class or method declares for a hub. */
  Declarations declared(AnnotatedElement element, HubDefinition definition) {
    Predicate<String> mine = name -> definition.equals(find(name, "a declaration on " + element));
    return Declarations.on(element).of(mine);
  }

  /** What all classes around a test and its method declare for a hub, from the outside in. */
  List<Declarations> declared(HubDefinition definition, ExtensionContext context) {
    List<AnnotatedElement> elements = new ArrayList<>(enclosing(context));
    Collections.reverse(elements);
    context.getTestMethod().ifPresent(elements::add);
    return elements.stream().map(element -> declared(element, definition)).toList();
  }
}
