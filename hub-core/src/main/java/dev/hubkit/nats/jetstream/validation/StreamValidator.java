package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.DiscardPolicy;
import dev.hubkit.nats.jetstream.config.PersistMode;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamDraft;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.GoDuration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What makes a stream configuration good: defaults are filled in and mistakes refused, with the
 * checks in nats-server's order.
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
  private final StreamDraft draft;
  private final boolean pedantic;

  private StreamValidator(AccountContext jetStream, StreamConfig config, boolean pedantic) {
    this.jetStream = jetStream;
    this.draft = config.draft();
    this.pedantic = pedantic;
  }

  /**
   * The configuration as it will be in force.
   *
   * @param pedantic refuse what else would be quietly put right
   * @throws ApiException if it can't be
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
    new SourceValidator(jetStream, draft, pedantic).check();
    checkSubjects();
    checkBytes();
    new TransformValidator(draft, pedantic).check();
    checkPlacement();
    return draft.config();
  }

  /** Can this be the name of a stream or consumer? */
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
        isValidName(draft.name),
        "stream name is required and can not contain '.', '*', '>', '\\', '/'");
    require(
        bytes(draft.name) <= MAX_NAME, "stream name is too long, maximum allowed is " + MAX_NAME);
    require(
        bytes(draft.description) <= MAX_DESCRIPTION,
        "stream description is too long, maximum allowed is " + MAX_DESCRIPTION);
    int metadata = 0;
    for (Map.Entry<String, String> entry : draft.metadata.entrySet()) {
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
    if (draft.replicas == 0) {
      draft.replicas = 1;
    }
    require(draft.replicas <= MAX_REPLICAS, "maximum replicas is " + MAX_REPLICAS);
    if (draft.replicas < 0) {
      throw ApiError.REPLICAS_COUNT_CANNOT_BE_NEGATIVE.exception();
    }
    draft.maxMessages = limit(draft.maxMessages, "max_msgs");
    draft.maxMessagesPerSubject = limit(draft.maxMessagesPerSubject, "max_msgs_per_subject");
    draft.maxBytes = limit(draft.maxBytes, "max_bytes");
    draft.maxMessageSize = limit(draft.maxMessageSize, "max_msg_size");
    draft.maxConsumers = limit(draft.maxConsumers, "max_consumers");
  }

  private long limit(long value, String name) {
    if (value < -1 && pedantic) {
      throw pedantic(name + " must be set to -1");
    }
    return value == 0 || value < -1 ? -1 : value;
  }

  private void checkTimes() {
    require(draft.maxAge >= 0, "max age can not be negative");
    require(draft.maxAge == 0 || draft.maxAge >= SHORTEST, "max age needs to be >= 100ms");
    Duration longest = jetStream.options().serverLimits().duplicateWindow();
    if (draft.duplicateWindow == 0 && draft.mirror == null && draft.sources.isEmpty()) {
      draft.duplicateWindow = duplicateWindow(longest);
    }
    require(draft.duplicateWindow >= 0, "duplicates window can not be negative");
    require(
        draft.maxAge == 0 || draft.duplicateWindow <= draft.maxAge,
        "duplicates window can not be larger then max age");
    require(
        longest.isZero() || draft.duplicateWindow <= longest.toNanos(),
        "duplicates window can not be larger then server limit of "
            + GoDuration.format(longest.toNanos()));
    require(
        draft.duplicateWindow == 0 || draft.duplicateWindow >= SHORTEST,
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
    if (draft.maxAge == 0 || draft.maxAge >= window) {
      return window;
    }
    if (pedantic) {
      throw pedantic("duplicate window cannot be bigger than max age");
    }
    return draft.maxAge;
  }

  private void checkPolicies() {
    require(!(draft.denyPurge && draft.allowRollup), "roll-ups require the purge permission");
    if (draft.allowMessageCounter) {
      require(draft.discard != DiscardPolicy.NEW, "counter stream cannot use discard new");
      require(!draft.allowMessageTtl, "counter stream cannot use message TTLs");
      require(!draft.allowMessageSchedules, "counter stream cannot use message schedules");
      require(
          draft.retention == RetentionPolicy.LIMITS,
          "counter stream can only use limits retention");
    }
    checkDiscardPerSubject(draft);
    checkDeleteMarkers();
    if (draft.allowMessageSchedules) {
      require(draft.discard != DiscardPolicy.NEW, "message scheduling cannot use discard new");
      allowRollup("message scheduling cannot be set if roll-ups are disabled");
    }
    if (draft.persistMode == PersistMode.ASYNC) {
      require(
          draft.storage == StorageType.FILE,
          "async persist mode is only supported on file storage");
      require(draft.replicas <= 1, "async persist mode is not supported on replicated streams");
      require(
          !draft.allowAtomicPublish,
          "async persist mode is not supported with atomic batch publish");
    }
  }

  static void checkDiscardPerSubject(StreamDraft draft) {
    if (draft.discardNewPerSubject) {
      require(
          draft.discard == DiscardPolicy.NEW,
          "discard new per subject requires discard new policy to be set");
      require(
          draft.maxMessagesPerSubject > 0,
          "discard new per subject requires max msgs per subject > 0");
    }
  }

  private void checkDeleteMarkers() {
    require(draft.subjectDeleteMarkerTtl >= 0, "subject delete marker TTL must not be negative");
    if (draft.subjectDeleteMarkerTtl == 0) {
      return;
    }
    require(
        draft.subjectDeleteMarkerTtl >= SECOND,
        "subject delete marker TTL must be at least 1 second");
    if (!draft.allowMessageTtl) {
      require(!pedantic, "subject delete marker cannot be set if message TTLs are disabled");
      draft.allowMessageTtl = true;
    }
    allowRollup("subject delete marker cannot be set if roll-ups are disabled");
  }

  private void allowRollup(String otherwise) {
    if (!draft.allowRollup) {
      require(!pedantic, otherwise);
      draft.allowRollup = true;
      draft.denyPurge = false;
    }
  }

  private void checkSubjects() {
    if (draft.subjects.isEmpty()) {
      if (draft.mirror == null && draft.sources.isEmpty()) {
        draft.subjects = List.of(draft.name);
      }
      return;
    }
    if (draft.mirror != null) {
      throw ApiError.MIRROR_WITH_SUBJECTS.exception();
    }
    for (int i = 0; i < draft.subjects.size(); i++) {
      String subject = draft.subjects.get(i);
      require(Subjects.isValid(subject), "invalid subject");
      require(!draft.subjects.subList(0, i).contains(subject), "duplicate subjects detected");
      if (subject.equals(">")) {
        require(draft.noAck, "capturing all subjects requires no-ack to be true");
        require(draft.replicas == 1, "capturing all subjects requires replicas of 1");
      }
      if (!draft.noAck) {
        checkServerSubjects(subject);
      }
      for (String other : draft.subjects.subList(i + 1, draft.subjects.size())) {
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
    AccountLimits limits = jetStream.resources().limits(draft.replicas);
    if (limits.maxBytesRequired() && draft.maxBytes <= 0) {
      throw ApiError.STREAM_MAX_BYTES_REQUIRED.exception();
    }
    long most = limits.maxStreamBytes(draft.storage);
    if (most > 0 && draft.maxBytes > most) {
      throw ApiError.STREAM_MAX_STREAM_BYTES_EXCEEDED.exception();
    }
  }

  private void checkPlacement() {
    if (draft.placement == null) {
      return;
    }
    if (draft.placement.isEmpty()) {
      draft.placement = null;
    } else {
      require(draft.placement.preferred().isEmpty(), "preferred server not permitted in placement");
    }
  }
}
