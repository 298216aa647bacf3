package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamDraft;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import java.util.List;

/** What makes the subject transform and the republishing of a stream good. */
final class TransformValidator {
  private final StreamDraft draft;
  private final boolean pedantic;

  TransformValidator(StreamDraft draft, boolean pedantic) {
    this.draft = draft;
    this.pedantic = pedantic;
  }

  /**
   * Fills in defaults.
   *
   * @throws ApiException if they are not good
   */
  public void check() {
    StreamConfig.TransformConfig transform = draft.subjectTransform;
    if (transform != null) {
      checkPair(
          transform,
          ApiError.STREAM_TRANSFORM_INVALID_SOURCE,
          ApiError.STREAM_TRANSFORM_INVALID_DESTINATION);
    }
    if (draft.republish != null) {
      draft.republish = checkRepublish(draft.republish);
    }
  }

  /** Checks one source and destination; an empty destination stands for no change. */
  static void checkPair(
      StreamConfig.TransformConfig transform, ApiError badSource, ApiError badDestination) {
    String source = transform.source();
    if (!source.isEmpty() && !Subjects.isValid(source)) {
      throw badSource.exception("invalid subject " + source);
    }
    if (transform.destination().isEmpty()) {
      return;
    }
    try {
      checkDestination(transform.destination());
      SubjectTransform.of(source, transform.destination());
    } catch (IllegalArgumentException e) {
      throw badDestination.exception(String.valueOf(e.getMessage()));
    }
  }

  private static void checkDestination(String destination) {
    List<String> tokens = Subjects.tokens(destination);
    for (int i = 0; i < tokens.size(); i++) {
      String token = tokens.get(i);
      if (token.isEmpty() || (i > 0 && tokens.get(i - 1).equals(">"))) {
        throw new IllegalArgumentException(
            "invalid mapping destination: invalid transform"
                + (token.isEmpty() ? "" : " in " + token));
      }
      boolean function = token.length() > 4 && token.startsWith("{{") && token.endsWith("}}");
      if (!function && token.chars().anyMatch(c -> "\t\n\f\r ".indexOf(c) >= 0)) {
        throw new IllegalArgumentException("invalid mapping destination: invalid transform");
      }
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
    StreamConfig.TransformConfig transform = draft.subjectTransform;
    // From everything to everything is a cycle, unless the stream changes all its subjects.
    if (destination.equals(">")
        && source.equals(">")
        && transform != null
        && draft.subjects.size() == 1
        && transform.source().equals(draft.subjects.get(0))) {
      if (pedantic) {
        throw ApiError.PEDANTIC.exception("implicit republish based on subject transform");
      }
      source = transform.destination();
      destination = transform.destination();
    }
    for (String subject : draft.subjects) {
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
