package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceRequest;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the trace headers of a message lead to (initMsgTrace in nats-server's {@code msgtrace.go}).
 *
 * @param trace null when the message is not traced
 * @param skipped whether the message goes nowhere
 * @param disabled whether it goes on with its trace header changed, so that nobody traces it
 * @param denied the destination that the client must not publish to; null when it may
 */
record TraceStart(
    @Nullable MessageTrace trace, boolean skipped, boolean disabled, @Nullable String denied) {
  /** The headers lead to nothing. */
  static final TraceStart NOTHING = new TraceStart(null, false, false, null);

  private static final Logger log = LoggerFactory.getLogger(TraceStart.class);
  private static final int WHOLE = 100;

  /**
   * Decides on a message of a client.
   *
   * @param mayPublish whether the client may publish to a subject
   */
  static TraceStart of(
      TraceRequest request,
      int size,
      String subject,
      Connection connection,
      Clients clients,
      Predicate<String> mayPublish) {
    Account account = connection.account();
    if (!request.external() && request.destination().isEmpty()) {
      return untraced(request);
    }
    if (request.isForeign()) {
      log.warn("{}: message tracing disabled because of a foreign origin account", connection);
      return new TraceStart(null, request.only(), !request.only(), null);
    }
    String destination = request.external() ? account.traceDestination() : request.destination();
    if (request.external() && destination.isEmpty()) {
      return NOTHING;
    }
    if (request.external() && !isChosen(account.traceSampling())) {
      return new TraceStart(null, false, true, null);
    }
    if (!Subjects.isValidLiteral(destination)) {
      log.warn("{}: trace destination {} is not valid", connection, destination);
      return untraced(request);
    }
    if (!mayPublish.test(destination)) {
      return new TraceStart(null, true, false, destination);
    }
    MessageTrace trace =
        new MessageTrace(
            request,
            destination,
            size,
            clients.time(),
            connection.id(),
            connection.name(),
            account.name(),
            subject,
            complete -> clients.tracer().accept(complete, account));
    return new TraceStart(trace, false, false, null);
  }

  private static TraceStart untraced(TraceRequest request) {
    return new TraceStart(null, request.only(), false, null);
  }

  private static boolean isChosen(int sampling) {
    return sampling <= 0
        || sampling >= WHOLE
        || ThreadLocalRandom.current().nextInt(WHOLE) < sampling;
  }
}
