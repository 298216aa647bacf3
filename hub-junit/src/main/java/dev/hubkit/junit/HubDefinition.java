package dev.hubkit.junit;

import dev.hubkit.HubOptions;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A hub that a test asks for.
 *
 * @param name as {@link WithHub#name()}
 * @param lifecycle how long one lives; not {@link HubLifecycle#DEFAULT}
 * @param reset whether it is put back between tests; not {@link Reset#DEFAULT}
 * @param isolation what tests see of each other; not {@link Isolation#DEFAULT}
 * @param keepOnFailure whether its directory outlives a failed test
 * @param origin tells definitions of the same name apart; for a hub of the whole run its name alone
 *     does
 * @param kind what two definitions of one hub must have in common
 * @param options made when it is started
 * @param preparations run when it, or a test's part of it, has been started
 */
record HubDefinition(
    String name,
    HubLifecycle lifecycle,
    Reset reset,
    Isolation isolation,
    boolean keepOnFailure,
    Object origin,
    String kind,
    Supplier<HubOptions> options,
    List<HubExtension.Preparation> preparations) {

  /** What an annotation says, completed by the configuration parameters. */
  static HubDefinition of(
      WithHub annotation, Object annotated, boolean onMethod, ExtensionContext context) {
    Defaults defaults = new Defaults(context);
    HubLifecycle lifecycle =
        onMethod ? HubLifecycle.PER_METHOD : defaults.lifecycle(annotation.lifecycle());
    return new HubDefinition(
        annotation.name(),
        lifecycle,
        defaults.reset(annotation.reset()),
        defaults.isolation(annotation.isolation()),
        defaults.keepOnFailure(annotation.keepOnFailure()),
        lifecycle == HubLifecycle.PER_SUITE ? "suite" : annotated,
        (annotation.fossil() ? "with" : "without")
            + " Fossil, "
            + (annotation.nats() ? "with" : "without")
            + " NATS",
        () -> StartedHub.options(annotation.fossil(), annotation.nats()),
        List.of());
  }

  /** Completes what a builder was told nothing about. */
  HubDefinition completed(ExtensionContext context) {
    Defaults defaults = new Defaults(context);
    HubLifecycle chosen = defaults.lifecycle(lifecycle);
    return new HubDefinition(
        name,
        chosen,
        defaults.reset(reset),
        defaults.isolation(isolation),
        defaults.keepOnFailure(keepOnFailure),
        chosen == HubLifecycle.PER_SUITE ? "suite" : origin,
        kind,
        options,
        preparations);
  }

  /** The key its hub is stored under. */
  Object key() {
    return new Key(name, lifecycle, origin);
  }

  /** Whether one of it is there only while a test runs. */
  boolean isPerTest() {
    return lifecycle == HubLifecycle.PER_METHOD || isolation == Isolation.PER_TEST;
  }

  private record Key(String name, HubLifecycle lifecycle, Object origin) {}

  /** What to call it in a message. */
  String describe() {
    return name.isEmpty() ? "the hub without a name" : "the hub \"" + name + "\"";
  }
}
