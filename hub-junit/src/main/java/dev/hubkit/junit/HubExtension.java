package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import dev.hubkit.log.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;

/**
 * The extension behind {@link WithHub}. Tests that configure their hub in code register it
 * themselves:
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
 * <p>It resolves parameters of constructors, test and lifecycle methods by their type: {@link
 * HubResource}, {@link dev.hubkit.Hub}, {@link io.nats.client.Connection}, {@link
 * io.nats.client.JetStream}, {@link io.nats.client.JetStreamManagement}, {@link
 * dev.hubkit.fossil.FossilRepository}; by their annotation: {@link HubPort}, {@link HubUrl}, {@link
 * Bucket} on {@link io.nats.client.KeyValue} and {@link io.nats.client.ObjectStore}, {@link AsUser}
 * on what has a connection, and with {@link FromHub} also {@link java.nio.file.Path}, the hub's
 * root. It fills fields of type {@link HubResource}, and fields that have one of these annotations,
 * and leaves all others to other extensions.
 *
 * <p>It closes a connection injected into a test or its instance after the test, and one injected
 * into a {@code @BeforeAll} method or a static field after the last test of the class. (Before
 * JUnit 5.12, also one injected into an instance.)
 */
public final class HubExtension
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterTestExecutionCallback,
        AfterEachCallback,
        AfterAllCallback,
        ParameterResolver,
        TestInstancePostProcessor {
  static {
    Log.chooseBackendQuietly();
  }

  private final @Nullable HubDefinition built;
  private final HubParameterResolver parameters = new HubParameterResolver(this::hubs);
  private final HubFieldInjector fields = new HubFieldInjector(this::hubs);
  private volatile @Nullable HubResource current;

  /** Makes the extension of {@link WithHub}; JUnit calls this. */
  public HubExtension() {
    this(null);
  }

  private HubExtension(@Nullable HubDefinition built) {
    this.built = built;
  }

  /** Returns a builder, which begins with a hub per class that serves both Fossil and NATS. */
  public static Builder builder() {
    return new Builder();
  }

  /** Prepares a hub before the tests use it. */
  @FunctionalInterface
  public interface Preparation {
    /** Prepares the hub. */
    void prepare(HubResource hub) throws Exception;
  }

  /**
   * Returns the hub of an extension that a {@linkplain #builder() builder} made, for property
   * suppliers and the like.
   *
   * @throws IllegalStateException if the hub does not run; it runs from the beginning of the class
   *     on, or, with one hub per method or per test, from the beginning of the test on
   */
  public HubResource hub() {
    HubResource running = current;
    if (running == null) {
      throw new IllegalStateException(
          built == null
              ? "Only an extension made by HubExtension.builder() knows its hub: have a HubResource"
                  + " injected instead"
              : "This hub has not been started: the extension in a static field starts its hub with"
                  + " the class, or, with one hub per method or per test, with the test");
    }
    return running;
  }

  /** Returns the definition of a hub that is built in code; empty for hubs by annotations. */
  Optional<HubDefinition> built() {
    return Optional.ofNullable(built);
  }

  /**
   * Returns the hubs of a test that has begun, for extensions that work with them, in the order of
   * their names.
   *
   * @param context the context of the test
   */
  public static List<HubResource> hubsOf(ExtensionContext context) {
    TestHubs hubs = HubStore.of(context).get(TestHubs.key(context), TestHubs.class);
    return hubs == null ? List.of() : List.copyOf(hubs.resources());
  }

  /** The hubs of a test, whichever extensions have begun it. */
  private record TestHubs(List<HubResource> resources) {
    static Object key(ExtensionContext context) {
      return HubStore.key("hubs of the test", TestHubs.class, context);
    }
  }

  private HubDefinitions hubs(ExtensionContext context) {
    return built == null ? HubDefinitions.annotated(context) : HubDefinitions.of(built, context);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    HubDefinitions hubs = hubs(context);
    for (HubDefinition definition : hubs.all()) {
      if (!definition.isPerTest()) {
        HubContext scope = new HubContext(definition, hubs, context);
        scope.start();
        scope.enterClass();
        new TestProgress(definition, scope, context).beginClass();
        current = scope.resource();
      }
    }
    if (!HubAnnotations.on(context.getRequiredTestClass(), context).properties().isEmpty()) {
      DeclarationChecks.requireHub(hubs, context);
    }
    parameters.requireRepositoriesOfClass(context);
    SystemProperties.set(hubs, context);
    fields.injectStaticFields(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    HubDefinitions hubs = hubs(context);
    DeclarationChecks.requireHub(hubs, context);
    for (HubDefinition definition : hubs.all()) {
      HubContext scope = new HubContext(definition, hubs, context);
      scope.enterTest();
      new TestProgress(definition, scope, context).beginTest();
      HubResource hub = scope.resource();
      current = hub;
      HubStore.of(context)
          .getOrComputeIfAbsent(
              TestHubs.key(context), key -> new TestHubs(new ArrayList<>()), TestHubs.class)
          .resources()
          .add(hub);
    }
    parameters.requireRepositoriesOfTest(context);
    fields.injectPerTestFields(context);
  }

  private static TestProgress progress(
      HubDefinition definition, HubDefinitions hubs, ExtensionContext context) {
    return new TestProgress(definition, new HubContext(definition, hubs, context), context);
  }

  // Before @AfterEach methods, which may change what is there.
  @Override
  public void afterTestExecution(ExtensionContext context) {
    HubDefinitions hubs = hubs(context);
    hubs.all().forEach(definition -> progress(definition, hubs, context).recordEnd());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    HubDefinitions hubs = hubs(context);
    hubs.all().forEach(definition -> progress(definition, hubs, context).endTest());
  }

  @Override
  public void afterAll(ExtensionContext context) {
    HubDefinitions hubs = hubs(context);
    hubs.all().forEach(definition -> progress(definition, hubs, context).endClass());
    current = null;
  }

  @Override
  public void postProcessTestInstance(Object instance, ExtensionContext context) {
    fields.postProcessTestInstance(instance, context);
  }

  // From JUnit 5.12 on, so that what is injected into the instance of a test belongs to the test.
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameters.supportsParameter(parameter, context);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return parameters.resolveParameter(parameter, context);
  }

  /** Configures a hub in code. Not thread-safe. */
  public static final class Builder {
    private String name = "";
    private HubLifecycle lifecycle = HubLifecycle.DEFAULT;
    private Reset reset = Reset.DEFAULT;
    private Isolation isolation = Isolation.DEFAULT;
    private boolean keepOnFailure;
    private Trace trace = Trace.DEFAULT;
    private HubOptions options = StartedHub.options();
    private final List<Preparation> preparations = new ArrayList<>();

    private Builder() {}

    /** Sets what {@link WithHub#name()} describes. */
    public Builder name(String value) {
      name = Objects.requireNonNull(value, "value");
      return this;
    }

    /** Sets what {@link WithHub#lifecycle()} describes. */
    public Builder lifecycle(HubLifecycle value) {
      lifecycle = Objects.requireNonNull(value, "value");
      return this;
    }

    /** Sets what {@link WithHub#reset()} describes. */
    public Builder reset(Reset value) {
      reset = Objects.requireNonNull(value, "value");
      return this;
    }

    /** Sets what {@link WithHub#isolation()} describes. */
    public Builder isolation(Isolation value) {
      isolation = Objects.requireNonNull(value, "value");
      return this;
    }

    /** Sets what {@link WithHub#keepOnFailure()} describes. */
    public Builder keepOnFailure() {
      keepOnFailure = true;
      return this;
    }

    /** Sets what {@link WithHub#trace()} describes. */
    public Builder trace(Trace value) {
      trace = Objects.requireNonNull(value, "value");
      return this;
    }

    /**
     * Changes the options that the hub starts with, which are {@link HubOptions#forTests()}, with
     * 20 s for a client to log in to NATS.
     */
    public Builder options(UnaryOperator<HubOptions.Builder> change) {
      options = change.apply(options.toBuilder()).build();
      return this;
    }

    /**
     * Prepares the hub before the tests use it, for example to create what no annotation declares;
     * with {@link Isolation#PER_TEST}, prepares the hub of each test.
     */
    public Builder prepare(Preparation preparation) {
      preparations.add(Objects.requireNonNull(preparation, "preparation"));
      return this;
    }

    /** Starts the hub without Fossil. */
    public Builder withoutFossil() {
      return options(o -> o.fossil(Backend.off()));
    }

    /** Starts the hub without NATS. */
    public Builder withoutNats() {
      return options(o -> o.nats(Backend.off()));
    }

    /**
     * Builds the extension.
     *
     * @throws IllegalStateException if the hub would serve neither Fossil nor NATS, or something
     *     chosen would have no effect
     */
    public HubExtension build() {
      HubOptions chosen = options;
      if (chosen.fossil() instanceof Backend.Off && chosen.nats() instanceof Backend.Off) {
        throw new IllegalStateException(
            "withoutFossil() and withoutNats() leave nothing to start: remove one of the two");
      }
      DeclarationChecks.requireSense(lifecycle, reset, isolation);
      return new HubExtension(
          new HubDefinition(
              name,
              lifecycle,
              reset,
              isolation,
              keepOnFailure,
              trace,
              "",
              this,
              "as built in code",
              () -> chosen,
              List.copyOf(preparations)));
    }
  }
}
