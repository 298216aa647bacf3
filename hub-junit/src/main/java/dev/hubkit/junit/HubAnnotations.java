package dev.hubkit.junit;

import java.lang.reflect.AnnotatedElement;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** The annotations of this package on one class or method, inherited ones included. */
record HubAnnotations(List<WithHub> hubs, List<HubProperty> properties, Declarations declarations) {

  /** Returns the annotations of an element, which are read once and kept in JUnit's store. */
  static HubAnnotations on(AnnotatedElement element, ExtensionContext context) {
    return HubStore.of(context)
        .getOrComputeIfAbsent(new Key(element), key -> read(element), HubAnnotations.class);
  }

  private static HubAnnotations read(AnnotatedElement element) {
    return new HubAnnotations(
        AnnotationSupport.findRepeatableAnnotations(element, WithHub.class),
        AnnotationSupport.findRepeatableAnnotations(element, HubProperty.class),
        Declarations.on(element));
  }

  private record Key(AnnotatedElement element) {}
}
