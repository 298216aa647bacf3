package dev.hubkit.http;

import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Health;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * The options of a server. Immutable.
 *
 * @param name the name of its threads, and of the server in the log
 * @param workers how many handlers run at once; at least 1
 * @param clock for the Date of answers; all limits are of real time
 * @param health receives a report when the server cannot serve anybody
 * @param cleanPaths whether a path such as {@code //a/../b} is redirected to the one it means, as
 *     Go's net/http does
 * @param engines makes the server's side of each TLS connection; null for plain HTTP
 */
public record HttpServerOptions(
    String name,
    int workers,
    SizeLimits sizes,
    TimeLimits times,
    BodyLimit bodyLimit,
    TimeSource clock,
    Health health,
    boolean cleanPaths,
    @Nullable Supplier<SSLEngine> engines) {
  /** Checks the ranges. */
  public HttpServerOptions {
    if (workers < 1) {
      throw new IllegalArgumentException("Not a number of workers: " + workers);
    }
  }

  /** Returns options for plain HTTP with the default limits. */
  public static HttpServerOptions of(String name, int workers, TimeSource clock) {
    return new HttpServerOptions(
        name,
        workers,
        SizeLimits.defaults(),
        TimeLimits.defaults(),
        BodyLimit.NONE,
        clock,
        new Health(),
        false,
        null);
  }

  /** Returns these options with other limits on sizes. */
  public HttpServerOptions withSizes(SizeLimits value) {
    return new HttpServerOptions(
        name, workers, value, times, bodyLimit, clock, health, cleanPaths, engines);
  }

  /** Returns these options with other limits on times. */
  public HttpServerOptions withTimes(TimeLimits value) {
    return new HttpServerOptions(
        name, workers, sizes, value, bodyLimit, clock, health, cleanPaths, engines);
  }

  /** Returns these options with a decision on large bodies. */
  public HttpServerOptions withBodyLimit(BodyLimit value) {
    return new HttpServerOptions(
        name, workers, sizes, times, value, clock, health, cleanPaths, engines);
  }

  /** Returns these options with another receiver of reports. */
  public HttpServerOptions withHealth(Health value) {
    return new HttpServerOptions(
        name, workers, sizes, times, bodyLimit, clock, value, cleanPaths, engines);
  }

  /** Returns these options with HTTPS instead of HTTP. */
  public HttpServerOptions withTls(Supplier<SSLEngine> value) {
    return new HttpServerOptions(
        name, workers, sizes, times, bodyLimit, clock, health, cleanPaths, value);
  }

  /** Returns these options with redirection to clean paths. */
  public HttpServerOptions withCleanPaths() {
    return new HttpServerOptions(
        name, workers, sizes, times, bodyLimit, clock, health, true, engines);
  }
}
