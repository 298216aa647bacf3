package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * The extension behind {@link WithHub}; registered by hand where a test wants to say in code what
 * its hub is like:
 *
 * {@snippet id="java/dev/hubkit/examples/docs/LifecycleTest.java#builder" :
 * static class BuiltTest {
 *   @RegisterExtension
 *   static final HubExtension HUB =
 *       HubExtension.builder()
 *           .withoutFossil()
 *           .options(hub -> hub.tuneNats(nats -> nats.maxPayload(64_000)))
 *           .prepare(hub -> hub.jetStreamManagement().addStream(orders()))
 *           .build();
 *
 *   private static StreamConfiguration orders() {
 *     return StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build();
 *   }
 *
 *   @Test
 *   void isAsBuilt(Connection nats) throws Exception {
 *     assertThat(nats.getServerInfo().getMaxPayload()).isEqualTo(64_000);
 *     assertThat(nats.jetStreamManagement().getStreamNames()).containsExactly("ORDERS");
 *   }
 * }
 * }
 *
 * <p>Parameters of constructors, test and lifecycle methods it fills by their type: {@link
 * HubResource}, {@link dev.hubkit.Hub}, {@link io.nats.client.Connection}, {@link
 * io.nats.client.JetStream}, {@link io.nats.client.JetStreamManagement}, {@link
 * dev.hubkit.fossil.FossilRepository}; by their annotation: {@link HubPort}, {@link HubUrl}, {@link
 * Bucket} on {@link io.nats.client.KeyValue} and {@link io.nats.client.ObjectStore}, {@link AsUser}
 * on what has a connection, and with {@link FromHub} also {@link java.nio.file.Path}, the hub's
 * root. Fields of type {@link HubResource} it fills, and others that have one of these annotations.
 * All else it leaves alone, and to other extensions.
 *
 * <p>A connection injected into a test or its instance is closed after the test, one injected into
 * a {@code @BeforeAll} method or a static field after the last test of the class. (Before JUnit
 * 5.12 one injected into an instance, too.)
 */
public final class HubExtension
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterAllCallback,
        ParameterResolver,
        TestInstancePostProcessor {
  private static final Namespace NAMESPACE = Namespace.create("dev.hubkit.junit");
  private static final String INSTANCE_FILLED = "instance filled";

  private final @Nullable HubDefinition built;
  private volatile @Nullable HubResource current;

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

  /** Something to be done in a hub, or in a test's part of one, before anybody gets to see it. */
  @FunctionalInterface
  public interface Preparation {
    /** Does it. */
    void prepare(HubResource hub) throws Exception;
  }

  /**
   * The hub of an extension that was {@linkplain #builder() built}: for suppliers of properties and
   * the like.
   *
   * @throws IllegalStateException if it does not run; it does from the beginning of the class on,
   *     and one per method or test from the beginning of the test on
   */
  public HubResource hub() {
    HubResource running = current;
    if (running == null) {
      throw new IllegalStateException(
          built == null
              ? "Only an extension made by HubExtension.builder() knows its hub"
              : "This hub has not been started: a static field of a class has one from the class's"
                  + " beginning on, unless it is per method or per test");
    }
    return running;
  }

  private HubDefinitions hubs(ExtensionContext context) {
    return built == null ? HubDefinitions.annotated(context) : HubDefinitions.of(built, context);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    HubDefinitions hubs = hubs(context);
    for (HubDefinition definition : hubs.all()) {
      if (definition.lifecycle() != HubLifecycle.PER_METHOD) {
        HubScope scope = new HubScope(definition, hubs, context);
        scope.start();
        if (definition.isolation() != Isolation.PER_TEST) {
          scope.enterClass();
          current = scope.resource();
        }
      }
    }
    requireRepositories(
        HubParameterResolver.executables(context.getRequiredTestClass()), hubs, context);
    SystemProperties.set(hubs, context);
    injectFields(null, context.getRequiredTestClass(), context, definition -> true);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    HubDefinitions hubs = hubs(context);
    for (HubDefinition definition : hubs.all()) {
      HubScope scope = new HubScope(definition, hubs, context);
      scope.enterTest();
      scope.beginTest();
      current = scope.resource();
    }
    context
        .getTestMethod()
        .ifPresent(method -> requireRepositories(List.of(method), hubs, context));
    // Where JUnit made the instance before there was a test (5.11 and earlier, or one instance per
    // class), what is per test could not be injected into it.
    if (store(context).get(INSTANCE_FILLED + context.getUniqueId()) == null) {
      context
          .getTestInstances()
          .ifPresent(
              instances ->
                  instances
                      .getAllInstances()
                      .forEach(
                          instance ->
                              injectFields(
                                  instance,
                                  instance.getClass(),
                                  context,
                                  HubDefinition::isPerTest)));
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    HubDefinitions hubs = hubs(context);
    hubs.all().forEach(definition -> new HubScope(definition, hubs, context).endTest());
    keepIfFailed(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    keepIfFailed(context);
    current = null;
  }

  private void keepIfFailed(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      HubDefinitions hubs = hubs(context);
      for (HubDefinition definition : hubs.all()) {
        if (definition.keepOnFailure()) {
          new HubScope(definition, hubs, context).keep();
        }
      }
    }
  }

  @Override
  public void postProcessTestInstance(Object instance, ExtensionContext context) {
    boolean inTest = context.getTestMethod().isPresent();
    injectFields(
        instance, instance.getClass(), context, definition -> inTest || !definition.isPerTest());
    if (inTest) {
      store(context).put(INSTANCE_FILLED + context.getUniqueId(), true);
    }
  }

  // From JUnit 5.12 on, so that what is injected into a test's instance belongs to the test.
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  // What is thrown when a parameter is resolved makes a test fail, so what is to skip it comes
  // here.
  private static void requireRepositories(
      List<? extends Executable> executables, HubDefinitions hubs, ExtensionContext context) {
    Defaults defaults = new Defaults(context);
    for (Executable executable : executables) {
      for (Parameter parameter : executable.getParameters()) {
        if (HubParameterResolver.needsOwnRepository(parameter.getType())) {
          HubDefinition definition =
              hubs.find(HubParameterResolver.hubName(parameter), parameter.toString());
          if (definition != null) {
            defaults.requireOwnRepository(definition.options().get(), parameter.toString());
          }
        }
      }
    }
  }

  private void injectFields(
      @Nullable Object instance,
      Class<?> type,
      ExtensionContext context,
      Predicate<HubDefinition> which) {
    List<Field> fields =
        ReflectionSupport.findFields(
            type,
            field ->
                Modifier.isStatic(field.getModifiers()) == (instance == null)
                    && HubParameterResolver.isWanted(field, field.getType(), false),
            HierarchyTraversalMode.TOP_DOWN);
    if (fields.isEmpty()) {
      return;
    }
    HubDefinitions hubs = hubs(context);
    for (Field field : fields) {
      if (Modifier.isFinal(field.getModifiers())) {
        if (!HubParameterResolver.isWanted(field, Object.class, false)) {
          // The constructor's to fill.
          continue;
        }
        throw new ExtensionConfigurationException(
            "A hub cannot be injected into the final field " + field + ": drop the \"final\"");
      }
      @Nullable HubDefinition definition =
          hubs.find(HubParameterResolver.hubName(field), field.toString());
      if (definition == null || !which.test(definition)) {
        continue;
      }
      HubScope scope = new HubScope(definition, hubs, context);
      Object value =
          HubParameterResolver.value(
              field, field.getType(), field.toString(), scope.resource(), context);
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
    return HubParameterResolver.isWanted(target, target.getType(), true)
        && hubs(context).find(HubParameterResolver.hubName(target), target.toString()) != null;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Parameter target = parameter.getParameter();
    HubDefinitions hubs = hubs(context);
    HubDefinition definition =
        Objects.requireNonNull(hubs.find(HubParameterResolver.hubName(target), target.toString()));
    return HubParameterResolver.value(
        target,
        target.getType(),
        "parameter " + target + " of " + parameter.getDeclaringExecutable(),
        new HubScope(definition, hubs, context).resource(),
        context);
  }

  static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(NAMESPACE);
  }

  /** Describes a hub in code. Not thread-safe. */
  public static final class Builder {
    private String name = "";
    private HubLifecycle lifecycle = HubLifecycle.DEFAULT;
    private Reset reset = Reset.DEFAULT;
    private Isolation isolation = Isolation.DEFAULT;
    private boolean keepOnFailure;
    private HubOptions options = StartedHub.options();
    private final List<Preparation> preparations = new ArrayList<>();

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

    /** As {@link WithHub#reset()}. */
    public Builder reset(Reset value) {
      reset = Objects.requireNonNull(value, "value");
      return this;
    }

    /** As {@link WithHub#isolation()}. */
    public Builder isolation(Isolation value) {
      isolation = Objects.requireNonNull(value, "value");
      return this;
    }

    /** As {@link WithHub#keepOnFailure()}. */
    public Builder keepOnFailure() {
      keepOnFailure = true;
      return this;
    }

    /**
     * Changes how the hub is started; begins with {@link HubOptions#forTests()}, and with 20 s for
     * a login to NATS.
     */
    public Builder options(UnaryOperator<HubOptions.Builder> change) {
      options = change.apply(options.toBuilder()).build();
      return this;
    }

    /**
     * Does something in the hub before the tests get to see it, such as to create what the
     * annotations have no words for; with {@link Isolation#PER_TEST}, in each test's part.
     */
    public Builder prepare(Preparation preparation) {
      preparations.add(Objects.requireNonNull(preparation, "preparation"));
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
      return new HubExtension(
          new HubDefinition(
              name,
              lifecycle,
              reset,
              isolation,
              keepOnFailure,
              this,
              "as built in code",
              () -> chosen,
              List.copyOf(preparations)));
    }
  }
}
