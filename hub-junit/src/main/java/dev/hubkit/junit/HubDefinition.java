package dev.hubkit.junit;

import dev.hubkit.HubOptions;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * The definition of a hub, by annotation or builder.
 *
 * @param name as {@link WithHub#name()}
 * @param lifecycle how long the hub lives; not {@link HubLifecycle#DEFAULT}
 * @param reset whether the extension resets it between tests; not {@link Reset#DEFAULT}
 * @param isolation what tests see of each other; not {@link Isolation#DEFAULT}
 * @param keepOnFailure whether to save its state when a test fails
 * @param trace when to write the trace of a test; not {@link Trace#DEFAULT}
 * @param upstream the name of the hub that it is a leaf node of; empty for none
 * @param origin distinguishes definitions of the same name; the same for all hubs of the whole run
 * @param kind describes the services; all definitions of a shared hub must agree on it
 * @param options makes the options when the hub starts
 * @param preparations run after the hub has started
 */
record HubDefinition(
    String name,
    HubLifecycle lifecycle,
    Reset reset,
    Isolation isolation,
    boolean keepOnFailure,
    Trace trace,
    String upstream,
    Object origin,
    String kind,
    Supplier<HubOptions> options,
    List<HubExtension.Preparation> preparations) {

  /** Returns the definition by an annotation, completed by the configuration parameters. */
  static HubDefinition of(
      WithHub annotation, Object annotated, boolean onMethod, ExtensionContext context) {
    AttributeDefaults defaults = new AttributeDefaults(context);
    HubLifecycle lifecycle =
        onMethod ? HubLifecycle.PER_METHOD : defaults.lifecycle(annotation.lifecycle());
    DeclarationChecks.requireSense(annotation, onMethod, lifecycle, annotated);
    return new HubDefinition(
        annotation.name(),
        lifecycle,
        defaults.reset(annotation.reset()),
        defaults.isolation(annotation.isolation()),
        defaults.keepOnFailure(annotation.keepOnFailure()),
        defaults.trace(annotation.trace()),
        annotation.upstream(),
        lifecycle == HubLifecycle.PER_SUITE ? "suite" : annotated,
        (annotation.fossil() ? "with" : "without")
            + " Fossil, "
            + (annotation.nats() ? "with" : "without")
            + " NATS"
            + (annotation.acceptReplicas() ? " that accepts replicas" : "")
            + (annotation.compat().isEmpty() ? "" : " as of " + annotation.compat())
            + (annotation.servers() == 1 ? "" : " of " + annotation.servers() + " servers")
            + (annotation.upstream().isEmpty()
                ? ""
                : ", as a leaf node of \"" + annotation.upstream() + "\""),
        () -> StartedHub.options(annotation),
        List.of());
  }

  /** Returns the definition of the {@linkplain DefaultHub default hub} of the run. */
  static HubDefinition ofRun(ExtensionContext context) {
    return new HubDefinition(
        "",
        HubLifecycle.PER_SUITE,
        Reset.NEVER,
        Isolation.NONE,
        false,
        new AttributeDefaults(context).trace(Trace.DEFAULT),
        "",
        DefaultHub.class,
        "without Fossil, with NATS",
        () -> StartedHub.options(false, true),
        List.of());
  }

  /** Completes what the builder left open by the configuration parameters. */
  HubDefinition completed(ExtensionContext context) {
    AttributeDefaults defaults = new AttributeDefaults(context);
    HubLifecycle chosen = defaults.lifecycle(lifecycle);
    return new HubDefinition(
        name,
        chosen,
        defaults.reset(reset),
        defaults.isolation(isolation),
        defaults.keepOnFailure(keepOnFailure),
        defaults.trace(trace),
        upstream,
        chosen == HubLifecycle.PER_SUITE ? "suite" : origin,
        kind,
        options,
        preparations);
  }

  /**
   * Returns the definition for a test method: one with {@link OwnHub} gets a hub per invocation,
   * unless a reset between invocations does as well.
   */
  HubDefinition forMethod(AnnotatedElement method) {
    if (reset == Reset.BEFORE_EACH || !AnnotationSupport.isAnnotated(method, OwnHub.class)) {
      return this;
    }
    return new HubDefinition(
        name,
        HubLifecycle.PER_METHOD,
        reset,
        Isolation.NONE,
        keepOnFailure,
        trace,
        upstream,
        origin,
        kind,
        options,
        preparations);
  }

  /** Returns the definition of a hub that leaf nodes can connect to. */
  HubDefinition asUpstream() {
    return new HubDefinition(
        name,
        lifecycle,
        reset,
        isolation,
        keepOnFailure,
        trace,
        upstream,
        origin,
        kind + ", as an upstream",
        () -> LeafNodeHubs.accepting(options.get(), name),
        preparations);
  }

  /**
   * Returns the key of the started hub in JUnit's store. A test's own hub has another one than a
   * hub of the same name that the whole run shares, which JUnit would find from the test.
   */
  Object key() {
    return new Key(name, lifecycle, isIsolated(), origin);
  }

  /** Returns whether the hub exists only while a test runs. */
  boolean isPerTest() {
    return lifecycle == HubLifecycle.PER_METHOD || isIsolated();
  }

  /** Returns whether each test has a hub of its own that begins like those of the other tests. */
  boolean isIsolated() {
    return isolation == Isolation.PER_TEST;
  }

  private record Key(String name, HubLifecycle lifecycle, boolean isolated, Object origin) {}

  /** Names the hub in messages. */
  String describe() {
    return name.isEmpty() ? "the hub without a name" : "the hub \"" + name + "\"";
  }
}
