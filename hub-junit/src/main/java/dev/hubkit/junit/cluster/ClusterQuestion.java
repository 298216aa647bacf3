package dev.hubkit.junit.cluster;

import dev.hubkit.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Asks the JetStream API of a hub. */
@SuppressWarnings("exports")
@FunctionalInterface
public interface ClusterQuestion {
  /**
   * Returns the answer to a request without a body; null when none comes at once.
   *
   * @param request the subject after {@code $JS.API.}
   */
  @Nullable JsonObject ask(String request);
}
