package dev.hubkit.junit;

import dev.hubkit.HubOptions;
import dev.hubkit.HubSnapshot;
import dev.hubkit.fossil.content.RepositoryImage;
import io.nats.client.Connection;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** Starts, shares, prepares and resets a hub for one test class or test. */
final class HubContext {
  private final HubDefinition definition;
  private final HubDefinitions hubs;
  private final ExtensionContext context;
  private final Baselines baselines;

  HubContext(HubDefinition definition, HubDefinitions hubs, ExtensionContext context) {
    this.definition = definition;
    this.hubs = hubs;
    this.context = context;
    this.baselines = new Baselines(definition, context);
  }

  // --- starting ---

  /** Returns the hub, which it starts if necessary. */
  HubResource resource() {
    if (definition.isPerTest() && context.getTestMethod().isEmpty()) {
      throw new ParameterResolutionException(
          definition.describe()
              + (definition.isIsolated()
                  ? " gives each test a server of its own (isolation = PER_TEST)"
                  : " lives per method")
              + ", so it does not exist outside a test method: make it PER_CLASS"
              + (definition.isIsolated()
                  ? " without isolation, declare with @WithStream and the like what the tests need"
                  : "")
              + ", or ask for it in @BeforeEach or the test (before JUnit 5.12 not in the"
              + " constructor)");
    }
    return start().resource();
  }

  /** Returns the hub with its directory, which it starts if necessary. */
  StartedHub start() {
    ExtensionContext owner = owner();
    // JUnit ends them in the opposite order.
    StartedHub upstream = startUpstream();
    StartedHub started =
        HubStore.of(owner)
            .getOrComputeIfAbsent(definition.key(), key -> start(owner, upstream), Running.class)
            .hub();
    String kind = kind();
    if (!started.kind().equals(kind)) {
      throw new ExtensionConfigurationException(
          definition.describe()
              + " of the whole run was started "
              + started.kind()
              + ", but this class declares it "
              + kind
              + ": give one of them another name");
    }
    return started;
  }

  private @Nullable StartedHub startUpstream() {
    HubDefinition upstream = hubs.upstreamOf(definition);
    return upstream == null ? null : new HubContext(upstream, hubs, context).start();
  }

  private Running start(ExtensionContext owner, @Nullable StartedHub upstream) {
    HubOptions.Builder options = definition.options().get().toBuilder();
    List<Declarations> declared = startedWith(owner);
    FirstSeed first = FirstSeed.of(definition, declared);
    first.seed().ifPresent(seed -> options.seed(Seeds.first(seed)));
    // Of several configuration files, that of the test or of the class that is nearest to it.
    declared.stream()
        .flatMap(each -> each.natsConfig().stream())
        .reduce((outer, inner) -> inner)
        .ifPresent(config -> options.tuneNats(NatsConfigs.tuning(config)));
    HubOptions chosen = new AttributeDefaults(context).external(options.build());
    if (upstream != null) {
      chosen = LeafNodeHubs.leafOf(upstream, chosen, definition.name());
    }
    StartedHub started =
        StartedHub.start(
            definition.name(), kind(), chosen, image(first), definition.trace() != Trace.NEVER);
    boolean done = false;
    try {
      if (definition.isIsolated()) {
        started.resource().requireOwn("a server of its own");
        keepImage(first, started);
      }
      require(declared, started.resource());
      if (upstream != null) {
        LeafNodeHubs.awaitConnected(started, upstream);
      }
      prepare(started.resource());
      if (definition.isPerTest()) {
        first.rest().forEach(each -> DeclaredState.apply(each, started.resource()));
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

  /** Returns the declarations to start the hub with. */
  private List<Declarations> startedWith(ExtensionContext owner) {
    if (definition.isPerTest()) {
      return hubs.declared(definition);
    }
    return definition.lifecycle() == HubLifecycle.PER_SUITE
        ? List.of(hubs.declared(context.getRequiredTestClass(), definition).onlyNatsConfig())
        : List.of(hubs.declared(owner.getRequiredTestClass(), definition));
  }

  private String kind() {
    if (definition.isPerTest() || definition.lifecycle() != HubLifecycle.PER_SUITE) {
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
            "A preparation of " + definition.describe() + " failed: " + e.getMessage(), e);
      }
    }
  }

  /** Returns the repository that an earlier test began with; null for none. */
  private @Nullable RepositoryImage image(FirstSeed first) {
    return definition.isIsolated()
        ? HubStore.of(context).get(first.key(scope()), RepositoryImage.class)
        : null;
  }

  // To make a repository takes longer than to copy one.
  private void keepImage(FirstSeed first, StartedHub started) {
    if (started.hub().owner().fossil() != null) {
      HubStore.of(scope())
          .getOrComputeIfAbsent(
              first.key(scope()), key -> started.hub().repository().image(), RepositoryImage.class);
    }
  }

  /** Returns the context with which the hub ends. */
  private ExtensionContext owner() {
    return definition.isPerTest() ? context : scope();
  }

  /** Returns the context of all tests that have the hub, or hubs that begin alike. */
  private ExtensionContext scope() {
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
      // A field registers it, possibly of an outer class, in whose context JUnit has then called
      // it.
      return HubStore.of(outer).get(definition.key()) != null;
    }
    return HubDefinitions.annotated(outer).all().stream()
        .anyMatch(each -> each.key().equals(definition.key()));
  }

  // --- a class, and a test ---

  /**
   * Creates what the class declares, unless that was done; for a nested class, on the baseline of
   * the outer class.
   */
  void enterClass() {
    Object entered = HubStore.key("entered", definition.key(), context);
    if (HubStore.of(context).get(entered) == null) {
      declareForClass();
      HubStore.of(context).put(entered, true);
    }
  }

  private void declareForClass() {
    StartedHub started = start();
    HubStore.of(context).put(enteredKey(context), true);
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
    started.resource().requireOwn("a reset between tests");
    started.acquireTurn();
    try {
      if (definition.lifecycle() == HubLifecycle.PER_SUITE) {
        enterSharedClass(started, declared);
      } else {
        HubSnapshot outer = baselines.around();
        if (outer != null) {
          started.resource().rewind(outer);
        }
        apply(declared, started.resource());
      }
    } finally {
      started.releaseTurn();
    }
  }

  /**
   * Takes a snapshot as the baseline of tests that take turns with tests of other classes. A
   * snapshot does not contain users and stubs, so these stay until the class ends.
   */
  private void enterSharedClass(StartedHub started, Declarations declared) {
    HubResource hub = started.resource();
    HubSnapshot outer = baselines.around();
    hub.rewind(outer == null ? started.initialSnapshot() : outer);
    apply(declared.outsideSnapshots(), hub);
    DeclaredState state = DeclaredState.apply(declared.withinSnapshots(), hub);
    try {
      baselines.put(hub.snapshot());
    } finally {
      state.undo();
    }
  }

  /** Resets the hub if the definition says so, and creates what the method declares. */
  void enterTest() {
    if (definition.isPerTest()) {
      resource();
      return;
    }
    requireEntered();
    StartedHub started = start();
    if (definition.reset() == Reset.BEFORE_EACH) {
      started.acquireTurn();
      HubStore.of(context)
          .put(
              HubStore.key("turn", definition.key(), context),
              new Turn(started, started.resource().connections()));
      baselines.rewind(started.resource());
    }
    context.getTestMethod().ifPresent(method -> apply(declaredOn(method), started.resource()));
  }

  // JUnit does not call an extension in a field of the instance before the class.
  private void requireEntered() {
    ExtensionContext ofClass = Baselines.ofClass(context);
    if (HubStore.of(ofClass).get(enteredKey(ofClass)) == null) {
      DeclarationChecks.requireNoneOfClass(hubs, definition, context);
    }
  }

  private Object enteredKey(ExtensionContext ofClass) {
    return HubStore.key("entered", definition.key(), ofClass);
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

  /** Returns the hub; null if it was not started or is external. */
  @Nullable HubResource present() {
    Running running = HubStore.of(owner()).get(definition.key(), Running.class);
    if (running == null
        || running.hub().isExternal(Service.NATS)
        || running.hub().isExternal(Service.FOSSIL)) {
      return null;
    }
    return running.hub().resource();
  }

  // --- values in JUnit's store ---

  /** A started hub, which JUnit closes. */
  private record Running(StartedHub hub) implements HubStore.Resource {
    @Override
    public void close() {
      hub.close();
    }
  }

  /** The turn of a test on a shared hub, which JUnit ends by closing this. */
  private record Turn(StartedHub hub, Set<Connection> connections) implements HubStore.Resource {
    @Override
    public void close() {
      try {
        hub.resource().closeConnectionsBut(connections);
      } finally {
        hub.releaseTurn();
      }
    }
  }

  /** The declared state, which JUnit deletes by closing this. */
  private record Declared(DeclaredState state) implements HubStore.Resource {
    @Override
    public void close() {
      state.undo();
    }
  }
}
