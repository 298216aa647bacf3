package dev.hubkit.junit;

import java.lang.annotation.Annotation;
import java.lang.reflect.Executable;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/** Resolves the parameters of constructors, test methods and lifecycle methods from a hub. */
final class HubParameterResolver implements ParameterResolver {
  private static final List<Class<? extends Annotation>> LIFECYCLE =
      List.of(BeforeAll.class, BeforeEach.class, AfterEach.class, AfterAll.class);

  private final Function<ExtensionContext, HubDefinitions> hubs;

  /**
   * Makes a resolver.
   *
   * @param hubs finds the hubs of a context
   */
  HubParameterResolver(Function<ExtensionContext, HubDefinitions> hubs) {
    this.hubs = hubs;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    InjectionPoint point = InjectionPoint.of(parameter.getParameter(), context);
    return (point.isQualified() || InjectedValues.needsNoQualifier(point.type()))
        && hubs.apply(context).find(point.hubName(), point::description) != null;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    InjectionPoint point = InjectionPoint.of(parameter.getParameter(), context);
    HubDefinitions known = hubs.apply(context);
    HubDefinition definition =
        Objects.requireNonNull(known.find(point.hubName(), point::description));
    HubContext scope = new HubContext(definition, known, context);
    return InjectedValues.of(point, scope.resource(), context);
  }

  /**
   * Skips the class whose constructor or lifecycle methods need a repository that runs elsewhere.
   */
  void requireRepositoriesOfClass(ExtensionContext context) {
    Class<?> type = context.getRequiredTestClass();
    List<Executable> found = new ArrayList<>(List.of(type.getDeclaredConstructors()));
    for (Class<? extends Annotation> each : LIFECYCLE) {
      found.addAll(
          AnnotationSupport.findAnnotatedMethods(type, each, HierarchyTraversalMode.TOP_DOWN));
    }
    found.forEach(executable -> requireRepositories(executable, context));
  }

  /** Skips the test whose method needs a repository that runs elsewhere. */
  void requireRepositoriesOfTest(ExtensionContext context) {
    context.getTestMethod().ifPresent(method -> requireRepositories(method, context));
  }

  // A test that cannot resolve a parameter fails, so what skips it has to be thrown before.
  private void requireRepositories(Executable executable, ExtensionContext context) {
    for (Parameter parameter : executable.getParameters()) {
      if (InjectedValues.needsOwnRepository(parameter.getType())) {
        InjectionPoint point = InjectionPoint.of(parameter, context);
        HubDefinition definition = hubs.apply(context).find(point.hubName(), point::description);
        if (definition != null) {
          new AttributeDefaults(context)
              .requireOwnRepository(definition.options().get(), parameter.toString());
        }
      }
    }
  }
}
