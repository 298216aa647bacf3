package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.MappingDestination;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;

/** Validates the subject transform and the republishing of a stream. */
final class TransformValidator {
  private final StreamConfig config;
  private final boolean pedantic;
  private final Compatibility compatibility;

  TransformValidator(StreamConfig config, boolean pedantic, Compatibility compatibility) {
    this.compatibility = compatibility;
    this.config = config;
    this.pedantic = pedantic;
  }

  /**
   * Returns the configuration with its defaults filled in.
   *
   * @throws ApiException if the subject transform or the republishing is invalid
   */
  StreamConfig check() {
    StreamConfig.TransformConfig transform = config.subjectTransform();
    if (transform != null) {
      checkPair(
          transform,
          ApiError.STREAM_TRANSFORM_INVALID_SOURCE,
          ApiError.STREAM_TRANSFORM_INVALID_DESTINATION,
          compatibility);
    }
    StreamConfig.Republish republish = config.republish();
    return republish == null
        ? config
        : config.toBuilder().republish(checkRepublish(republish)).build();
  }

  /** Checks one pair of source and destination; an empty destination means no change. */
  static void checkPair(
      StreamConfig.TransformConfig transform,
      ApiError badSource,
      ApiError badDestination,
      Compatibility compatibility) {
    String source = transform.source();
    if (!source.isEmpty() && !Subjects.isValid(source)) {
      throw badSource.exception("invalid subject " + source);
    }
    try {
      MappingDestination.check(source, transform.destination(), compatibility);
    } catch (IllegalArgumentException e) {
      throw badDestination.exception(String.valueOf(e.getMessage()));
    }
  }

  private StreamConfig.Republish checkRepublish(StreamConfig.Republish given) {
    String source = given.source();
    String destination = given.destination();
    if (source.isEmpty()) {
      if (pedantic) {
        throw ApiError.PEDANTIC.exception("republish source can not be empty");
      }
      source = ">";
    }
    StreamConfig.TransformConfig transform = config.subjectTransform();
    // Republishing everything to everything is a cycle, unless the stream transforms all its
    // subjects.
    if (destination.equals(">")
        && source.equals(">")
        && transform != null
        && config.subjects().size() == 1
        && transform.source().equals(config.subjects().get(0))) {
      if (pedantic) {
        throw ApiError.PEDANTIC.exception("implicit republish based on subject transform");
      }
      source = transform.destination();
      destination = transform.destination();
    }
    for (String subject : config.subjects()) {
      if (Subjects.overlap(destination, subject)) {
        throw StreamValidator.invalid(
            "stream configuration for republish destination forms a cycle");
      }
    }
    if (!destination.isEmpty()) {
      try {
        SubjectTransform.of(source, destination);
      } catch (IllegalArgumentException e) {
        throw StreamValidator.invalid(
            "stream configuration for republish with transform from '"
                + source
                + "' to '"
                + destination
                + "' not valid");
      }
    }
    return new StreamConfig.Republish(source, destination, given.headersOnly());
  }
}
