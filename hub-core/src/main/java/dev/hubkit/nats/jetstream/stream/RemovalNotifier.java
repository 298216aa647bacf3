package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.consumer.Consumers;
import dev.hubkit.nats.jetstream.publish.MessageAppender;
import dev.hubkit.nats.jetstream.store.RemovalListener;
import dev.hubkit.work.Supervisor;

/**
 * Tells the parts of a stream which messages have left the store. The store calls it in the middle
 * of its own work, which must not fail with what the parts throw: then the parts have {@link
 * #takeMissed missed} something and have to look at the store again. Confined to the stream's
 * executor.
 */
final class RemovalNotifier implements RemovalListener {
  private final Object stream;
  private final Supervisor supervisor;
  private final MessageAppender appender;
  private final Consumers consumers;
  private boolean missed;

  /**
   * Makes one for a stream.
   *
   * @param stream names the stream in the log
   */
  RemovalNotifier(
      Object stream, Supervisor supervisor, MessageAppender appender, Consumers consumers) {
    this.stream = stream;
    this.supervisor = supervisor;
    this.appender = appender;
    this.consumers = consumers;
  }

  @Override
  public void removed(long sequence, String subject, long bytes) {
    try {
      appender.removed(sequence, subject);
      consumers.removed(sequence, subject);
    } catch (Throwable e) {
      failed(e);
    }
  }

  @Override
  public void removedMany(long messages, long bytes) {
    try {
      appender.recount();
      consumers.recount();
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void failed(Throwable failure) {
    missed = true;
    supervisor.failed(stream, failure, null);
  }

  /** Returns whether a part has missed removals since the last call. */
  boolean takeMissed() {
    boolean was = missed;
    missed = false;
    return was;
  }
}
