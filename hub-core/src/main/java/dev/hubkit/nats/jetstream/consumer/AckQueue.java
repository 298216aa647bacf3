package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.Ack;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import java.util.ArrayList;
import java.util.List;

/**
 * Where acknowledgements wait until the stream's executor takes them, all that are there at once.
 * Thread-safe; {@link Processor} is called on the executor.
 */
final class AckQueue {
  private final SerialExecutor executor;
  private final Processor processor;
  private final Object lock = new Object();
  private List<Ack> waiting = new ArrayList<>();
  private List<Ack> spare = new ArrayList<>();

  /** Takes acknowledgements in the order they came. */
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
        // Or nobody would ever come for them: the messages are delivered again.
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
