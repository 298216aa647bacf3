package dev.hubkit.junit;

import dev.hubkit.HubOptions;
import java.util.function.Supplier;

/**
 * A hub that a test asks for.
 *
 * @param name as {@link WithHub#name()}
 * @param lifecycle how long one lives
 * @param origin tells definitions of the same name apart; for a hub of the whole run what makes two
 *     of them the same
 * @param options made when it is started
 */
record HubDefinition(
    String name, HubLifecycle lifecycle, Object origin, Supplier<HubOptions> options) {

  static HubDefinition of(WithHub annotation, Object annotated, boolean onMethod) {
    HubLifecycle lifecycle = onMethod ? HubLifecycle.PER_METHOD : annotation.lifecycle();
    Object origin =
        lifecycle == HubLifecycle.PER_SUITE
            ? "fossil=" + annotation.fossil() + ",nats=" + annotation.nats()
            : annotated;
    return new HubDefinition(
        annotation.name(),
        lifecycle,
        origin,
        () -> HubResource.options(annotation.fossil(), annotation.nats()));
  }

  /** The key its hub is stored under. */
  Object key() {
    return new Key(name, lifecycle, origin);
  }

  private record Key(String name, HubLifecycle lifecycle, Object origin) {}

  /** What to call it in a message. */
  String describe() {
    return name.isEmpty() ? "the hub without a name" : "the hub \"" + name + "\"";
  }
}
