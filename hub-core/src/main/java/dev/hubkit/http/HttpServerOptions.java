package dev.hubkit.http;

import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Health;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * How a server serves. Immutable.
 *
 * @param name what its threads are called, and what it is called in the log
 * @param workers how many handlers run at once; at least 1
 * @param clock for the Date of answers; all limits are of real time
 * @param health hears when the server can serve nobody
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
    @Nullable Supplier<SSLEngine> engines) {
  /** Checks the ranges. */
  public HttpServerOptions {
    if (workers < 1) {
      throw new IllegalArgumentException("Not a number of workers: " + workers);
    }
  }

  /** Plain HTTP within the default limits. */
  public static HttpServerOptions of(String name, int workers, TimeSource clock) {
    return new HttpServerOptions(
        name,
        workers,
        SizeLimits.defaults(),
        TimeLimits.defaults(),
        BodyLimit.NONE,
        clock,
        new Health(),
        null);
  }

  /** The same with other limits on sizes. */
  public HttpServerOptions withSizes(SizeLimits value) {
    return new HttpServerOptions(name, workers, value, times, bodyLimit, clock, health, engines);
  }

  /** The same with other limits on times. */
  public HttpServerOptions withTimes(TimeLimits value) {
    return new HttpServerOptions(name, workers, sizes, value, bodyLimit, clock, health, engines);
  }

  /** The same with a decision on large bodies. */
  public HttpServerOptions withBodyLimit(BodyLimit value) {
    return new HttpServerOptions(name, workers, sizes, times, value, clock, health, engines);
  }

  /** The same whose troubles {@code value} hears of. */
  public HttpServerOptions withHealth(Health value) {
    return new HttpServerOptions(name, workers, sizes, times, bodyLimit, clock, value, engines);
  }

  /** The same with HTTPS instead of HTTP. */
  public HttpServerOptions withTls(Supplier<SSLEngine> value) {
    return new HttpServerOptions(name, workers, sizes, times, bodyLimit, clock, health, value);
  }
}
