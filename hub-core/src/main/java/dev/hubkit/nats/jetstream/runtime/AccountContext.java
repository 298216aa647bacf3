package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What a stream and its parts may know of the account's JetStream. Thread-safe. */
public interface AccountContext {
  Account account();

  JetStreamOptions options();

  TimeSource time();

  /** Runs what takes long: a pool that the server shares, never a network thread. */
  Executor workers();

  /** Runs what may fail. */
  Supervisor supervisor();

  /** Reports what cannot go on. */
  Health health();

  /** What the streams take, and what they may. */
  AccountUsage resources();

  /** Counts the batches that are open in all accounts of the server. */
  OpenBatches batches();

  /** Counts the requests that wait in all accounts of the server. */
  WaitingRequests waiting();

  /** The configuration of the stream of this name; null when there is none. */
  @Nullable StreamConfig configOf(String stream);

  /**
   * Checks that the subjects belong to no other stream.
   *
   * @throws ApiException {@link ApiError#STREAM_SUBJECT_OVERLAP}
   */
  void checkOverlap(StreamConfig config);
}
