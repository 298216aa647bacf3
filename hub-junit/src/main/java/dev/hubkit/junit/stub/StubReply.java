package dev.hubkit.junit.stub;

import dev.hubkit.junit.message.Body;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.DurationText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A reply of a stub, or what it does in the place of a reply. Immutable. */
public final class StubReply {
  /** How long a stub waits for the replies of the subject that it forwards a request to. */
  public static final Duration FORWARD_PATIENCE = Duration.ofSeconds(5);

  private final Answer answer;
  private final Map<String, List<String>> headers;
  private final Duration delay;

  private StubReply(Answer answer, Map<String, List<String>> headers, Duration delay) {
    this.answer = answer;
    this.headers = headers;
    this.delay = delay;
  }

  private static StubReply of(Answer answer) {
    return new StubReply(answer, Map.of(), Duration.ZERO);
  }

  /** Returns a reply with a body, such as {@code json("{…}")}. */
  public static StubReply reply(Body body) {
    return of(new Answer.Fixed(body));
  }

  /** Returns a reply with a text in UTF-8. */
  public static StubReply reply(String text) {
    return reply(Body.of(text));
  }

  /** Returns a reply without payload. */
  public static StubReply empty() {
    return reply(Body.empty());
  }

  /**
   * Returns a reply whose text depends on the request; see {@link StubBuilder#replyTemplate}.
   *
   * @throws IllegalArgumentException if the template has an unknown placeholder
   */
  public static StubReply template(String template) {
    return of(new Answer.Templated(ReplyTemplate.parse(template)));
  }

  /** Returns a reply that a function computes, which must not return such a reply itself. */
  public static StubReply computed(StubFunction function) {
    return of(new Answer.Computed(function));
  }

  /**
   * Returns an error as services reply it (ADR-32).
   *
   * @param code the code in the header {@code Nats-Service-Error-Code}
   * @param description the text in the header {@code Nats-Service-Error}
   * @throws IllegalArgumentException if the description is empty or has several lines
   */
  public static StubReply error(int code, String description) {
    requireLine("description", description);
    if (description.isBlank()) {
      throw new IllegalArgumentException("A service error needs a description");
    }
    return of(new Answer.Failed(code, description));
  }

  /** Returns the absence of a reply: the requester waits in vain. */
  public static StubReply none() {
    return of(new Answer.Silent());
  }

  /** Returns the status 503 with which the server answers requests that nobody subscribes to. */
  public static StubReply noResponders() {
    return of(new Answer.NoResponders());
  }

  /** Returns the replies of another subject within {@link #FORWARD_PATIENCE}. */
  public static StubReply forwardTo(String subject) {
    return forwardTo(subject, FORWARD_PATIENCE);
  }

  /**
   * Returns the replies of another subject. If there is none in time, the requester gets the
   * service error 504.
   *
   * @param subject a subject without wildcards, in which {@code {{1}}} and the like stand for what
   *     the wildcards of the stub's subject match
   * @param patience how long replies are passed on, in the hub's time
   * @throws IllegalArgumentException if {@code subject} is not a subject to publish to, or the
   *     patience is not positive
   */
  public static StubReply forwardTo(String subject, Duration patience) {
    ReplyTemplate template = ReplyTemplate.parse(subject);
    if (template.isFixed() && !Subjects.isValidLiteral(subject)) {
      throw new IllegalArgumentException(
          "Requests cannot be forwarded to \"" + subject + "\", which is not a literal subject");
    }
    if (patience.isNegative() || patience.isZero()) {
      throw new IllegalArgumentException("The patience must be positive: " + patience);
    }
    return of(new Answer.Forwarded(template, patience));
  }

  /**
   * Returns this reply with a header more, also if a function or another subject gives the reply.
   *
   * @throws IllegalArgumentException if the name or value cannot be in a header
   */
  public StubReply withHeader(String name, String value) {
    requireLine("name", name);
    requireLine("value", value);
    if (name.isBlank() || name.indexOf(':') >= 0) {
      throw new IllegalArgumentException("Not the name of a header: \"" + name + "\"");
    }
    Map<String, List<String>> all = new LinkedHashMap<>(headers);
    List<String> values = new ArrayList<>(all.getOrDefault(name, List.of()));
    values.add(value);
    all.put(name, List.copyOf(values));
    return new StubReply(answer, all, delay);
  }

  StubReply withHeaders(Map<String, List<String>> more) {
    StubReply all = this;
    for (Map.Entry<String, List<String>> header : more.entrySet()) {
      for (String value : header.getValue()) {
        all = all.withHeader(header.getKey(), value);
      }
    }
    return all;
  }

  private static void requireLine(String what, String text) {
    if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
      throw new IllegalArgumentException(
          "The " + what + " of a header is one line, unlike this: " + text);
    }
  }

  /**
   * Returns this reply, released after a time of the hub, which a test can {@linkplain
   * dev.hubkit.junit.time.HubTime#advance advance}.
   *
   * @throws IllegalArgumentException if the delay is negative
   */
  public StubReply after(Duration hubTime) {
    if (hubTime.isNegative()) {
      throw new IllegalArgumentException("The delay must not be negative: " + hubTime);
    }
    return new StubReply(answer, headers, hubTime);
  }

  Answer answer() {
    return answer;
  }

  Map<String, List<String>> headers() {
    return headers;
  }

  Duration delay() {
    return delay;
  }

  @Override
  public String toString() {
    return answer + (delay.isZero() ? "" : " after " + DurationText.of(delay));
  }
}
