package dev.hubkit.nats;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;

/**
 * Clients that give a server on a busy machine time: to greet them, and to answer what they ask of
 * JetStream. Those of {@link Nats#connect(String)} give it two seconds.
 */
public final class PatientClient {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private PatientClient() {}

  /** Connects a client that is like any other but for its patience. */
  public static Connection connect(String url) throws IOException, InterruptedException {
    return Nats.connect(Options.builder().server(url).connectionTimeout(PATIENCE).build());
  }
}
