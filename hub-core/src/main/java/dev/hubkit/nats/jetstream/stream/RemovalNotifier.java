package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.config.StreamObserver;
import dev.hubkit.nats.jetstream.consumer.Consumers;
import dev.hubkit.nats.jetstream.publish.MessageAppender;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.jetstream.store.RemovalListener;
import dev.hubkit.work.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * Tells the parts of a stream which messages have left the store. The store calls it in the middle
 * of its own work, which must not fail with what the parts throw: then the parts have {@link
 * #takeMissed missed} something and have to look at the store again. Confined to the stream's
 * executor.
 */
final class RemovalNotifier implements RemovalListener {
  private final StreamContext stream;
  private final Supervisor supervisor;
  private final MessageAppender appender;
  private final Consumers consumers;
  private final @Nullable StreamObserver observer;
  private boolean missed;

  /** Makes one for a stream, which it names in the log. */
  RemovalNotifier(
      StreamContext stream, Supervisor supervisor, MessageAppender appender, Consumers consumers) {
    this.stream = stream;
    this.supervisor = supervisor;
    this.appender = appender;
    this.consumers = consumers;
    this.observer = stream.jetStream().options().observer();
  }

  @Override
  public void removed(long sequence, String subject, long bytes) {
    try {
      appender.removed(sequence, subject);
      consumers.removed(sequence, subject);
      observe(sequence, 1);
    } catch (Throwable e) {
      failed(e);
    }
  }

  @Override
  public void removedMany(long messages, long bytes) {
    try {
      appender.recount();
      consumers.recount();
      observe(0, messages);
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void observe(long sequence, long messages) {
    if (observer != null) {
      observer.removed(stream.account().name(), stream.name(), sequence, messages);
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
