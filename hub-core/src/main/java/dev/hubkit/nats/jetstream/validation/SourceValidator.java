package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamSource;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Validates the mirror and the sources of a stream, in the order of nats-server. */
public final class SourceValidator {
  private static final String API = "$JS.API";

  private final AccountContext jetStream;
  private StreamConfig config;
  private final boolean pedantic;
  private final List<String> foreignSubjects = new ArrayList<>();
  private final List<String> deliverPrefixes = new ArrayList<>();
  private final List<String> apiPrefixes = new ArrayList<>();

  SourceValidator(AccountContext jetStream, StreamConfig config, boolean pedantic) {
    this.jetStream = jetStream;
    this.config = config;
    this.pedantic = pedantic;
  }

  /**
   * Returns the configuration with what a mirror takes over from its origin.
   *
   * @throws ApiException if the mirror or a source is invalid
   */
  StreamConfig check() {
    if (config.mirror() != null) {
      checkMirror(config.mirror());
    }
    if (!config.sources().isEmpty() && config.allowMessageSchedules()) {
      throw ApiError.SOURCE_WITH_MSG_SCHEDULES.exception();
    }
    checkSources();
    checkPrefixes();
    checkCycles();
    return config;
  }

  /**
   * Checks the filters of the mirror and the sources. nats-server does so only once it knows that
   * the stream is new.
   *
   * @throws ApiException {@link ApiError#STREAM_CREATE}
   */
  public static void checkFilters(StreamConfig config) {
    if (config.mirror() != null) {
      checkFilter(config.mirror(), "mirror");
    }
    for (StreamSource source : config.sources()) {
      checkFilter(source, "source");
    }
  }

  private static void checkFilter(StreamSource source, String kind) {
    String filter = source.filterSubject();
    if (!filter.isEmpty() && !Subjects.isValid(filter)) {
      String separator = kind.equals("source") ? ": " : " ";
      throw ApiError.STREAM_CREATE.exception(
          "subject filter '" + filter + "' for the " + kind + separator + "invalid subject");
    }
  }

  private void checkMirror(StreamSource mirror) {
    refuse(config.firstSequence() != 0, ApiError.MIRROR_WITH_FIRST_SEQ);
    refuse(!config.subjects().isEmpty(), ApiError.MIRROR_WITH_SUBJECTS);
    refuse(!config.sources().isEmpty(), ApiError.MIRROR_WITH_SOURCES);
    refuse(config.allowMessageCounter(), ApiError.MIRROR_WITH_COUNTERS);
    refuse(config.allowAtomicPublish(), ApiError.MIRROR_WITH_ATOMIC_PUBLISH);
    refuse(config.allowBatchPublish(), ApiError.MIRROR_WITH_BATCH_PUBLISH);
    refuse(config.allowMessageSchedules(), ApiError.MIRROR_WITH_MSG_SCHEDULES);
    refuse(!hasGoodConsumer(mirror), ApiError.MIRROR_DURABLE_CONSUMER_CFG_INVALID);
    refuse(
        !mirror.filterSubject().isEmpty() && !mirror.transforms().isEmpty(),
        ApiError.MIRROR_MULTIPLE_FILTERS_NOT_ALLOWED);
    if (config.subjectDeleteMarkerTtl() > 0) {
      throw StreamValidator.invalid("subject delete markers forbidden on mirrors");
    }
    List<StreamConfig.TransformConfig> transforms = mirror.transforms();
    for (int i = 0; i < transforms.size(); i++) {
      TransformValidator.checkPair(
          transforms.get(i),
          ApiError.MIRROR_INVALID_SUBJECT_FILTER,
          ApiError.MIRROR_INVALID_TRANSFORM_DESTINATION,
          jetStream.compatibility());
      for (int j = 0; j < transforms.size(); j++) {
        refuse(
            i != j && Subjects.overlap(transforms.get(i).source(), transforms.get(j).source()),
            ApiError.MIRROR_OVERLAPPING_SUBJECT_FILTERS);
      }
    }
    if (mirror.external() != null) {
      addPrefixes(mirror.external());
      return;
    }
    refuse(!StreamValidator.isValidName(mirror.name()), ApiError.MIRROR_INVALID_STREAM_NAME);
    StreamConfig origin = config(mirror.name());
    if (origin != null) {
      foreignSubjects.addAll(origin.subjects());
      refuse(isSmallerThan(origin), ApiError.MIRROR_MAX_MESSAGE_SIZE_TOO_BIG);
      if (pedantic && config.mirrorDirect() != origin.allowDirect()) {
        throw ApiError.PEDANTIC.exception(
            "origin stream has direct get set, mirror has it disabled");
      }
      config = config.toBuilder().mirrorDirect(origin.allowDirect()).build();
    }
  }

  private static void refuse(boolean bad, ApiError error) {
    if (bad) {
      throw error.exception();
    }
  }

  private static boolean hasGoodConsumer(StreamSource source) {
    StreamSource.SourceConsumer consumer = source.consumer();
    return consumer == null
        || (StreamValidator.isValidName(consumer.name())
            && Subjects.isValidLiteral(consumer.deliverSubject())
            && source.startSequence() == 0
            && source.startTime() == null
            && source.filterSubject().isEmpty());
  }

  private boolean isSmallerThan(StreamConfig origin) {
    return config.maxMessageSize() > 0
        && origin.maxMessageSize() > 0
        && config.maxMessageSize() < origin.maxMessageSize();
  }

  private @Nullable StreamConfig config(String name) {
    return jetStream.configOf(name);
  }

  private void checkSources() {
    Set<String> names = new HashSet<>();
    Set<String> consumers = new HashSet<>();
    for (StreamSource source : config.sources()) {
      refuse(!StreamValidator.isValidName(source.name()), ApiError.SOURCE_INVALID_STREAM_NAME);
      refuse(!names.add(source.indexName()), ApiError.SOURCE_DUPLICATE_DETECTED);
      refuse(
          !source.filterSubject().isEmpty() && !source.transforms().isEmpty(),
          ApiError.SOURCE_MULTIPLE_FILTERS_NOT_ALLOWED);
      checkTransforms(source.transforms());
      refuse(!hasGoodConsumer(source), ApiError.SOURCE_DURABLE_CONSUMER_CFG_INVALID);
      refuse(
          source.consumer() != null && !consumers.add(source.consumerIndexName()),
          ApiError.SOURCE_DURABLE_CONSUMER_DUPLICATE_DETECTED);
      if (source.external() != null) {
        addPrefixes(source.external());
        continue;
      }
      StreamConfig origin = config(source.name());
      if (origin != null) {
        foreignSubjects.addAll(origin.subjects());
        refuse(isSmallerThan(origin), ApiError.SOURCE_MAX_MESSAGE_SIZE_TOO_BIG);
      }
    }
  }

  private void checkTransforms(List<StreamConfig.TransformConfig> transforms) {
    for (StreamConfig.TransformConfig transform : transforms) {
      TransformValidator.checkPair(
          transform,
          ApiError.SOURCE_INVALID_SUBJECT_FILTER,
          ApiError.SOURCE_INVALID_TRANSFORM_DESTINATION,
          jetStream.compatibility());
    }
    for (int i = 0; i < transforms.size(); i++) {
      for (int j = 0; j < transforms.size(); j++) {
        refuse(
            i != j && Subjects.isSubset(transforms.get(i).source(), transforms.get(j).source()),
            ApiError.SOURCE_OVERLAPPING_SUBJECT_FILTERS);
      }
    }
  }

  private void addPrefixes(StreamSource.External external) {
    if (!external.deliverPrefix().isEmpty()) {
      deliverPrefixes.add(external.deliverPrefix());
    }
    if (!external.apiPrefix().isEmpty()) {
      apiPrefixes.add(external.apiPrefix());
    }
  }

  private void checkPrefixes() {
    for (String prefix : deliverPrefixes) {
      if (!Subjects.isValidLiteral(prefix)) {
        throw ApiError.STREAM_INVALID_EXTERNAL_DELIVERY_SUBJ.exception(prefix);
      }
      for (String subject : foreignSubjects) {
        if (Subjects.overlap(subject, prefix + "." + subject)) {
          throw ApiError.STREAM_EXTERNAL_DEL_PREFIX_OVERLAPS.exception(prefix, subject);
        }
      }
    }
    for (String prefix : apiPrefixes) {
      if (!Subjects.isValidLiteral(prefix)) {
        throw StreamValidator.invalid(
            "stream external api prefix \""
                + prefix
                + "\" must be a valid subject without wildcards");
      }
      if (Subjects.overlap(prefix, API)) {
        throw ApiError.STREAM_EXTERNAL_API_OVERLAP.exception(prefix, API);
      }
    }
  }

  private void checkCycles() {
    ArrayDeque<StreamConfig> waiting = new ArrayDeque<>();
    waiting.add(config);
    Set<String> visited = new HashSet<>();
    for (StreamConfig next = waiting.poll(); next != null; next = waiting.poll()) {
      visited.add(next.name());
      for (StreamSource source : next.sources()) {
        if (source.external() == null) {
          boolean circular = overlaps(next.subjects(), source.filterSubject());
          visit(source.name(), circular, visited, waiting);
        }
      }
      StreamSource mirror = next.mirror();
      if (mirror != null && mirror.external() == null) {
        visit(mirror.name(), true, visited, waiting);
      }
    }
  }

  private void visit(
      String name, boolean circular, Set<String> visited, ArrayDeque<StreamConfig> waiting) {
    if (visited.contains(name)) {
      if (circular) {
        throw StreamValidator.invalid("detected cycle");
      }
      return;
    }
    StreamConfig origin = config(name);
    if (origin != null) {
      waiting.add(origin);
    }
  }

  private static boolean overlaps(List<String> subjects, String filter) {
    return filter.isEmpty()
        || subjects.stream().anyMatch(subject -> Subjects.overlap(subject, filter));
  }
}
