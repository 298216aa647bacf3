package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Supervisor;
import org.jspecify.annotations.Nullable;

/** What answers to API requests need of an account, with JetStream or without. Thread-safe. */
public interface ApiAccount {
  Account account();

  JetStreamOptions options();

  /** Returns the releases of nats-server that this server behaves like. */
  default Compatibility compatibility() {
    return options().compatibility();
  }

  TimeSource time();

  /** Returns the supervisor, which runs work that may fail. */
  Supervisor supervisor();

  /** Counts a response of the API. */
  void countAnswer(boolean error);

  /**
   * Writes the field {@code client} of the audit of a request.
   *
   * @param requester the client that sent it; null for the server itself
   * @param subject the subject of the request
   */
  default void writeClient(JsonWriter out, @Nullable Requester requester, String subject) {
    ClientInfo.write(out, requester, this);
  }
}
