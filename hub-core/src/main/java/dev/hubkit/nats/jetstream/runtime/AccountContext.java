package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.work.Health;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What a stream and its parts know of the account's JetStream. Thread-safe. */
public interface AccountContext extends ApiAccount {
  /** Returns the limits of the server that hold now; a reload can change them. */
  JetStreamLimits serverLimits();

  /**
   * Returns the executor for work that takes long: a pool that the server shares, never a network
   * thread.
   */
  Executor workers();

  /** Returns the health, to which failures that last are reported. */
  Health health();

  /** Returns the use and the limits of the account. */
  AccountUsage resources();

  /** Returns the count of open batches in all accounts of the server. */
  OpenBatches batches();

  /** Returns the count of waiting API requests in all accounts of the server. */
  WaitingRequests waiting();

  /** Returns the count of waiting direct gets in all accounts of the server. */
  WaitingRequests directGets();

  /** Returns what is known of the cluster; null on a server that is in none with JetStream. */
  @Nullable ClusterAccount cluster();

  /** Returns the configuration of the stream of this name, or null if there is none. */
  @Nullable StreamConfig configOf(String stream);

  /**
   * Checks that the subjects belong to no other stream.
   *
   * @throws ApiException {@link ApiError#STREAM_SUBJECT_OVERLAP}
   */
  void checkOverlap(StreamConfig config);
}
