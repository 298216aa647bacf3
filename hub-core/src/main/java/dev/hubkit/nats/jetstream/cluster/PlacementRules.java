package dev.hubkit.nats.jetstream.cluster;

/**
 * What the server that leads a cluster requires of the servers of a stream, beside what the stream
 * asks for.
 *
 * @param uniqueTag the servers of a stream have different tags that begin so ({@code unique_tag} of
 *     nats-server); empty for no such rule
 * @param maxHaAssets how many streams and consumers of several servers one server takes ({@code
 *     max_ha_assets}); 0 for any number
 */
public record PlacementRules(String uniqueTag, long maxHaAssets) {
  /** No rules. */
  public static final PlacementRules NONE = new PlacementRules("", 0);
}
