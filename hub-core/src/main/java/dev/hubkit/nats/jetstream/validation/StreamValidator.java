package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.DiscardPolicy;
import dev.hubkit.nats.jetstream.config.PersistMode;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.GoDuration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Validates the configuration of a stream and fills in its defaults. The checks come in the order
 * of nats-server, so that a request with several mistakes gets the same error.
 */
public final class StreamValidator {
  private static final int MAX_NAME = 255;
  private static final int MAX_DESCRIPTION = 4 * 1024;
  private static final int MAX_METADATA = 128 * 1024;
  private static final int MAX_REPLICAS = 5;
  private static final long SHORTEST = 100_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final long DEFAULT_DUPLICATE_WINDOW = 120 * SECOND;

  private final AccountContext jetStream;
  private StreamConfig config;
  private final boolean pedantic;

  private StreamValidator(AccountContext jetStream, StreamConfig config, boolean pedantic) {
    this.jetStream = jetStream;
    this.config = config;
    this.pedantic = pedantic;
  }

  /**
   * Returns the configuration with its defaults filled in.
   *
   * @param pedantic whether to refuse what would otherwise be corrected silently
   * @throws ApiException if the configuration is invalid
   */
  public static StreamConfig check(
      AccountContext jetStream, StreamConfig config, boolean pedantic) {
    return new StreamValidator(jetStream, config, pedantic).check();
  }

  private StreamConfig check() {
    checkDescription();
    fillLimits();
    checkTimes();
    checkPolicies();
    config = new SourceValidator(jetStream, config, pedantic).check();
    checkSubjects();
    checkBytes();
    config = new TransformValidator(config, pedantic, jetStream.compatibility()).check();
    checkPlacement();
    return config;
  }

  /** Returns whether a stream or consumer may have this name. */
  public static boolean isValidName(String name) {
    if (name.isEmpty()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (" \t\r\n\f.*>\\/".indexOf(name.charAt(i)) >= 0) {
        return false;
      }
    }
    return true;
  }

  public static ApiException invalid(String text) {
    return ApiError.STREAM_INVALID_CONFIG.exception(text);
  }

  private static ApiException pedantic(String text) {
    return ApiError.PEDANTIC.exception(text);
  }

  private static void require(boolean good, String otherwise) {
    if (!good) {
      throw invalid(otherwise);
    }
  }

  private void checkDescription() {
    require(
        isValidName(config.name()),
        "stream name is required and can not contain '.', '*', '>', '\\', '/'");
    require(
        bytes(config.name()) <= MAX_NAME,
        "stream name is too long, maximum allowed is " + MAX_NAME);
    require(
        bytes(config.description()) <= MAX_DESCRIPTION,
        "stream description is too long, maximum allowed is " + MAX_DESCRIPTION);
    int metadata = 0;
    for (Map.Entry<String, String> entry : config.metadata().entrySet()) {
      metadata += bytes(entry.getKey()) + bytes(entry.getValue());
    }
    require(
        metadata <= MAX_METADATA,
        "stream metadata exceeds maximum size of " + MAX_METADATA + " bytes");
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private void fillLimits() {
    if (config.replicas() == 0) {
      config = config.toBuilder().replicas(1).build();
    }
    require(config.replicas() <= MAX_REPLICAS, "maximum replicas is " + MAX_REPLICAS);
    if (config.replicas() < 0) {
      throw ApiError.REPLICAS_COUNT_CANNOT_BE_NEGATIVE.exception();
    }
    // Not a rule of nats-server, which loses such messages: see MAX_SEQUENCE.
    require(
        config.firstSequence() >= 0 && config.firstSequence() <= StreamStore.MAX_SEQUENCE,
        "first sequence must not be higher than " + StreamStore.MAX_SEQUENCE);
    config =
        config.toBuilder()
            .maxMessages(limit(config.maxMessages(), "max_msgs"))
            .maxMessagesPerSubject(limit(config.maxMessagesPerSubject(), "max_msgs_per_subject"))
            .maxBytes(limit(config.maxBytes(), "max_bytes"))
            .maxMessageSize(limit(config.maxMessageSize(), "max_msg_size"))
            .maxConsumers(limit(config.maxConsumers(), "max_consumers"))
            .build();
  }

  private long limit(long value, String name) {
    if (value < -1 && pedantic) {
      throw pedantic(name + " must be set to -1");
    }
    return value == 0 || value < -1 ? -1 : value;
  }

  private void checkTimes() {
    require(config.maxAge() >= 0, "max age can not be negative");
    require(config.maxAge() == 0 || config.maxAge() >= SHORTEST, "max age needs to be >= 100ms");
    Duration longest = jetStream.serverLimits().duplicateWindow();
    if (config.duplicateWindow() == 0 && config.mirror() == null && config.sources().isEmpty()) {
      config = config.toBuilder().duplicateWindow(duplicateWindow(longest)).build();
    }
    require(config.duplicateWindow() >= 0, "duplicates window can not be negative");
    require(
        config.maxAge() == 0 || config.duplicateWindow() <= config.maxAge(),
        "duplicates window can not be larger then max age");
    require(
        longest.isZero() || config.duplicateWindow() <= longest.toNanos(),
        "duplicates window can not be larger then server limit of "
            + GoDuration.format(longest.toNanos()));
    require(
        config.duplicateWindow() == 0 || config.duplicateWindow() >= SHORTEST,
        "duplicates window needs to be >= 100ms");
  }

  private long duplicateWindow(Duration longest) {
    long window = DEFAULT_DUPLICATE_WINDOW;
    if (!longest.isZero() && window > longest.toNanos()) {
      if (pedantic) {
        throw pedantic("duplicate window limits are higher than current limits");
      }
      window = longest.toNanos();
    }
    if (config.maxAge() == 0 || config.maxAge() >= window) {
      return window;
    }
    if (pedantic) {
      throw pedantic("duplicate window cannot be bigger than max age");
    }
    return config.maxAge();
  }

  private void checkPolicies() {
    require(!(config.denyPurge() && config.allowRollup()), "roll-ups require the purge permission");
    if (config.allowMessageCounter()) {
      require(config.discard() != DiscardPolicy.NEW, "counter stream cannot use discard new");
      require(!config.allowMessageTtl(), "counter stream cannot use message TTLs");
      require(!config.allowMessageSchedules(), "counter stream cannot use message schedules");
      require(
          config.retention() == RetentionPolicy.LIMITS,
          "counter stream can only use limits retention");
    }
    checkDiscardPerSubject(config);
    checkDeleteMarkers();
    if (config.allowMessageSchedules()) {
      require(config.discard() != DiscardPolicy.NEW, "message scheduling cannot use discard new");
      allowRollup("message scheduling cannot be set if roll-ups are disabled");
    }
    if (config.persistMode() == PersistMode.ASYNC) {
      require(
          config.storage() == StorageType.FILE,
          "async persist mode is only supported on file storage");
      require(config.replicas() <= 1, "async persist mode is not supported on replicated streams");
      require(
          !config.allowAtomicPublish(),
          "async persist mode is not supported with atomic batch publish");
    }
  }

  static void checkDiscardPerSubject(StreamConfig config) {
    if (config.discardNewPerSubject()) {
      require(
          config.discard() == DiscardPolicy.NEW,
          "discard new per subject requires discard new policy to be set");
      require(
          config.maxMessagesPerSubject() > 0,
          "discard new per subject requires max msgs per subject > 0");
    }
  }

  private void checkDeleteMarkers() {
    require(config.subjectDeleteMarkerTtl() >= 0, "subject delete marker TTL must not be negative");
    if (config.subjectDeleteMarkerTtl() == 0) {
      return;
    }
    require(
        config.subjectDeleteMarkerTtl() >= SECOND,
        "subject delete marker TTL must be at least 1 second");
    if (!config.allowMessageTtl()) {
      require(!pedantic, "subject delete marker cannot be set if message TTLs are disabled");
      config = config.toBuilder().allowMessageTtl(true).build();
    }
    allowRollup("subject delete marker cannot be set if roll-ups are disabled");
  }

  private void allowRollup(String otherwise) {
    if (!config.allowRollup()) {
      require(!pedantic, otherwise);
      config = config.toBuilder().allowRollup(true).denyPurge(false).build();
    }
  }

  private void checkSubjects() {
    if (config.subjects().isEmpty()) {
      if (config.mirror() == null && config.sources().isEmpty()) {
        config = config.toBuilder().subjects(List.of(config.name())).build();
      }
      return;
    }
    if (config.mirror() != null) {
      throw ApiError.MIRROR_WITH_SUBJECTS.exception();
    }
    for (int i = 0; i < config.subjects().size(); i++) {
      String subject = config.subjects().get(i);
      require(Subjects.isValid(subject), "invalid subject");
      require(!config.subjects().subList(0, i).contains(subject), "duplicate subjects detected");
      if (subject.equals(">")) {
        require(config.noAck(), "capturing all subjects requires no-ack to be true");
        require(config.replicas() == 1, "capturing all subjects requires replicas of 1");
      }
      if (!config.noAck()) {
        checkServerSubjects(subject);
      }
      for (String other : config.subjects().subList(i + 1, config.subjects().size())) {
        if (Subjects.overlap(other, subject)) {
          throw invalid("subject \"" + subject + "\" overlaps with \"" + other + "\"");
        }
      }
    }
  }

  private static void checkServerSubjects(String subject) {
    for (String space : List.of("$JS.>", "$JSC.>", "$NRG.>")) {
      if (Subjects.overlap(subject, space)) {
        require(
            Subjects.isSubset(subject, "$JS.EVENT.>"),
            "subjects that overlap with jetstream api require no-ack to be true");
      }
    }
    if (Subjects.overlap(subject, "$SYS.>")) {
      require(
          Subjects.isSubset(subject, "$SYS.ACCOUNT.>"),
          "subjects that overlap with system api require no-ack to be true");
    }
  }

  private void checkBytes() {
    AccountLimits limits = jetStream.resources().limits(config.replicas());
    if (limits.maxBytesRequired() && config.maxBytes() <= 0) {
      throw ApiError.STREAM_MAX_BYTES_REQUIRED.exception();
    }
    long most = limits.maxStreamBytes(config.storage());
    if (most > 0 && config.maxBytes() > most) {
      throw ApiError.STREAM_MAX_STREAM_BYTES_EXCEEDED.exception();
    }
  }

  private void checkPlacement() {
    StreamConfig.Placement placement = config.placement();
    if (placement == null) {
      return;
    }
    if (placement.isEmpty()) {
      config = config.toBuilder().placement(null).build();
    } else {
      require(placement.preferred().isEmpty(), "preferred server not permitted in placement");
    }
  }
}
