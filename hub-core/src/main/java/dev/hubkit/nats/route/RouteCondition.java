package dev.hubkit.nats.route;

/**
 * How the link to another server of the cluster is.
 *
 * @param held whether nothing that is sent there arrives, until the link is whole again
 * @param delayNanos how long what is sent there takes
 * @param isDisturbed whether this or the other direction is slow or held
 */
public record RouteCondition(boolean held, long delayNanos, boolean isDisturbed) {
  /** The condition of a link without faults. */
  public static final RouteCondition WHOLE = new RouteCondition(false, 0, false);
}
