package dev.hubkit;

import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.workspace.Endpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;

/**
 * The repository that a hub's one is kept in sync with.
 *
 * @param url http or https, where C fossil or a hub serves it; with {@code user:password@} in front
 *     of the host to log in
 * @param interval how long to wait after a sync for the next one if nothing else calls for it
 */
public record FossilUpstream(String url, Duration interval) {
  /** The interval unless another is given. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofMinutes(1);

  /**
   * Checks both.
   *
   * @throws IllegalArgumentException if it is no such URL, or the interval is not positive
   */
  public FossilUpstream {
    if (interval.isNegative() || interval.isZero()) {
      throw new IllegalArgumentException("Not a positive interval: " + interval);
    }
    try {
      URI server = new URI(url);
      if (server.getHost() == null) {
        throw new URISyntaxException("", "no host");
      }
      FossilClient.of(server).close();
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Not a URL of a Fossil server, such as http://user@example.org/repository: "
              + Endpoint.shown(url));
    }
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return Endpoint.shown(url);
  }
}
