package dev.hubkit.nats.monitor;

import com.sun.net.httpserver.HttpExchange;
import dev.hubkit.http.HttpServerOptions;
import dev.hubkit.http.NioHttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The profiling port of nats-server ({@code --profile}), as far as a JVM has what Go's {@code
 * pprof} shows: the threads as text, and how much memory is in use. Thread-safe.
 */
public final class ProfilePort implements AutoCloseable {
  private static final String PATH = "/debug/pprof/";
  private static final String PLAIN_TEXT = "text/plain; charset=utf-8";

  private final NioHttpServer http;

  private ProfilePort(NioHttpServer http) {
    this.http = http;
  }

  /**
   * Begins to listen.
   *
   * @param address port 0 takes a free one
   * @throws IOException if the address cannot be listened on
   */
  public static ProfilePort start(InetSocketAddress address, Reports reports, String threadName)
      throws IOException {
    NioHttpServer http =
        NioHttpServer.create(
            address,
            HttpServerOptions.of(threadName, 1, reports.server().time())
                .withHealth(reports.server().health()));
    ProfilePort port = new ProfilePort(http);
    http.createContext("/", port::answer);
    http.start();
    return port;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String profile = profile(path);
    String unknown = path.startsWith(PATH) ? "Unknown profile\n" : "404 page not found\n";
    byte[] bytes = (profile == null ? unknown : profile).getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", PLAIN_TEXT);
      exchange.sendResponseHeaders(profile == null ? 404 : 200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static @Nullable String profile(String path) {
    return switch (path) {
      case PATH ->
          "/debug/pprof/\n\nTypes of profiles available:\n"
              + RuntimeProfile.threadCount()
              + "\tgoroutine\n"
              + RuntimeProfile.memory().lines().count()
              + "\theap\n";
      case PATH + "cmdline" -> "nats-server";
      case PATH + "goroutine" ->
          "goroutine profile: total "
              + RuntimeProfile.threadCount()
              + "\n\n"
              + RuntimeProfile.threads();
      case PATH + "heap" -> RuntimeProfile.memory();
      default -> null;
    };
  }

  /** Returns the port it listens on. */
  public int port() {
    return http.getAddress().getPort();
  }

  /** Stops at once; returns when the port is free and the threads have ended. */
  @Override
  public void close() {
    http.stop(Duration.ZERO);
  }
}
