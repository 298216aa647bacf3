package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.GoDuration;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer may be: the values that stand for what was left open, what is refused, and what
 * can be changed later. The rules, their order and their errors are those of nats-server 2.14
 * ({@code setConsumerConfigDefaults}, {@code checkConsumerCfg} and {@code checkNewConsumerConfig}
 * in server/consumer.go), because clients are written against them.
 */
final class ConsumerRules {
  static final long MILLI = 1_000_000;
  static final long SECOND = 1_000_000_000;

  private static final long DEFAULT_ACK_WAIT = 30 * SECOND;
  private static final long DEFAULT_MAX_WAITING = 512;
  private static final long DEFAULT_MAX_ACK_PENDING = 1000;
  private static final long DEFAULT_PINNED_TTL = 120 * SECOND;
  private static final long SMALLEST_HEARTBEAT = 100 * MILLI;

  /** The heartbeat of consumers that acknowledge by flow control (ADR-60). */
  private static final long FLOW_CONTROL_HEARTBEAT = SECOND;

  private static final int MAX_DESCRIPTION = 4 * 1024;
  private static final int MAX_METADATA = 128 * 1024;
  private static final int MAX_NAME = 255;
  private static final Pattern GROUP_NAME = Pattern.compile("[a-zA-Z0-9/_=-]{1,16}");

  /**
   * Limits from outside the stream; zero or less for none.
   *
   * @param serverMaxAckPending {@code max_ack_pending} of the server's JetStream limits
   * @param serverMaxRequestBatch {@code max_request_batch} of the server's JetStream limits
   * @param accountMaxAckPending the account's limit
   */
  record Limits(long serverMaxAckPending, long serverMaxRequestBatch, long accountMaxAckPending) {
    static final Limits NONE = new Limits(0, 0, 0);
  }

  private ConsumerRules() {}

  /**
   * Fills in what was left open.
   *
   * @throws ApiException {@link ApiError#PEDANTIC} if {@code pedantic} and something that was said
   *     would have to be changed
   */
  static ConsumerConfig complete(
      ConsumerConfig asked, StreamConfig stream, Limits limits, boolean pedantic) {
    ConsumerConfig.Builder config = asked.toBuilder();
    if (asked.maxDeliver() == 0 || asked.maxDeliver() < -1) {
      insist(pedantic && asked.maxDeliver() < -1, "max_deliver must be set to -1");
      config.maxDeliver(-1);
    }
    config.maxWaiting(positive(asked.maxWaiting(), "max_waiting", pedantic));
    long maxAckPending = asked.maxAckPending();
    if (maxAckPending < -1) {
      insist(pedantic, "max_ack_pending must be set to -1");
      maxAckPending = -1;
    }
    long maxBatch = positive(asked.maxRequestBatch(), "max_batch", pedantic);
    config.maxRequestExpires(positive(asked.maxRequestExpires(), "max_expires", pedantic));
    config.maxRequestMaxBytes(positive(asked.maxRequestMaxBytes(), "max_bytes", pedantic));
    config.idleHeartbeat(positive(asked.idleHeartbeat(), "idle_heartbeat", pedantic));
    long inactive = positive(asked.inactiveThreshold(), "inactive_threshold", pedantic);
    long pinnedTtl = positive(asked.pinnedTtl(), "priority_timeout", pedantic);

    if (!asked.isPush() && asked.maxWaiting() <= 0) {
      config.maxWaiting(DEFAULT_MAX_WAITING);
    }
    AckPolicy ackPolicy = asked.ackPolicy();
    long ackWait = asked.ackWait();
    if (ackWait == 0 && (ackPolicy == AckPolicy.EXPLICIT || ackPolicy == AckPolicy.ALL)) {
      ackWait = DEFAULT_ACK_WAIT;
    }
    if (!asked.backOff().isEmpty()) {
      long first = asked.backOff().get(0);
      insist(pedantic && ackWait != first, "first backoff value has to equal batch AckWait");
      ackWait = first;
    }
    StreamConfig.ConsumerLimits byStream = stream.consumerLimits();
    if (maxAckPending == 0) {
      insist(
          pedantic && byStream.maxAckPending() > 0,
          "max_ack_pending must be set if it's configured in stream limits");
      maxAckPending = byStream.maxAckPending();
    }
    if (inactive == 0) {
      insist(
          pedantic && byStream.inactiveThreshold() > 0,
          "inactive_threshold must be set if it's configured in stream limits");
      inactive = byStream.inactiveThreshold();
    }
    if (maxAckPending == 0 && ackPolicy != AckPolicy.NONE) {
      maxAckPending = lower(DEFAULT_MAX_ACK_PENDING, limits.serverMaxAckPending());
      maxAckPending = lower(maxAckPending, limits.accountMaxAckPending());
    }
    if (!asked.isPush() && maxBatch == 0 && limits.serverMaxRequestBatch() > 0) {
      insist(pedantic, "max_request_batch must be set if it's JetStream limits are set");
      maxBatch = limits.serverMaxRequestBatch();
    }
    if (asked.priorityPolicy() == PriorityPolicy.PINNED_CLIENT && pinnedTtl == 0) {
      pinnedTtl = DEFAULT_PINNED_TTL;
    }
    if (ackPolicy == AckPolicy.FLOW_CONTROL && !pedantic) {
      config.flowControl(true).idleHeartbeat(FLOW_CONTROL_HEARTBEAT);
    }
    return config
        .ackWait(ackWait)
        .maxAckPending(maxAckPending)
        .maxRequestBatch(maxBatch)
        .inactiveThreshold(inactive)
        .pinnedTtl(pinnedTtl)
        .build();
  }

  /**
   * Refuses what can't be.
   *
   * @param config as {@link #complete} has left it
   * @throws ApiException naming the first thing wrong
   */
  static void check(ConsumerConfig config, StreamConfig stream, Limits limits) {
    checkNames(config);
    checkReplicas(config, stream);
    checkAcks(config);
    if (length(config.description()) > MAX_DESCRIPTION) {
      throw ApiError.CONSUMER_DESCRIPTION_TOO_LONG.exception(MAX_DESCRIPTION);
    }
    if (config.isPush()) {
      checkPush(config, stream);
    } else {
      checkPull(config, stream, limits);
    }
    checkLimits(config, stream.consumerLimits(), limits);
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
    sampling(config);
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

  /** Refuses a name that is too long or can't be a token of a subject. */
  static void checkFinalName(ConsumerConfig config, String name) {
    if (config.isDurable() && length(name) > MAX_NAME) {
      throw ApiError.CONSUMER_NAME_TOO_LONG.exception(MAX_NAME);
    }
    if (!isAssetName(name)) {
      throw ApiError.CONSUMER_BAD_DURABLE_NAME.exception();
    }
  }

  /**
   * Refuses to change what can't be changed.
   *
   * @param bound whether anybody subscribes to the delivery subject in force
   */
  static void checkUpdate(ConsumerConfig now, ConsumerConfig asked, boolean bound) {
    if (asked.equals(now)) {
      return;
    }
    keep(now.deliverPolicy(), asked.deliverPolicy(), "deliver policy");
    keep(now.memoryStorage(), asked.memoryStorage(), "storage type");
    keep(now.optStartSeq(), asked.optStartSeq(), "start sequence");
    keep(instant(now.optStartTime()), instant(asked.optStartTime()), "start time");
    keep(now.ackPolicy(), asked.ackPolicy(), "ack policy");
    keep(now.replayPolicy(), asked.replayPolicy(), "replay policy");
    keep(now.idleHeartbeat(), asked.idleHeartbeat(), "heart beats");
    keep(now.flowControl(), asked.flowControl(), "flow control");
    if (!now.deliverSubject().equals(asked.deliverSubject())) {
      if (!now.isPush()) {
        throw notUpdatable("can not update pull consumer to push based");
      }
      if (!asked.isPush()) {
        throw notUpdatable("can not update push consumer to pull based");
      }
      if (bound) {
        throw ApiError.CONSUMER_NAME_EXIST.exception();
      }
    }
    keep(now.maxWaiting(), asked.maxWaiting(), "max waiting");
    checkBackOffLength(asked);
  }

  /** The percentage of acknowledgements to measure; 0 for none. */
  static int sampling(ConsumerConfig config) {
    String text = config.sampleFreq();
    if (text.isEmpty()) {
      return 0;
    }
    String number = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
    int percent;
    try {
      percent = Integer.parseInt(number);
    } catch (NumberFormatException e) {
      throw ApiError.CONSUMER_INVALID_SAMPLING.exception(
          "strconv.Atoi: parsing \"" + number + "\": invalid syntax");
    }
    if (percent < 0) {
      throw ApiError.CONSUMER_INVALID_SAMPLING.exception("<nil>");
    }
    return percent;
  }

  /** Can {@code name} be a priority group's? */
  static boolean isGroupName(String name) {
    return GROUP_NAME.matcher(name).matches();
  }

  /** The configuration with the API level it needs in its metadata (ADR-44). */
  static ConsumerConfig stamp(ConsumerConfig config) {
    int level = 0;
    OffsetDateTime pause = config.pauseUntil();
    if ((pause != null && !pause.isEqual(Rfc3339.ZERO))
        || config.priorityPolicy() != PriorityPolicy.NONE
        || config.pinnedTtl() != 0
        || !config.priorityGroups().isEmpty()) {
      level = 1;
    }
    if (config.ackPolicy() == AckPolicy.FLOW_CONTROL) {
      level = 4;
    }
    return withMetadata(config, AssetVersions.stamp(config.metadata(), level));
  }

  /** The configuration with the required level of {@code other}, so that the two compare. */
  static ConsumerConfig alike(ConsumerConfig config, ConsumerConfig other) {
    return withMetadata(config, AssetVersions.alike(config.metadata(), other.metadata()));
  }

  /** The configuration as responses show it. */
  static ConsumerConfig describe(ConsumerConfig config) {
    return withMetadata(config, AssetVersions.describe(config.metadata()));
  }

  private static ConsumerConfig withMetadata(ConsumerConfig config, Map<String, String> metadata) {
    return config.toBuilder().metadata(metadata).build();
  }

  private static void checkNames(ConsumerConfig config) {
    if (!config.name().isEmpty() && !isAssetName(config.name())) {
      throw invalid("consumer name can not contain '.', '*', '>', '\\', '/'");
    }
    if (config.isDurable() && !isAssetName(config.durable())) {
      throw invalid("consumer durable name can not contain '.', '*', '>', '\\', '/'");
    }
  }

  private static void checkReplicas(ConsumerConfig config, StreamConfig stream) {
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

  private static void checkBackOffLength(ConsumerConfig config) {
    int length = config.backOff().size();
    if (length > 0 && config.maxDeliver() != -1 && length > config.maxDeliver()) {
      throw ApiError.CONSUMER_MAX_DELIVER_BACKOFF.exception();
    }
  }

  private static void checkPush(ConsumerConfig config, StreamConfig stream) {
    String subject = config.deliverSubject();
    if (!Subjects.isLiteral(subject)) {
      throw ApiError.CONSUMER_DELIVER_TO_WILDCARDS.exception();
    }
    if (!Subjects.isValid(subject)) {
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

  private static void checkPull(ConsumerConfig config, StreamConfig stream, Limits limits) {
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
    if (config.maxRequestExpires() != 0 && config.maxRequestExpires() < MILLI) {
      throw ApiError.CONSUMER_MAX_REQUEST_EXPIRES_TOO_SMALL.exception();
    }
    long maxBatch = limits.serverMaxRequestBatch();
    if (maxBatch > 0 && config.maxRequestBatch() > maxBatch) {
      throw ApiError.CONSUMER_MAX_REQUEST_BATCH_EXCEEDED.exception(maxBatch);
    }
  }

  private static void checkLimits(
      ConsumerConfig config, StreamConfig.ConsumerLimits byStream, Limits limits) {
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
      filters.forEach(ConsumerRules::checkSubject);
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

  private static long positive(long value, String field, boolean pedantic) {
    insist(pedantic && value < 0, field + " must not be negative");
    return Math.max(0, value);
  }

  private static long lower(long value, long limit) {
    return limit > 0 ? Math.min(value, limit) : value;
  }

  private static void insist(boolean violated, String rule) {
    if (violated) {
      throw ApiError.PEDANTIC.exception(rule);
    }
  }

  private static void keep(@Nullable Object now, @Nullable Object asked, String what) {
    if (!Objects.equals(now, asked)) {
      throw notUpdatable(what + " can not be updated");
    }
  }

  private static @Nullable Object instant(@Nullable OffsetDateTime time) {
    return time == null ? null : time.toInstant();
  }

  private static ApiException notUpdatable(String text) {
    return ApiError.CONSUMER_CREATE.exception(text);
  }

  private static ApiException invalid(String text) {
    return ApiError.STREAM_INVALID_CONFIG.exception(text);
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
