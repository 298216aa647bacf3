package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.Ack;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import java.util.ArrayList;
import java.util.List;

/**
 * Queues acknowledgements until the stream's executor processes all of them at once. Thread-safe;
 * the {@link Processor} runs on the executor.
 */
final class AckQueue {
  private final SerialExecutor executor;
  private final Processor processor;
  private final Object lock = new Object();
  private List<Ack> waiting = new ArrayList<>();
  private List<Ack> spare = new ArrayList<>();

  /** Processes acknowledgements in the order of their arrival. */
  @FunctionalInterface
  interface Processor {
    void process(List<Ack> acks, WorkBatch batch);
  }

  AckQueue(SerialExecutor executor, Processor processor) {
    this.executor = executor;
    this.processor = processor;
  }

  public void add(Ack ack, WorkBatch batch) {
    boolean first;
    synchronized (lock) {
      first = waiting.isEmpty();
      waiting.add(ack);
    }
    if (first) {
      try {
        executor.submit(this::takeAll, batch);
      } catch (Throwable e) {
        // Otherwise they would wait for ever; without them the messages are redelivered.
        synchronized (lock) {
          waiting.clear();
        }
        throw e;
      }
    }
  }

  private void takeAll(WorkBatch batch) {
    List<Ack> acks;
    synchronized (lock) {
      acks = waiting;
      waiting = spare;
      spare = acks;
    }
    try {
      processor.process(acks, batch);
    } finally {
      acks.clear();
    }
  }
}
