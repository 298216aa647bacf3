package dev.hubkit.nats.account;

import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceDecision;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.trace.TraceSource;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the messages that another server has brought, and traces those that ask for it. Confined
 * to the thread that reads from that server.
 */
public final class ForwardedDelivery {
  // How long a slow client may hold up the messages of another server.
  private static final long CONGESTION_PATIENCE_MILLIS = 2;

  private final RoutedSubscriber source;
  private final Ingress ingress;
  private final TimeSource time;
  private final BiConsumer<MessageTrace, Account> traced;

  /** Says where messages come in, for their traces. */
  public interface Ingress {
    /**
     * Returns where a message has come in.
     *
     * @param hop the hop that its headers tell
     */
    TraceSource of(String hop, Account account, Message message);
  }

  /**
   * Makes one for the messages of a server.
   *
   * @param source the server that brings them
   * @param traced sends the trace of a message that came to an account
   */
  public ForwardedDelivery(
      RoutedSubscriber source,
      Ingress ingress,
      TimeSource time,
      BiConsumer<MessageTrace, Account> traced) {
    this.source = source;
    this.ingress = ingress;
    this.time = time;
    this.traced = traced;
  }

  /**
   * Delivers a message in an account as {@link Account#deliverForwarded} does.
   *
   * @param origin the cluster whose leaf node has brought it; empty for none
   * @param queues null for all queue groups
   */
  public void deliver(
      Account account,
      String origin,
      String subject,
      Message message,
      @Nullable Collection<String> queues,
      WorkBatch batch) {
    TraceHeaders asked =
        message.headerLength() == 0
            ? null
            : TraceHeaders.find(message.buffer(), message.offset(), message.headerLength());
    if (asked == null) {
      account.deliverForwarded(source, origin, subject, message, queues, batch);
      return;
    }
    TraceDecision start = decide(asked, account, message);
    if (start.skipped()) {
      return;
    }
    MessageTrace trace = start.trace();
    batch.trace(trace);
    try {
      Message passed =
          start.disabled()
              ? HeaderBlock.with(message, TraceHeaders.DESTINATION, TraceHeaders.DISABLED)
              : message;
      account.deliverForwarded(source, origin, subject, passed, queues, batch);
    } finally {
      batch.trace(null);
      if (trace != null) {
        trace.done();
      }
    }
  }

  private TraceDecision decide(TraceHeaders asked, Account account, Message message) {
    return TraceDecision.of(
        asked,
        ingress.of(asked.hop(), account, message),
        account.traceDestination(),
        account.traceSampling(),
        destination -> true,
        time,
        trace -> traced.accept(trace, account));
  }

  /** Waits a moment for a client that cannot take more; then the next message is to be read. */
  public static void await(BackPressure full) throws InterruptedException {
    CountDownLatch relieved = new CountDownLatch(1);
    full.whenRelieved(relieved::countDown);
    // In time or not, the next message is received now.
    var unused = relieved.await(CONGESTION_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }
}
