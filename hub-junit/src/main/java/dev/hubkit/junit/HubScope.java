package dev.hubkit.junit;

import dev.hubkit.HubOptions;
import dev.hubkit.HubSnapshot;
import io.nats.client.Connection;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.opentest4j.TestAbortedException;

/** A hub as a test class or a test has it: started, shared, prepared, put back, taken down. */
final class HubScope {
  private final HubDefinition definition;
  private final HubDefinitions hubs;
  private final ExtensionContext context;
  private final Baselines states;

  HubScope(HubDefinition definition, HubDefinitions hubs, ExtensionContext context) {
    this.definition = definition;
    this.hubs = hubs;
    this.context = context;
    this.states = new Baselines(definition, context);
  }

  // --- starting ---

  /** The hub, or the test's part of it; started where it is not. */
  HubResource resource() {
    if (definition.isPerTest() && context.getTestMethod().isEmpty()) {
      throw new ParameterResolutionException(
          definition.describe()
              + (definition.lifecycle() == HubLifecycle.PER_METHOD
                  ? " lives per method"
                  : " gives each test a part of its own (isolation = PER_TEST)")
              + ", so there is none outside a test method; make it PER_CLASS"
              + (definition.lifecycle() == HubLifecycle.PER_METHOD
                  ? ""
                  : " without isolation, declare with @WithStream and the like what tests need")
              + ", or ask for it in @BeforeEach or the test (before JUnit 5.12 not in the"
              + " constructor)");
    }
    StartedHub started = start();
    return definition.isolation() == Isolation.PER_TEST ? part(started) : started.resource();
  }

  /** The hub as a whole; started where it is not. */
  StartedHub start() {
    ExtensionContext owner = owner();
    StartedHub started =
        HubStore.of(owner)
            .getOrComputeIfAbsent(definition.key(), key -> start(owner), Running.class)
            .hub();
    String kind = kind();
    if (!started.kind().equals(kind)) {
      throw new ExtensionConfigurationException(
          definition.describe()
              + " of the whole run was started "
              + started.kind()
              + ", and here it is to be "
              + kind
              + ": give one of them another name");
    }
    return started;
  }

  private Running start(ExtensionContext owner) {
    HubOptions.Builder options = definition.options().get().toBuilder();
    List<Declarations> declared = startedWith(owner);
    for (Declarations each : declared) {
      each.seed().ifPresent(seed -> options.seed(Seeds.first(seed)));
      each.natsConfig().ifPresent(config -> options.tuneNats(NatsConfigs.tuning(config)));
    }
    HubOptions chosen = new Defaults(context).external(options.build());
    StartedHub started = StartedHub.start(definition.name(), kind(), chosen);
    boolean done = false;
    try {
      require(declared, started.resource());
      if (definition.isolation() != Isolation.PER_TEST) {
        prepare(started.resource());
        if (definition.lifecycle() == HubLifecycle.PER_METHOD) {
          declared.forEach(each -> DeclaredState.apply(each.withoutStart(), started.resource()));
        }
      }
      done = true;
      return new Running(started);
    } finally {
      if (!done) {
        started.close();
      }
    }
  }

  private static void require(List<Declarations> declared, HubResource hub) {
    for (Declarations each : declared) {
      each.seed().ifPresent(seed -> hub.requireOwn(Service.FOSSIL, "a seeded repository"));
      each.natsConfig()
          .ifPresent(config -> hub.requireOwn(Service.NATS, "a configuration of its own"));
    }
  }

  /** The declarations that a hub is started with, as far as a start has to do with them. */
  private List<Declarations> startedWith(ExtensionContext owner) {
    return switch (definition.lifecycle()) {
      case PER_METHOD -> hubs.declared(definition);
      case PER_SUITE ->
          List.of(hubs.declared(context.getRequiredTestClass(), definition).onlyNatsConfig());
      default -> List.of(hubs.declared(owner.getRequiredTestClass(), definition));
    };
  }

  private String kind() {
    if (definition.lifecycle() != HubLifecycle.PER_SUITE) {
      return definition.kind();
    }
    return hubs.declared(context.getRequiredTestClass(), definition)
        .natsConfig()
        .map(config -> definition.kind() + ", with " + config.value())
        .orElse(definition.kind());
  }

  private void prepare(HubResource hub) {
    for (HubExtension.Preparation each : definition.preparations()) {
      try {
        each.prepare(hub);
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        if (e instanceof InterruptedException) {
          Thread.currentThread().interrupt();
        }
        throw new ExtensionConfigurationException(
            "A preparation of " + definition.describe() + " has failed: " + e.getMessage(), e);
      }
    }
  }

  private HubResource part(StartedHub started) {
    return HubStore.of(context)
        .getOrComputeIfAbsent(
            partKey(),
            key -> {
              started.resource().requireOwn("a part of the hub to itself");
              Part part = new Part(started.enclave());
              boolean done = false;
              try {
                prepare(part.resource());
                hubs.declared(definition)
                    .forEach(
                        each -> DeclaredState.apply(each.withoutNatsConfig(), part.resource()));
                done = true;
                return part;
              } finally {
                if (!done) {
                  part.close();
                }
              }
            },
            Part.class)
        .resource();
  }

  /** The context whose end is the end of the hub. */
  private ExtensionContext owner() {
    return switch (definition.lifecycle()) {
      case PER_SUITE -> context.getRoot();
      case PER_METHOD -> context;
      default -> {
        ExtensionContext outermost = context;
        for (Optional<ExtensionContext> parent = context.getParent();
            parent.isPresent() && parent.get().getTestClass().isPresent();
            parent = parent.get().getParent()) {
          if (isDefinedIn(parent.get())) {
            outermost = parent.get();
          }
        }
        yield Baselines.ofClass(outermost);
      }
    };
  }

  private boolean isDefinedIn(ExtensionContext outer) {
    if (definition.origin() instanceof HubExtension.Builder) {
      // Registered by a field, which also the contexts above may know; JUnit calls those that do.
      return HubStore.of(outer).get(definition.key()) != null;
    }
    return HubDefinitions.annotated(outer).all().stream()
        .anyMatch(each -> each.key().equals(definition.key()));
  }

  // --- a class, and a test ---

  /** What the class declares is made; of a nested class, on what the outer one has begun with. */
  void enterClass() {
    StartedHub started = start();
    Declarations declared = hubs.declared(context.getRequiredTestClass(), definition);
    if (definition.lifecycle() == HubLifecycle.PER_SUITE) {
      declared = declared.withoutNatsConfig();
    } else if (owner() == context) {
      declared = declared.withoutStart();
    }
    if (definition.reset() != Reset.BEFORE_EACH) {
      apply(declared, started.resource());
      return;
    }
    started.resource().requireOwn("a hub that is put back between tests");
    started.takeTurn();
    try {
      if (definition.lifecycle() == HubLifecycle.PER_SUITE) {
        enterSharedClass(started, declared);
      } else {
        HubSnapshot outer = states.around();
        if (outer != null) {
          started.resource().rewind(outer);
        }
        apply(declared, started.resource());
      }
    } finally {
      started.endTurn();
    }
  }

  /**
   * Makes a state to go back to, for tests that take turns with those of other classes. Users are
   * not part of that, so they last as long as the class.
   */
  private void enterSharedClass(StartedHub started, Declarations declared) {
    HubResource hub = started.resource();
    HubSnapshot outer = states.around();
    hub.rewind(outer == null ? started.begin() : outer);
    apply(declared.onlyUsers(), hub);
    DeclaredState state = DeclaredState.apply(declared.withoutUsers(), hub);
    try {
      states.put(hub.snapshot());
    } finally {
      state.undo();
    }
  }

  /** The hub is put back if it is to be, and what the method declares is made. */
  void enterTest() {
    if (definition.isPerTest()) {
      resource();
      return;
    }
    StartedHub started = start();
    if (definition.reset() == Reset.BEFORE_EACH) {
      started.takeTurn();
      HubStore.of(context)
          .put(
              HubStore.key("turn", definition.key(), context),
              new Turn(started, started.resource().connections()));
      states.rewind(started.resource());
    }
    context.getTestMethod().ifPresent(method -> apply(declaredOn(method), started.resource()));
  }

  private Declarations declaredOn(AnnotatedElement method) {
    return hubs.declared(method, definition);
  }

  private void apply(Declarations declared, HubResource hub) {
    if (!declared.isEmpty()) {
      HubStore.of(context)
          .put(
              HubStore.key("declared", definition.key(), context),
              new Declared(DeclaredState.apply(declared, hub)));
    }
  }

  /** Remembers how the hub's time goes, for {@link #endTest()}. */
  void beginTest() {
    if (isWhole()) {
      start().powers().beginTest();
    }
  }

  /** What the test has broken is whole again; one that failed is reported on. */
  void endTest() {
    HubResource hub = present();
    if (hub == null) {
      return;
    }
    FailureReport report =
        context.getExecutionException().filter(HubScope::isFailure).isPresent()
            ? FailureReport.of(hub)
            : null;
    if (isWhole()) {
      hub.started().powers().endTest(hub.hub());
    }
    if (report != null) {
      context.publishReportEntry(report.entries());
    }
  }

  private static boolean isFailure(Throwable thrown) {
    return !(thrown instanceof TestAbortedException);
  }

  private boolean isWhole() {
    return definition.isolation() != Isolation.PER_TEST;
  }

  /** The hub or the test's part of it; null where it was not started, or runs elsewhere. */
  private @Nullable HubResource present() {
    Running running = HubStore.of(owner()).get(definition.key(), Running.class);
    if (running == null
        || running.hub().isExternal(Service.NATS)
        || running.hub().isExternal(Service.FOSSIL)) {
      return null;
    }
    if (isWhole()) {
      return running.hub().resource();
    }
    Part part = HubStore.of(context).get(partKey(), Part.class);
    return part == null ? null : part.resource();
  }

  /** A test has failed: what there is to see outlives it. */
  void keep() {
    Running running = HubStore.of(owner()).get(definition.key(), Running.class);
    if (running == null) {
      return;
    }
    running.hub().keep();
    Part part = HubStore.of(context).get(partKey(), Part.class);
    if (part != null) {
      part.resource().snapshot().save(running.hub().root().resolve(part.name() + ".zip"));
    }
  }

  private Object partKey() {
    return HubStore.key("part", definition.key(), context);
  }

  // --- what JUnit's stores hold ---

  /** A started hub, which JUnit closes. */
  private record Running(StartedHub hub) implements HubStore.Resource {
    @Override
    public void close() {
      hub.close();
    }
  }

  /** A test's part of a hub, which JUnit closes. */
  private record Part(HubResource resource) implements HubStore.Resource {
    String name() {
      return Objects.requireNonNull(resource.enclave()).name();
    }

    @Override
    public void close() {
      resource.closeEnclave();
    }
  }

  /** The use of a hub that tests have one after another, which JUnit ends. */
  private record Turn(StartedHub hub, Set<Connection> connections) implements HubStore.Resource {
    @Override
    public void close() {
      try {
        hub.resource().closeConnectionsBut(connections);
      } finally {
        hub.endTurn();
      }
    }
  }

  /** What was declared, which JUnit has undone. */
  private record Declared(DeclaredState state) implements HubStore.Resource {
    @Override
    public void close() {
      state.undo();
    }
  }
}
