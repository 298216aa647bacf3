package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.runtime.ReplicatedState;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The state of a stream for a replica that lacks too much. Comes a little later than it is asked
 * for, since only the executor of the leader's stream may look at it. Thread-safe.
 */
public final class StreamReplicaSnapshot {
  private final CompletableFuture<ReplicatedState> state = new CompletableFuture<>();

  StreamReplicaSnapshot() {}

  void complete(ReplicatedState found) {
    state.complete(found);
  }

  void fail(Throwable failure) {
    state.completeExceptionally(failure);
  }

  /**
   * Calls back with the state or with why there is none, at once if that is known.
   *
   * @param receiver must not throw
   */
  void whenComplete(BiConsumer<@Nullable ReplicatedState, @Nullable Throwable> receiver) {
    var unused = state.whenComplete(receiver);
  }
}
