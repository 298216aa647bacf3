package dev.hubkit.junit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The seed that a repository begins with, of all that is declared for a hub.
 *
 * @param rest what is created once the hub has started, from the outside in
 */
record FirstSeed(HubDefinition hub, Optional<WithSeed> seed, List<Declarations> rest) {

  /**
   * Chooses the outermost seed. Where the hubs of several tests begin alike, only classes have one.
   *
   * @param declared what the classes and the test declare, from the outside in
   */
  static FirstSeed of(HubDefinition hub, List<Declarations> declared) {
    int candidates = hub.isIsolated() ? declared.size() - 1 : declared.size();
    List<Declarations> rest = new ArrayList<>();
    Optional<WithSeed> first = Optional.empty();
    for (Declarations each : declared) {
      if (first.isEmpty() && rest.size() < candidates && each.seed().isPresent()) {
        first = each.seed();
        rest.add(each.withoutStart());
      } else {
        rest.add(each.withoutNatsConfig());
      }
    }
    return new FirstSeed(hub, first, rest);
  }

  /** Returns the key, in the store of a context, of the repository that begins with this seed. */
  Object key(ExtensionContext context) {
    return HubStore.key("image", List.of(hub.key(), seed), context);
  }
}
