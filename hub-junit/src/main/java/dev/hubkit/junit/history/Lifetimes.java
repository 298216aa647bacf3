package dev.hubkit.junit.history;

import dev.hubkit.junit.history.ServerState.ConsumerNow;
import dev.hubkit.junit.history.ServerState.StreamNow;
import dev.hubkit.time.GoDuration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Tells which messages of a stream may be gone: removed as configured, or as a client asked. */
final class Lifetimes {
  private static final String INTEREST = "interest";

  private final HistoryModel model;
  private final StreamRecord stream;
  private final @Nullable StreamNow present;
  private final Instant now;

  Lifetimes(HistoryModel model, StreamRecord stream, @Nullable StreamNow present, Instant now) {
    this.model = model;
    this.stream = stream;
    this.present = present;
    this.now = now;
  }

  /** Returns whether a message that the stream does not have may be gone. */
  boolean mayBeGone(AcknowledgedMessage message) {
    if (stream.removals().stream().anyMatch(removal -> removal.covers(message))) {
      return true;
    }
    if (isOver(message) || message.first().header("Nats-Schedule") != null) {
      return true;
    }
    if (present != null && mayBeGone(message, present.terms())) {
      return true;
    }
    return stream.terms().stream().anyMatch(terms -> mayBeGone(message, terms));
  }

  private boolean mayBeGone(AcknowledgedMessage message, StreamTerms terms) {
    long last = present == null ? Long.MAX_VALUE : present.last();
    return hasLimit(message, terms, last)
        || (terms.maxAge() > 0 && age(message).compareTo(Duration.ofNanos(terms.maxAge())) >= 0)
        || (terms.endsWithAcknowledgement() && isDoneWith(message, terms));
  }

  private boolean hasLimit(AcknowledgedMessage message, StreamTerms terms, long last) {
    long later = last - message.sequence();
    if (terms.discardsOld()
        && ((terms.maxMessages() > 0 && later >= terms.maxMessages())
            || (terms.maxBytes() > 0 && later > 0))) {
      return true;
    }
    return terms.discardsOldPerSubject()
        && terms.maxPerSubject() > 0
        && isOvertaken(message, terms.maxPerSubject());
  }

  private boolean isOvertaken(AcknowledgedMessage message, long most) {
    long stored =
        stream.messagesAfter(message.sequence()).stream()
            .filter(other -> other.subject().equals(message.subject()))
            .limit(most)
            .count();
    return stored >= most || stored + unanswered(message) >= most;
  }

  private long unanswered(AcknowledgedMessage message) {
    return model.publications().stream()
        .filter(each -> each.answer() == null)
        .filter(each -> each.published().subject().equals(message.subject()))
        .filter(each -> each.published().number() > message.first().published().number())
        .count();
  }

  private Duration age(AcknowledgedMessage message) {
    return Duration.between(message.first().published().time(), now);
  }

  private boolean isOver(AcknowledgedMessage message) {
    String text = message.first().header("Nats-TTL");
    if (text == null || text.equals("never")) {
      return false;
    }
    Duration ttl = ttl(text);
    return ttl == null || age(message).compareTo(ttl) >= 0;
  }

  // ADR-43: seconds, or a duration in Go's form.
  static @Nullable Duration ttl(String text) {
    if (text.matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    OptionalLong nanos = GoDuration.parse(text);
    return nanos.isPresent() ? Duration.ofNanos(nanos.getAsLong()) : null;
  }

  private boolean isDoneWith(AcknowledgedMessage message, StreamTerms terms) {
    List<ConsumerRecord> concerned =
        stream.consumers().stream().filter(each -> isConcerned(each, message)).toList();
    if (terms.retention().equals("workqueue")) {
      return concerned.stream().anyMatch(each -> hasEnded(each, message));
    }
    return concerned.stream().allMatch(each -> hasEnded(each, message) || !isPresent(each));
  }

  static boolean hasEnded(ConsumerRecord consumer, AcknowledgedMessage message) {
    return consumer.isHandled(message.sequence()) || consumer.isTerminated(message.sequence());
  }

  private boolean isPresent(ConsumerRecord consumer) {
    return present != null
        && present.consumers().stream()
            .map(ConsumerNow::terms)
            .anyMatch(terms -> terms.name().equals(consumer.name()));
  }

  /** Returns whether a consumer has to deliver a message, as far as the history tells. */
  boolean isConcerned(ConsumerRecord consumer, AcknowledgedMessage message) {
    // Interest is that of the consumers that there were when the message came.
    return isConcernedAnytime(consumer, message)
        && (!isOfInterest() || consumer.created() < message.acknowledged());
  }

  private boolean isOfInterest() {
    return (present != null && present.terms().retention().equals(INTEREST))
        || stream.terms().stream().anyMatch(terms -> terms.retention().equals(INTEREST));
  }

  private static boolean isConcernedAnytime(ConsumerRecord consumer, AcknowledgedMessage message) {
    ConsumerTerms terms = consumer.terms();
    if (terms == null) {
      return !consumer.deliveries(message.sequence()).isEmpty();
    }
    if (!terms.wantsSubject(message.subject())) {
      return false;
    }
    return switch (terms.deliverPolicy()) {
      case "all" -> true;
      case "by_start_sequence" -> message.sequence() >= terms.startSequence();
      case "by_start_time" ->
          terms.startTime() == null
              || !message.first().published().time().isBefore(terms.startTime());
      // Those that were there when the consumer was created do not all count.
      default -> message.first().published().number() > consumer.created();
    };
  }
}
