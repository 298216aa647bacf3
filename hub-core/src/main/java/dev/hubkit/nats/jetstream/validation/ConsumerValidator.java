package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.AckSampling;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.PriorityPolicy;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.ReservedSubjects;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.GoDuration;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Validates configurations of consumers. The rules, their order and their errors are those of
 * nats-server ({@code checkConsumerCfg} and {@code checkNewConsumerConfig} in server/consumer.go),
 * because clients are written against them.
 */
public final class ConsumerValidator {
  private static final long SMALLEST_HEARTBEAT = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long SMALLEST_EXPIRY = TimeUnit.MILLISECONDS.toNanos(1);

  /** The heartbeat of consumers that acknowledge by flow control (ADR-60). */
  public static final long FLOW_CONTROL_HEARTBEAT = TimeUnit.SECONDS.toNanos(1);

  private static final int MAX_DESCRIPTION = 4 * 1024;
  private static final int MAX_METADATA = 128 * 1024;
  private static final int MAX_NAME = 255;
  private static final Pattern GROUP_NAME = Pattern.compile("[a-zA-Z0-9/_=-]{1,16}");

  private final StreamConfig stream;
  private final InheritedConsumerLimits limits;

  /** Makes the validator for consumers of a stream. */
  public ConsumerValidator(StreamConfig stream, InheritedConsumerLimits limits) {
    this.stream = stream;
    this.limits = limits;
  }

  /**
   * Returns the configuration with its defaults filled in.
   *
   * @throws ApiException for the first rule that is violated
   */
  public ConsumerConfig accept(ConsumerConfig asked, boolean pedantic) {
    ConsumerConfig config = new ConsumerDefaults(stream, limits, pedantic).complete(asked);
    check(config);
    return config;
  }

  private void check(ConsumerConfig config) {
    checkNames(config);
    checkReplicas(config);
    checkAcks(config);
    if (length(config.description()) > MAX_DESCRIPTION) {
      throw ApiError.CONSUMER_DESCRIPTION_TOO_LONG.exception(MAX_DESCRIPTION);
    }
    if (config.isPush()) {
      checkPush(config);
    } else {
      checkPull(config);
    }
    checkLimits(config);
    if (config.direct()) {
      if (!config.isPush()) {
        throw ApiError.CONSUMER_DIRECT_REQUIRES_PUSH.exception();
      }
      if (config.isDurable()) {
        throw ApiError.CONSUMER_DIRECT_REQUIRES_EPHEMERAL.exception();
      }
    }
    checkFilters(config);
    checkStart(config);
    AckSampling.parse(config.sampleFreq());
    if (config.flowControl() && config.idleHeartbeat() == 0) {
      throw ApiError.CONSUMER_WITH_FLOW_CONTROL_NEEDS_HEARTBEATS.exception();
    }
    if (config.isDurable() && !config.name().isEmpty() && !config.name().equals(config.durable())) {
      throw ApiError.CONSUMER_CREATE_DURABLE_AND_NAME_MISMATCH.exception();
    }
    long metadata = 0;
    for (Map.Entry<String, String> entry : config.metadata().entrySet()) {
      metadata += length(entry.getKey()) + length(entry.getValue());
    }
    if (metadata > MAX_METADATA) {
      throw ApiError.CONSUMER_METADATA_LENGTH.exception(MAX_METADATA / 1024 + "KB");
    }
    checkPriority(config);
    StreamConfig.Placement placement = stream.placement();
    if (placement != null && !placement.preferred().isEmpty()) {
      throw invalid("preferred server not permitted in placement");
    }
  }

  /** Refuses a name that is too long or cannot be a token of a subject. */
  public static void checkFinalName(ConsumerConfig config, String name) {
    if (config.isDurable() && length(name) > MAX_NAME) {
      throw ApiError.CONSUMER_NAME_TOO_LONG.exception(MAX_NAME);
    }
    if (!isAssetName(name)) {
      throw ApiError.CONSUMER_BAD_DURABLE_NAME.exception();
    }
  }

  /** Returns whether a priority group may have this name. */
  public static boolean isGroupName(String name) {
    return GROUP_NAME.matcher(name).matches();
  }

  private static void checkNames(ConsumerConfig config) {
    if (!config.name().isEmpty() && !isAssetName(config.name())) {
      throw invalid("consumer name can not contain '.', '*', '>', '\\', '/'");
    }
    if (config.isDurable() && !isAssetName(config.durable())) {
      throw invalid("consumer durable name can not contain '.', '*', '>', '\\', '/'");
    }
  }

  private void checkReplicas(ConsumerConfig config) {
    if (config.replicas() > 0 && config.replicas() > stream.replicas()) {
      throw ApiError.CONSUMER_REPLICAS_EXCEEDS_STREAM.exception();
    }
    if (config.replicas() < 0) {
      throw ApiError.REPLICAS_COUNT_CANNOT_BE_NEGATIVE.exception();
    }
    if (stream.retention() != RetentionPolicy.LIMITS
        && config.replicas() != 0
        && config.replicas() != stream.replicas()) {
      throw ApiError.CONSUMER_REPLICAS_SHOULD_MATCH_STREAM.exception();
    }
  }

  private static void checkAcks(ConsumerConfig config) {
    for (long wait : config.backOff()) {
      if (wait < 0) {
        throw ApiError.CONSUMER_BACK_OFF_NEGATIVE.exception();
      }
    }
    if (config.ackWait() < 0) {
      throw ApiError.CONSUMER_ACK_WAIT_NEGATIVE.exception();
    }
    if (config.ackPolicy() == AckPolicy.FLOW_CONTROL) {
      if (!config.isPush()) {
        throw ApiError.CONSUMER_ACK_FC_REQUIRES_PUSH.exception();
      }
      if (!config.flowControl()) {
        throw ApiError.CONSUMER_ACK_FC_REQUIRES_FC.exception();
      }
      if (config.idleHeartbeat() != FLOW_CONTROL_HEARTBEAT) {
        throw invalid("flow control ack policy heartbeat needs to be 1s");
      }
      if (config.maxAckPending() <= 0) {
        throw ApiError.CONSUMER_ACK_FC_REQUIRES_MAX_ACK_PENDING.exception();
      }
      if (config.ackWait() != 0 || !config.backOff().isEmpty()) {
        throw ApiError.CONSUMER_ACK_FC_REQUIRES_NO_ACK_WAIT.exception();
      }
      if (config.maxDeliver() > 0) {
        throw ApiError.CONSUMER_ACK_FC_REQUIRES_NO_MAX_DELIVER.exception();
      }
    }
    checkBackOffLength(config);
  }

  static void checkBackOffLength(ConsumerConfig config) {
    int length = config.backOff().size();
    if (length > 0 && config.maxDeliver() != -1 && length > config.maxDeliver()) {
      throw ApiError.CONSUMER_MAX_DELIVER_BACKOFF.exception();
    }
  }

  private void checkPush(ConsumerConfig config) {
    String subject = config.deliverSubject();
    if (!Subjects.isLiteral(subject)) {
      throw ApiError.CONSUMER_DELIVER_TO_WILDCARDS.exception();
    }
    if (!Subjects.isValid(subject) || isRefused(subject, limits.compatibility())) {
      throw ApiError.CONSUMER_INVALID_DELIVER_SUBJECT.exception();
    }
    if (stream.subjects().stream().anyMatch(taken -> Subjects.isSubset(subject, taken))) {
      throw ApiError.CONSUMER_DELIVER_CYCLE.exception();
    }
    if (config.maxWaiting() != 0) {
      throw ApiError.CONSUMER_PUSH_MAX_WAITING.exception();
    }
    if (config.maxAckPending() > 0 && config.ackPolicy() == AckPolicy.NONE) {
      throw ApiError.CONSUMER_MAX_PENDING_ACK_POLICY_REQUIRED.exception();
    }
    if (config.idleHeartbeat() > 0 && config.idleHeartbeat() < SMALLEST_HEARTBEAT) {
      throw ApiError.CONSUMER_SMALL_HEARTBEAT.exception();
    }
  }

  /** Returns whether these releases let no consumer deliver to a subject. */
  static boolean isRefused(String deliverSubject, Compatibility compatibility) {
    return compatibility.atLeast(Compatibility.V2_15)
        && ReservedSubjects.isDestination(deliverSubject);
  }

  private void checkPull(ConsumerConfig config) {
    if (config.ackPolicy() == AckPolicy.NONE && stream.retention() == RetentionPolicy.WORK_QUEUE) {
      throw ApiError.CONSUMER_PULL_REQUIRES_ACK.exception();
    }
    if (config.rateLimitBps() != 0) {
      throw ApiError.CONSUMER_PULL_WITH_RATE_LIMIT.exception();
    }
    if (config.idleHeartbeat() > 0) {
      throw ApiError.CONSUMER_HB_REQUIRES_PUSH.exception();
    }
    if (config.flowControl()) {
      throw ApiError.CONSUMER_FC_REQUIRES_PUSH.exception();
    }
    if (config.maxRequestExpires() != 0 && config.maxRequestExpires() < SMALLEST_EXPIRY) {
      throw ApiError.CONSUMER_MAX_REQUEST_EXPIRES_TOO_SMALL.exception();
    }
    long maxBatch = limits.serverMaxRequestBatch();
    if (maxBatch > 0 && config.maxRequestBatch() > maxBatch) {
      throw ApiError.CONSUMER_MAX_REQUEST_BATCH_EXCEEDED.exception(maxBatch);
    }
  }

  private void checkLimits(ConsumerConfig config) {
    StreamConfig.ConsumerLimits byStream = stream.consumerLimits();
    for (long limit :
        new long[] {
          limits.serverMaxAckPending(), limits.accountMaxAckPending(), byStream.maxAckPending()
        }) {
      if (limit > 0 && config.maxAckPending() > limit) {
        throw ApiError.CONSUMER_MAX_PENDING_ACK_EXCESS.exception(limit);
      }
    }
    long inactive = byStream.inactiveThreshold();
    if (inactive > 0 && config.inactiveThreshold() > inactive) {
      throw ApiError.CONSUMER_INACTIVE_THRESHOLD_EXCESS.exception(GoDuration.format(inactive));
    }
  }

  private static void checkFilters(ConsumerConfig config) {
    if (!config.filterSubject().isEmpty() && !config.filterSubjects().isEmpty()) {
      throw ApiError.CONSUMER_DUPLICATE_FILTER_SUBJECTS.exception();
    }
    if (config.filterSubjects().contains("")) {
      throw ApiError.CONSUMER_EMPTY_FILTER.exception();
    }
    List<String> filters = config.filters();
    if (new HashSet<>(filters).size() < filters.size()) {
      filters.forEach(ConsumerValidator::checkSubject);
      throw ApiError.CONSUMER_OVERLAPPING_SUBJECT_FILTERS.exception();
    }
    for (String filter : filters) {
      checkSubject(filter);
      for (String other : filters) {
        if (!filter.equals(other) && Subjects.isSubset(filter, other)) {
          throw ApiError.CONSUMER_OVERLAPPING_SUBJECT_FILTERS.exception();
        }
      }
    }
  }

  private static void checkSubject(String filter) {
    if (!Subjects.isValid(filter)) {
      throw invalid("invalid subject");
    }
  }

  private static void checkStart(ConsumerConfig config) {
    boolean seq = config.optStartSeq() != 0;
    boolean time = config.optStartTime() != null;
    switch (config.deliverPolicy()) {
      case ALL -> refuseStart("all", seq, time);
      case LAST -> refuseStart("last", seq, time);
      case NEW -> refuseStart("new", seq, time);
      case LAST_PER_SUBJECT -> {
        refuseStart("last per subject", seq, time);
        requireStart(!config.filters().isEmpty(), "last per subject", "filter subject");
      }
      case BY_START_SEQUENCE -> {
        requireStart(seq, "by start sequence", "start sequence");
        refuseStart("by start sequence", false, time);
      }
      case BY_START_TIME -> {
        requireStart(time, "by start time", "start time");
        if (seq) {
          throw policy("by start time", "start start sequence is also set");
        }
      }
    }
  }

  private static void refuseStart(String policy, boolean seq, boolean time) {
    if (seq || time) {
      throw policy(policy, "start " + (seq ? "sequence" : "time") + " is also set");
    }
  }

  private static void requireStart(boolean set, String policy, String what) {
    if (!set) {
      throw policy(policy, what + " is not set");
    }
  }

  private static ApiException policy(String policy, String what) {
    return ApiError.CONSUMER_INVALID_POLICY.exception(
        "consumer delivery policy is deliver " + policy + ", but optional " + what);
  }

  private static void checkPriority(ConsumerConfig config) {
    if (config.priorityPolicy() == PriorityPolicy.NONE) {
      if (!config.priorityGroups().isEmpty()) {
        throw ApiError.CONSUMER_PRIORITY_GROUP_WITH_POLICY_NONE.exception();
      }
      if (config.pinnedTtl() > 0) {
        throw ApiError.CONSUMER_PINNED_TTL_WITHOUT_PRIORITY_POLICY_NONE.exception();
      }
      return;
    }
    if (config.isPush()) {
      throw ApiError.CONSUMER_PUSH_WITH_PRIORITY_GROUP.exception();
    }
    if (config.priorityGroups().isEmpty()) {
      throw ApiError.CONSUMER_PRIORITY_POLICY_WITHOUT_GROUP.exception();
    }
    for (String group : config.priorityGroups()) {
      if (group.isEmpty()) {
        throw ApiError.CONSUMER_EMPTY_GROUP_NAME.exception();
      }
      if (!isGroupName(group)) {
        throw ApiError.CONSUMER_INVALID_GROUP_NAME.exception();
      }
    }
  }

  private static boolean isAssetName(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (" \t\r\n\f.*>\\/".indexOf(name.charAt(i)) >= 0) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  private static ApiException invalid(String text) {
    return ApiError.STREAM_INVALID_CONFIG.exception(text);
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
