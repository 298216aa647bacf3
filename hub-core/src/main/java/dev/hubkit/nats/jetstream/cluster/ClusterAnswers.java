package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;

/** Answers the requests for changes that a cluster has made on this server. Thread-safe. */
@FunctionalInterface
public interface ClusterAnswers {
  /**
   * Answers a request, now or when it has come here, too: only then the client that waits for the
   * answer is known here.
   *
   * @param reply the reply subject of the request; nothing happens for an empty one
   */
  void answer(String account, String reply, Answer answer, WorkBatch batch);

  /** An answer to a request. */
  interface Answer {
    /** Returns the executor on which it is written. */
    SerialExecutor executor();

    /**
     * Writes the fields of the answer after its type.
     *
     * @throws dev.hubkit.nats.jetstream.protocol.ApiException if the change has failed
     */
    void writeTo(JsonWriter out);

    /** Does what follows the answer. */
    default void sent(WorkBatch batch) {}
  }
}
