package dev.hubkit.bench;

import dev.hubkit.junit.InProcess;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.time.Duration;
import java.util.Map;

/** Loads a Hub from jnats clients in its own JVM, and the real server from the same clients. */
final class InProcessLoad {
  private static final String SUBJECT = "bench.subject";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private InProcessLoad() {}

  /**
   * Measures the microseconds that a request takes when another connection answers it; median and
   * 99th percentile.
   */
  static Measurement request(String row, int requests) {
    return process -> {
      if (!process.isHub()) {
        Options.Builder options = Options.builder().server(process.url().toString());
        return request(row, requests, options);
      }
      try (NatsServer server = NatsServer.start(NatsOptions.builder().port(0).build())) {
        return request(
            row,
            requests,
            Options.builder().server(server.clientUrl()).dataPortType(InProcess.dataPort()));
      }
    };
  }

  private static Map<String, Figure> request(String row, int requests, Options.Builder options)
      throws Exception {
    try (Connection asking = Nats.connect(options.build());
        Connection answering = Nats.connect(options.build())) {
      answering
          .createDispatcher(message -> answering.publish(message.getReplyTo(), message.getData()))
          .subscribe(SUBJECT);
      answering.flush(PATIENCE);
      byte[] payload = new byte[16];
      long[] nanos = new long[requests];
      for (int i = -requests / 4; i < requests; i++) {
        long start = System.nanoTime();
        if (asking.request(SUBJECT, payload, PATIENCE) == null) {
          throw new IllegalStateException("No answer");
        }
        if (i >= 0) {
          nanos[i] = System.nanoTime() - start;
        }
      }
      return CoreLoad.percentiles(row, nanos);
    }
  }
}
