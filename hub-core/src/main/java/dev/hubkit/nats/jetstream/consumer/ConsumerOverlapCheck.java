package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.DeliverPolicy;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.Subjects;
import java.util.Collection;
import java.util.List;

/**
 * Checks whether a consumer may join the others of its stream: their number has limits, and no
 * message of a work queue may belong to two of them. Follows {@code addConsumerWithAssignment} and
 * {@code partitionUnique} of nats-server.
 */
final class ConsumerOverlapCheck {
  private final StreamContext stream;
  private final Collection<Consumer> others;

  /**
   * Checks consumers of a stream.
   *
   * @param others the consumers of the stream; one of the same name does not count
   */
  ConsumerOverlapCheck(StreamContext stream, Collection<Consumer> others) {
    this.stream = stream;
    this.others = others;
  }

  /**
   * Refuses a new consumer that may not join the others.
   *
   * @param name its name; empty if the server will choose one
   * @throws ApiException with the reason
   */
  public void checkOverlap(String name, ConsumerConfig config) {
    if (!stream.jetStream().resources().hasHeap()) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    boolean limited = !config.direct() && !config.sourcing();
    // Earlier releases let the consumer of a source or mirror fail where there are too many others.
    if (limited || !stream.jetStream().compatibility().atLeast(Compatibility.V2_15)) {
      checkRoom(config);
    }
    if (isWorkQueue() && limited) {
      checkWorkQueue(name, config);
    }
  }

  /**
   * Refuses filters that take messages of a work queue from other consumers.
   *
   * @throws ApiException {@link ApiError#CONSUMER_WQ_CONSUMER_NOT_UNIQUE}
   */
  public void checkFilters(String name, List<String> filters) {
    if (isWorkQueue() && !isUnique(name, filters)) {
      throw ApiError.CONSUMER_WQ_CONSUMER_NOT_UNIQUE.exception();
    }
  }

  private boolean isWorkQueue() {
    return stream.config().retention() == RetentionPolicy.WORK_QUEUE;
  }

  private void checkRoom(ConsumerConfig config) {
    long replicas = config.replicas() == 0 ? stream.config().replicas() : config.replicas();
    long byAccount = stream.jetStream().resources().limits(replicas).maxConsumers();
    long max = stream.config().maxConsumers();
    if (max <= 0 || (byAccount > 0 && byAccount < max)) {
      max = byAccount;
    }
    if (max <= 0) {
      max = stream.jetStream().serverLimits().defaultMaxConsumers();
    }
    if (max > 0 && countLimited() >= max) {
      throw ApiError.MAXIMUM_CONSUMERS_LIMIT.exception();
    }
  }

  private int countLimited() {
    int limited = 0;
    for (Consumer other : others) {
      limited += other.config().sourcing() || other.config().direct() ? 0 : 1;
    }
    return limited;
  }

  private void checkWorkQueue(String name, ConsumerConfig config) {
    if (config.ackPolicy() != AckPolicy.EXPLICIT && config.ackPolicy() != AckPolicy.FLOW_CONTROL) {
      throw ApiError.CONSUMER_WQ_REQUIRES_EXPLICIT_ACK.exception();
    }
    if (config.deliverPolicy() != DeliverPolicy.ALL) {
      throw ApiError.CONSUMER_WQ_CONSUMER_NOT_DELIVER_ALL.exception();
    }
    if (countLimited() == 0) {
      return;
    }
    if (config.filters().isEmpty()) {
      throw ApiError.CONSUMER_WQ_MULTIPLE_UNFILTERED.exception();
    }
    checkFilters(name, config.filters());
  }

  private boolean isUnique(String name, List<String> filters) {
    if (filters.isEmpty()) {
      return true;
    }
    for (Consumer other : others) {
      ConsumerConfig config = other.config();
      if (other.name().equals(name) || config.direct() || config.sourcing()) {
        continue;
      }
      if (config.filters().isEmpty()) {
        return false;
      }
      for (String taken : config.filters()) {
        for (String filter : filters) {
          if (Subjects.overlap(filter, taken)) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
