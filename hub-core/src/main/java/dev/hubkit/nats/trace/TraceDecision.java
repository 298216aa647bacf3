package dev.hubkit.nats.trace;

import dev.hubkit.log.Log;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.TimeSource;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the server does about the trace headers of a message (initMsgTrace in nats-server's {@code
 * msgtrace.go}).
 *
 * @param trace null when the message is not traced
 * @param skipped whether the message goes nowhere
 * @param disabled whether it goes on with its trace header changed, so that nobody traces it
 * @param denied the destination that the client must not publish to; null when it may
 */
public record TraceDecision(
    @Nullable MessageTrace trace, boolean skipped, boolean disabled, @Nullable String denied) {
  /** The headers lead to nothing. */
  public static final TraceDecision NOTHING = new TraceDecision(null, false, false, null);

  private static final Log log = Log.of(TraceDecision.class);
  private static final int WHOLE = 100;

  /**
   * Decides on a message that has come in.
   *
   * @param accountDestination the subject to which the account sends the traces that tracing
   *     systems ask for; empty for none
   * @param accountSampling percent of these that are traced, where a client published them
   * @param mayPublish tells whether the sender may publish to a subject
   * @param end takes the trace when it is complete
   */
  public static TraceDecision of(
      TraceHeaders request,
      TraceSource ingress,
      String accountDestination,
      int accountSampling,
      Predicate<String> mayPublish,
      TimeSource time,
      Consumer<MessageTrace> end) {
    if (!request.external() && request.destination().isEmpty()) {
      return untraced(request);
    }
    if (request.isForeign()) {
      log.warn("{}: message tracing disabled because of a foreign origin account", ingress.name());
      return new TraceDecision(null, request.only(), !request.only(), null);
    }
    String destination = request.external() ? accountDestination : request.destination();
    if (request.external() && destination.isEmpty()) {
      return NOTHING;
    }
    boolean first = ingress.kind() == TraceSource.CLIENT;
    if (request.external() && first && !isChosen(accountSampling)) {
      return new TraceDecision(null, false, true, null);
    }
    if (!Subjects.isValidLiteral(destination)) {
      log.warn("{}: trace destination {} is not valid", ingress.name(), destination);
      return untraced(request);
    }
    if (!mayPublish.test(destination)) {
      return new TraceDecision(null, true, false, destination);
    }
    MessageTrace trace = new MessageTrace(request, destination, ingress, time, end);
    return new TraceDecision(trace, false, false, null);
  }

  private static TraceDecision untraced(TraceHeaders request) {
    return new TraceDecision(null, request.only(), false, null);
  }

  private static boolean isChosen(int sampling) {
    return sampling <= 0
        || sampling >= WHOLE
        || ThreadLocalRandom.current().nextInt(WHOLE) < sampling;
  }
}
