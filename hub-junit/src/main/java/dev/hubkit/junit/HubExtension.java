package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * The extension behind {@link WithHub}; registered by hand where a test wants to say in code what
 * its hub is like:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final HubExtension HUB = HubExtension.builder().withoutFossil().build();
 * }</pre>
 *
 * <p>Parameters of constructors, test and lifecycle methods it fills by their type: {@link
 * HubResource}, {@link dev.hubkit.Hub}, {@link io.nats.client.Connection}, {@link
 * io.nats.client.JetStream}, {@link io.nats.client.JetStreamManagement}, {@link
 * dev.hubkit.fossil.FossilRepository}; by their annotation: {@link HubPort}, {@link HubUrl}, and
 * with {@link FromHub} also {@link java.nio.file.Path}, the hub's root. Fields of type {@link
 * HubResource} it fills, and others that have one of these annotations. All else it leaves alone.
 *
 * <p>A connection injected into a test or its instance is closed after the test, one injected into
 * a {@code @BeforeAll} method or a static field after the last test of the class.
 */
public final class HubExtension
    implements BeforeAllCallback, BeforeEachCallback, ParameterResolver, TestInstancePostProcessor {
  private static final Namespace NAMESPACE = Namespace.create("dev.hubkit.junit");

  private final @Nullable HubDefinition built;

  /** For JUnit, which finds what to start in {@link WithHub}. */
  public HubExtension() {
    this(null);
  }

  private HubExtension(@Nullable HubDefinition built) {
    this.built = built;
  }

  /** A hub per class with both services, until told otherwise. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    for (HubDefinition definition : definitions(context).values()) {
      if (definition.lifecycle() != HubLifecycle.PER_METHOD) {
        resource(definition, context);
      }
    }
    injectFields(null, context.getRequiredTestClass(), context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    definitions(context).values().forEach(definition -> resource(definition, context));
  }

  @Override
  public void postProcessTestInstance(Object instance, ExtensionContext context) {
    injectFields(instance, instance.getClass(), context);
  }

  // From JUnit 5.12 on, so that what is injected into a test's instance belongs to the test.
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  private void injectFields(@Nullable Object instance, Class<?> type, ExtensionContext context) {
    List<Field> fields =
        ReflectionSupport.findFields(
            type,
            field ->
                Modifier.isStatic(field.getModifiers()) == (instance == null)
                    && Injection.isWanted(field, field.getType(), false),
            HierarchyTraversalMode.TOP_DOWN);
    for (Field field : fields) {
      if (Modifier.isFinal(field.getModifiers())) {
        if (!Injection.isWanted(field, Object.class, false)) {
          // The constructor's to fill.
          continue;
        }
        throw new ExtensionConfigurationException(
            "A hub cannot be injected into the final field " + field + ": drop the \"final\"");
      }
      @Nullable HubDefinition definition =
          find(context, Injection.hubName(field), field.toString());
      if (definition == null) {
        continue;
      }
      Object value =
          Injection.value(
              field, field.getType(), field.toString(), resource(definition, context), context);
      try {
        field.setAccessible(true);
        field.set(instance, value);
      } catch (IllegalAccessException e) {
        throw new ExtensionConfigurationException("Cannot set " + field, e);
      }
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Parameter target = parameter.getParameter();
    return Injection.isWanted(target, target.getType(), true)
        && find(context, Injection.hubName(target), target.toString()) != null;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Parameter target = parameter.getParameter();
    HubDefinition definition =
        Objects.requireNonNull(find(context, Injection.hubName(target), target.toString()));
    return Injection.value(
        target,
        target.getType(),
        "parameter " + target + " of " + parameter.getDeclaringExecutable(),
        resource(definition, context),
        context);
  }

  /** The definition of that name; null when another extension has it. */
  private @Nullable HubDefinition find(ExtensionContext context, String name, String wanted) {
    Map<String, HubDefinition> definitions = definitions(context);
    if (definitions.containsKey(name)) {
      return definitions.get(name);
    }
    if (name.isEmpty() && definitions.size() == 1) {
      return definitions.values().iterator().next();
    }
    if (built != null || definitions.isEmpty()) {
      return null;
    }
    String names =
        definitions.keySet().stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(", "));
    throw new ParameterResolutionException(
        name.isEmpty()
            ? "There are several hubs (" + names + "): say which with @FromHub(\"…\") on " + wanted
            : "There is no hub \"" + name + "\" for " + wanted + "; there are " + names);
  }

  /** The hub of a definition, started if it is not. */
  private static HubResource resource(HubDefinition definition, ExtensionContext context) {
    ExtensionContext owner = owner(definition, context);
    return owner
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(
            definition.key(),
            key -> new Running(HubResource.start(definition.name(), definition.options().get())),
            Running.class)
        .resource();
  }

  /** The context whose end is the end of the hub. */
  private static ExtensionContext owner(HubDefinition definition, ExtensionContext context) {
    return switch (definition.lifecycle()) {
      case PER_SUITE -> context.getRoot();
      case PER_METHOD -> {
        if (context.getTestMethod().isEmpty()) {
          throw new ParameterResolutionException(
              definition.describe()
                  + " lives per method, so there is none outside a test method; make it"
                  + " PER_CLASS, or ask for it in @BeforeEach or the test");
        }
        yield context;
      }
      case PER_CLASS -> {
        ExtensionContext outermost = context;
        for (Optional<ExtensionContext> parent = context.getParent();
            parent.isPresent() && parent.get().getTestClass().isPresent();
            parent = parent.get().getParent()) {
          if (isDefinedIn(parent.get(), definition)) {
            outermost = parent.get();
          }
        }
        yield outermost.getTestMethod().isPresent()
            ? outermost.getParent().orElse(outermost)
            : outermost;
      }
    };
  }

  private static boolean isDefinedIn(ExtensionContext context, HubDefinition definition) {
    if (definition.origin() instanceof HubExtension.Builder) {
      // Registered by a field, which also the contexts above may know; JUnit calls those that do.
      return context.getStore(NAMESPACE).get(definition.key()) != null;
    }
    return annotated(context).values().stream().anyMatch(d -> d.key().equals(definition.key()));
  }

  private Map<String, HubDefinition> definitions(ExtensionContext context) {
    if (built != null) {
      return Map.of(built.name(), built);
    }
    return annotated(context);
  }

  /** What the annotations say, the nearest first in case of equal names. */
  private static Map<String, HubDefinition> annotated(ExtensionContext context) {
    Map<String, HubDefinition> definitions = new LinkedHashMap<>();
    context.getTestMethod().ifPresent(method -> add(method, true, definitions));
    Optional<Class<?>> type = context.getTestClass();
    while (type.isPresent()) {
      add(type.get(), false, definitions);
      type = Optional.ofNullable(type.get().getEnclosingClass());
    }
    return definitions;
  }

  private static void add(
      AnnotatedElement element, boolean onMethod, Map<String, HubDefinition> definitions) {
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
      definitions.putIfAbsent(annotation.name(), HubDefinition.of(annotation, element, onMethod));
    }
  }

  static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(NAMESPACE);
  }

  /** A started hub in JUnit's store, which closes it. */
  @SuppressWarnings("deprecation") // what replaces it is not there before JUnit 5.13
  private record Running(HubResource resource)
      implements ExtensionContext.Store.CloseableResource, AutoCloseable {
    @Override
    public void close() {
      resource.close();
    }
  }

  /** Describes a hub in code. Not thread-safe. */
  public static final class Builder {
    private String name = "";
    private HubLifecycle lifecycle = HubLifecycle.PER_CLASS;
    private HubOptions options = HubOptions.forTests();

    private Builder() {}

    /** As {@link WithHub#name()}. */
    public Builder name(String value) {
      name = Objects.requireNonNull(value, "value");
      return this;
    }

    /** As {@link WithHub#lifecycle()}. */
    public Builder lifecycle(HubLifecycle value) {
      lifecycle = Objects.requireNonNull(value, "value");
      return this;
    }

    /** Changes how the hub is started; begins with {@link HubOptions#forTests()}. */
    public Builder options(UnaryOperator<HubOptions.Builder> change) {
      options = change.apply(options.toBuilder()).build();
      return this;
    }

    /** Does without Fossil. */
    public Builder withoutFossil() {
      return options(o -> o.fossil(Backend.off()));
    }

    /** Does without NATS. */
    public Builder withoutNats() {
      return options(o -> o.nats(Backend.off()));
    }

    /** The extension. */
    public HubExtension build() {
      HubOptions chosen = options;
      return new HubExtension(new HubDefinition(name, lifecycle, this, () -> chosen));
    }
  }
}
