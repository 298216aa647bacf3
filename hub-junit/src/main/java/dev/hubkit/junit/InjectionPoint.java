package dev.hubkit.junit;

import dev.hubkit.junit.history.History;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * A parameter or field, with the qualifiers that say what to inject into it.
 *
 * @param description names it in messages
 */
record InjectionPoint(
    AnnotatedElement element,
    Class<?> type,
    String description,
    Optional<FromHub> fromHub,
    Optional<HubPort> port,
    Optional<HubUrl> url,
    Optional<Bucket> bucket,
    Optional<AsUser> asUser) {

  /** Returns a parameter; its annotations are read once and kept in JUnit's store. */
  static InjectionPoint of(Parameter parameter, ExtensionContext context) {
    return HubStore.of(context)
        .getOrComputeIfAbsent(
            new ParameterKey(parameter),
            key ->
                read(
                    parameter,
                    parameter.getType(),
                    "parameter " + parameter + " of " + parameter.getDeclaringExecutable()),
            InjectionPoint.class);
  }

  /**
   * Returns the fields of a class that a hub fills; their annotations are read once per class and
   * kept in JUnit's store.
   */
  static List<InjectionPoint> fields(Class<?> type, boolean ofClass, ExtensionContext context) {
    return HubStore.of(Baselines.ofClass(context))
        .getOrComputeIfAbsent(
            new FieldsKey(type, ofClass), key -> read(type, ofClass), FieldPoints.class)
        .points();
  }

  private static FieldPoints read(Class<?> type, boolean ofClass) {
    return new FieldPoints(
        ReflectionSupport.findFields(
                type,
                field -> Modifier.isStatic(field.getModifiers()) == ofClass,
                HierarchyTraversalMode.TOP_DOWN)
            .stream()
            .map(InjectionPoint::of)
            .filter(point -> point.isQualified() || ofHub(point.type()))
            .toList());
  }

  private static boolean ofHub(Class<?> type) {
    return type == HubResource.class || type == History.class;
  }

  private static InjectionPoint of(Field field) {
    return read(field, field.getType(), field.toString());
  }

  private static InjectionPoint read(AnnotatedElement element, Class<?> type, String description) {
    return new InjectionPoint(
        element,
        type,
        description,
        find(element, FromHub.class),
        find(element, HubPort.class),
        find(element, HubUrl.class),
        find(element, Bucket.class),
        find(element, AsUser.class));
  }

  private static <A extends Annotation> Optional<A> find(AnnotatedElement element, Class<A> type) {
    return AnnotationSupport.findAnnotation(element, type);
  }

  /** Returns whether an annotation, not the type alone, asks for something of a hub. */
  boolean isQualified() {
    return fromHub.isPresent()
        || port.isPresent()
        || url.isPresent()
        || bucket.isPresent()
        || asUser.isPresent();
  }

  /**
   * Returns the name of the parameter or field, or that of its type where javac has left it out.
   */
  String shortName() {
    if (element instanceof Field field) {
      return field.getName();
    }
    return element instanceof Parameter parameter && parameter.isNamePresent()
        ? parameter.getName()
        : type.getSimpleName();
  }

  /** Returns the name of the hub; empty where none is named. */
  String hubName() {
    return fromHub.map(FromHub::value).orElse("");
  }

  /** Returns the user name that a connection logs in with; empty where none is named. */
  String userName() {
    return asUser.map(AsUser::value).orElse("");
  }

  private record ParameterKey(Parameter parameter) {}

  private record FieldsKey(Class<?> type, boolean ofClass) {}

  private record FieldPoints(List<InjectionPoint> points) {}
}
