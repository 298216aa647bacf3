package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.DeliverPolicy;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.Subjects;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Checks whether a consumer may join the others of its stream: their number has limits, and no
 * message of a work queue may belong to two of them. Follows {@code addConsumerWithAssignment} and
 * {@code partitionUnique} of nats-server.
 */
public final class ConsumerOverlapCheck {
  private final AccountContext jetStream;
  private final Supplier<StreamConfig> stream;
  private final Supplier<Map<String, ConsumerConfig>> others;

  /**
   * Checks consumers of a stream.
   *
   * @param stream returns the configuration of the stream
   * @param others returns the configurations of its consumers by name; one of the same name does
   *     not count
   */
  public ConsumerOverlapCheck(
      AccountContext jetStream,
      Supplier<StreamConfig> stream,
      Supplier<Map<String, ConsumerConfig>> others) {
    this.jetStream = jetStream;
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
    if (!jetStream.resources().hasHeap()) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    boolean limited = !config.direct() && !config.sourcing();
    // Earlier releases let the consumer of a source or mirror fail where there are too many others.
    if (limited || !jetStream.compatibility().atLeast(Compatibility.V2_15)) {
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
    return stream.get().retention() == RetentionPolicy.WORK_QUEUE;
  }

  private void checkRoom(ConsumerConfig config) {
    long replicas = config.replicas() == 0 ? stream.get().replicas() : config.replicas();
    long byAccount = jetStream.resources().limits(replicas).maxConsumers();
    long max = stream.get().maxConsumers();
    if (max <= 0 || (byAccount > 0 && byAccount < max)) {
      max = byAccount;
    }
    if (max <= 0) {
      max = jetStream.serverLimits().defaultMaxConsumers();
    }
    if (max > 0 && countLimited() >= max) {
      throw ApiError.MAXIMUM_CONSUMERS_LIMIT.exception();
    }
  }

  private int countLimited() {
    int limited = 0;
    for (ConsumerConfig other : others.get().values()) {
      limited += other.sourcing() || other.direct() ? 0 : 1;
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
    for (Map.Entry<String, ConsumerConfig> other : others.get().entrySet()) {
      ConsumerConfig config = other.getValue();
      if (other.getKey().equals(name) || config.direct() || config.sourcing()) {
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
