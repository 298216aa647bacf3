package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.protocol.Ack;
import dev.hubkit.nats.jetstream.protocol.AckSubject;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.protocol.StatusMessage;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.WorkStep;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The subscriptions of a consumer: to the acknowledgements of its deliveries (ADR-15) and to the
 * requests that no handler of the API answers, {@code CONSUMER.MSG.NEXT} and {@code
 * CONSUMER.RESET}. Messages arrive on any thread and are passed on to the stream's executor.
 */
public final class ConsumerSubjects {
  private final ConsumerContext consumer;
  private final Account account;
  private final AckQueue acks;
  private final DeliveryMode mode;
  private final BiConsumer<Message, WorkBatch> reset;
  private final List<Subscription> subscriptions = new ArrayList<>();

  /**
   * Makes the subscriptions of a consumer.
   *
   * @param reset handles requests to {@code CONSUMER.RESET}; called on any thread
   */
  ConsumerSubjects(
      ConsumerContext consumer,
      AckQueue acks,
      DeliveryMode mode,
      BiConsumer<Message, WorkBatch> reset) {
    this.consumer = consumer;
    this.account = consumer.stream().account();
    this.acks = acks;
    this.mode = mode;
    this.reset = reset;
  }

  public void open() {
    StreamContext stream = consumer.stream();
    AckPolicy policy = consumer.config().ackPolicy();
    if (policy == AckPolicy.EXPLICIT || policy == AckPolicy.ALL) {
      subscribe(AckSubject.wildcard(consumer.plainPrefix()), this::acknowledged);
      subscribe(AckSubject.wildcard(consumer.scopedPrefix()), this::acknowledged);
    }
    String own = stream.name() + '.' + consumer.name();
    subscribe(ApiSubjects.PREFIX + "CONSUMER.MSG.NEXT." + own, this::pulled);
    subscribe(
        ApiSubjects.PREFIX + "CONSUMER.RESET." + own,
        (subscription, message, batch) -> reset.accept(message, batch));
  }

  private void subscribe(String subject, Subscriber subscriber) {
    subscriptions.add(account.subscribe(subject, null, subscriber));
  }

  public void close() {
    subscriptions.forEach(account::unsubscribe);
    subscriptions.clear();
  }

  private void acknowledged(Subscription subscription, Message message, WorkBatch batch) {
    acks.add(Ack.parse(message), batch);
  }

  private void pulled(Subscription subscription, Message message, WorkBatch batch) {
    String reply = message.reply();
    if (reply == null) {
      return;
    }
    if (consumer.config().isPush()) {
      mode.request(reply, message.payload(), batch);
      return;
    }
    if (message.headerLength() > 0
        && AssetVersions.needsNewerServer(message, consumer.stream().jetStream().compatibility())) {
      account.publish(StatusMessage.plain(reply, "412 Required Api Level"), batch);
      return;
    }
    byte[] payload = message.payload();
    consumer.stream()
        .executor()
        .submit(
            taskBatch -> {
              if (consumer.isServing()) {
                request(reply, payload, taskBatch);
              }
            },
            batch);
  }

  private void request(String reply, byte[] payload, WorkBatch batch) {
    try {
      WorkStep.CONSUMER_PULL.reach();
      mode.request(reply, payload, batch);
    } catch (Throwable e) {
      consumer.stream().jetStream().supervisor().failed(consumer, e, null);
      account.publish(StatusMessage.plain(reply, "500 Server Error"), batch);
    }
  }
}
