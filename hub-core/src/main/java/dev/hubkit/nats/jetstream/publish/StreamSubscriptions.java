package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.runtime.LogThrottle;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The subscriptions of a stream to its subjects. Confined to the stream's executor. */
public final class StreamSubscriptions {
  private final PublishContext stream;
  private static final Log log = Log.of(StreamSubscriptions.class);
  // nats-server sends this with the refusal (queueInbound in server/stream.go).
  private static final byte[] TOO_MANY =
      "NATS/1.0 429 Too Many Requests\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final MessageAppender appender;
  private final PublishBacklog backlog;
  private final LogThrottle warnings;
  private final Map<String, Subscription> subscriptions = new HashMap<>();

  public StreamSubscriptions(PublishContext stream, MessageAppender appender) {
    this.stream = stream;
    this.appender = appender;
    this.warnings = new LogThrottle(stream.time(), Duration.ofSeconds(1));
    JetStreamLimits limits = stream.jetStream().options().serverLimits();
    this.backlog =
        new PublishBacklog(
            limits.maxBufferedMessages(), limits.maxBufferedSize(), MemoryBudget.BUFFERS);
  }

  /** Subscribes to these subjects and unsubscribes from all others. */
  public void update(Collection<String> subjects) {
    Account account = stream.account();
    Set<String> wanted = new HashSet<>(subjects);
    subscriptions
        .entrySet()
        .removeIf(
            entry -> {
              if (wanted.contains(entry.getKey())) {
                return false;
              }
              account.unsubscribe(entry.getValue());
              return true;
            });
    for (String subject : subjects) {
      subscriptions.computeIfAbsent(subject, key -> account.subscribe(key, null, this::deliver));
    }
  }

  // Runs on the publisher's thread: the message waits on the executor for the end of its batch.
  private void deliver(Subscription subscription, Message published, WorkBatch batch) {
    // A status is the server's to tell (removeHeaderStatusIfPresent of nats-server).
    Message message =
        published.headerLength() == 0 ? published : HeaderBlock.withoutStatus(published);
    int length = message.length();
    if (!backlog.add(length)) {
      refuse(message, batch);
      return;
    }
    MessageTrace trace = batch.trace();
    if (trace == null) {
      Message kept = message.retain();
      stream
          .executor()
          .submit(
              taskBatch -> {
                backlog.started(length);
                appender.receive(kept, taskBatch);
              },
              batch);
      return;
    }
    // Later readers of the message are not part of its trace.
    Message kept =
        trace.only()
            ? message.retain()
            : HeaderBlock.with(message, TraceHeaders.DESTINATION, TraceHeaders.DISABLED);
    MessageTrace.StreamTrace step = trace.stream(stream.name());
    stream
        .executor()
        .submit(
            taskBatch -> {
              backlog.started(length);
              appender.receive(kept, step, taskBatch);
            },
            batch);
  }

  private void refuse(Message message, WorkBatch batch) {
    if (warnings.tryPermit()) {
      log.warn(
          "Dropping messages due to excessive stream ingest rate on '{}' > '{}'",
          stream.account().name(),
          stream.name());
    }
    String reply = message.reply();
    if (reply != null) {
      byte[] answer = appender.refusal(ApiError.STREAM_TOO_MANY_REQUESTS.exception());
      stream.account().publish(Message.of(reply, null, TOO_MANY, answer), batch);
    }
  }

  /** Unsubscribes from everything until the next {@link #update}. */
  public void pause() {
    subscriptions.values().forEach(stream.account()::unsubscribe);
    subscriptions.clear();
  }

  /** Counts out the messages that were processed in the round. */
  public void roundEnded() {
    backlog.roundEnded();
  }

  /** Ends all subscriptions. */
  public void close() {
    pause();
    backlog.close();
  }
}
