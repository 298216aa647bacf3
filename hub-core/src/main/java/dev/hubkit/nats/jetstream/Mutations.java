package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Batch;
import java.util.ArrayDeque;

/** Changes to the set of streams of an account, one at a time in the order they were asked for. */
final class Mutations {
  private final Lane lane;
  // Confined to the lane.
  private final ArrayDeque<JetStream.Mutation> waiting = new ArrayDeque<>();
  private boolean mutating;

  Mutations(Lane lane) {
    this.lane = lane;
  }

  /** Makes a change once those asked for earlier are complete. Any thread. */
  void add(JetStream.Mutation mutation, Batch batch) {
    lane.submit(
        laneBatch -> {
          waiting.add(mutation);
          next(laneBatch);
        },
        batch);
  }

  private void next(Batch batch) {
    if (!mutating && !waiting.isEmpty()) {
      mutating = true;
      waiting.remove().run(batch, doneBatch -> lane.submit(this::end, doneBatch));
    }
  }

  private void end(Batch batch) {
    mutating = false;
    next(batch);
  }
}
