package dev.hubkit.junit;

import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.PriorityPolicy;
import io.nats.client.api.ReplayPolicy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** The configuration of a consumer that {@link WithConsumer} declares. */
final class ConsumerAttributes {
  private final WithConsumer consumer;
  private final AttributeTexts texts;
  private final ConsumerConfiguration.Builder config;

  private ConsumerAttributes(WithConsumer consumer, AttributeTexts texts) {
    this.consumer = consumer;
    this.texts = texts;
    this.config =
        consumer.file().isEmpty()
            ? ConsumerConfiguration.builder().ackPolicy(AckPolicy.Explicit)
            : ConfigurationFile.consumer(consumer.file(), texts.label());
  }

  // What an attribute says beyond its default replaces what is in the file.
  static ConsumerConfiguration of(WithConsumer consumer, String label) {
    ConsumerAttributes attributes = new ConsumerAttributes(consumer, new AttributeTexts(label));
    attributes.addName();
    attributes.addSelection();
    attributes.addPush();
    attributes.addAcknowledgements();
    attributes.addPull();
    attributes.addLife();
    return attributes.config.build();
  }

  private void addName() {
    AttributeTexts.ifSet(consumer.name(), config::name);
    if (!consumer.durable()) {
      config.durable(null);
    } else if (!consumer.name().isEmpty()) {
      config.durable(consumer.name());
    }
    AttributeTexts.ifSet(consumer.description(), config::description);
    texts.metadata(consumer.metadata(), config::metadata);
  }

  private void addSelection() {
    if (consumer.filters().length > 0) {
      config.filterSubjects(consumer.filters());
    }
    if (consumer.deliver() != WithConsumer.Deliver.ALL) {
      config.deliverPolicy(
          switch (consumer.deliver()) {
            case ALL -> DeliverPolicy.All;
            case LAST -> DeliverPolicy.Last;
            case NEW -> DeliverPolicy.New;
            case BY_START_SEQUENCE -> DeliverPolicy.ByStartSequence;
            case BY_START_TIME -> DeliverPolicy.ByStartTime;
            case LAST_PER_SUBJECT -> DeliverPolicy.LastPerSubject;
          });
    }
    if (consumer.startSequence() != 0) {
      config.startSequence(consumer.startSequence());
    }
    texts.time("startTime", consumer.startTime(), config::startTime);
    if (consumer.replayOriginal()) {
      config.replayPolicy(ReplayPolicy.Original);
    }
    if (consumer.headersOnly()) {
      config.headersOnly(true);
    }
  }

  private void addPush() {
    AttributeTexts.ifSet(consumer.deliverSubject(), config::deliverSubject);
    AttributeTexts.ifSet(consumer.deliverGroup(), config::deliverGroup);
    texts.duration("idleHeartbeat", consumer.idleHeartbeat(), config::idleHeartbeat);
    if (consumer.flowControl()) {
      if (consumer.idleHeartbeat().isEmpty()) {
        throw new ExtensionConfigurationException(
            texts.label()
                + " has flowControl = true without idleHeartbeat: add one, such as idleHeartbeat ="
                + " \"5s\"");
      }
      texts.duration("idleHeartbeat", consumer.idleHeartbeat(), config::flowControl);
    }
    if (consumer.rateLimit() != 0) {
      config.rateLimit(consumer.rateLimit());
    }
  }

  private void addAcknowledgements() {
    if (consumer.ack() != WithConsumer.Ack.EXPLICIT) {
      config.ackPolicy(consumer.ack() == WithConsumer.Ack.ALL ? AckPolicy.All : AckPolicy.None);
    }
    texts.duration("ackWait", consumer.ackWait(), config::ackWait);
    List<Duration> backoff = texts.durations("backoff", consumer.backoff());
    if (!backoff.isEmpty()) {
      config.backoff(backoff.toArray(new Duration[0]));
    }
    if (consumer.maxDeliver() != -1) {
      config.maxDeliver(consumer.maxDeliver());
    }
    if (consumer.maxAckPending() != 0) {
      config.maxAckPending(consumer.maxAckPending());
    }
    AttributeTexts.ifSet(consumer.sampleFrequency(), config::sampleFrequency);
  }

  private void addPull() {
    if (consumer.maxPullWaiting() != 0) {
      config.maxPullWaiting(consumer.maxPullWaiting());
    }
    if (consumer.maxBatch() != 0) {
      config.maxBatch(consumer.maxBatch());
    }
    if (consumer.maxBytes() != 0) {
      config.maxBytes(consumer.maxBytes());
    }
    texts.duration("maxExpires", consumer.maxExpires(), config::maxExpires);
    if (consumer.priorityGroups().length > 0) {
      config.priorityGroups(consumer.priorityGroups());
    }
    if (consumer.priorityPolicy() != WithConsumer.PriorityGroupPolicy.NONE) {
      config.priorityPolicy(
          switch (consumer.priorityPolicy()) {
            case NONE -> PriorityPolicy.None;
            case OVERFLOW -> PriorityPolicy.Overflow;
            case PRIORITIZED -> PriorityPolicy.Prioritized;
            case PINNED_CLIENT -> PriorityPolicy.PinnedClient;
          });
    }
    texts.duration("priorityTimeout", consumer.priorityTimeout(), config::priorityTimeout);
  }

  private void addLife() {
    texts.duration("inactiveThreshold", consumer.inactiveThreshold(), config::inactiveThreshold);
    if (consumer.replicas() != 0) {
      config.numReplicas(consumer.replicas());
    }
    if (consumer.memoryStorage()) {
      config.memStorage(true);
    }
    texts.time("pauseUntil", consumer.pauseUntil(), config::pauseUntil);
  }
}
