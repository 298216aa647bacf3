package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;

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
    parameters.requireRepositoriesOfClass(context);
    SystemProperties.set(hubs, context);
    fields.injectStaticFields(context);
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
    parameters.requireRepositoriesOfTest(context);
    fields.injectPerTestFields(context);
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
