package dev.hubkit.junit.stub;

import dev.hubkit.junit.message.Body;
import dev.hubkit.junit.message.MessageMatcher;
import dev.hubkit.junit.message.MessageMatchers;
import dev.hubkit.nats.subject.Subjects;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Describes the requests that a stub answers. It answers them once one of the methods that say how
 * has returned the {@link Stub}; a builder is used up by that. Not thread-safe.
 */
public final class StubBuilder {
  /** The queue group of services, unless they choose another (ADR-32). */
  public static final String QUEUE_GROUP = "q";

  /** The priority of stubs that are given none, as in WireMock. */
  public static final int DEFAULT_PRIORITY = 5;

  private final Stubs owner;
  private final String subject;
  private final List<MessageMatcher> matchers = new ArrayList<>();
  private String account;
  private final @Nullable StubEndpoint endpoint;
  private @Nullable String queueGroup = QUEUE_GROUP;
  private int priority = DEFAULT_PRIORITY;
  private @Nullable String scenario;
  private @Nullable String requiredState;
  private @Nullable String nextState;
  private String name = "";
  private boolean used;

  StubBuilder(Stubs owner, String account, String subject, @Nullable StubEndpoint endpoint) {
    if (!Subjects.isValid(subject)) {
      throw new IllegalArgumentException("Not a subject: \"" + subject + "\"");
    }
    this.owner = owner;
    this.account = account;
    this.subject = subject;
    this.endpoint = endpoint;
    if (endpoint != null) {
      queueGroup = endpoint.interest().queueGroup();
    }
  }

  /** Gives the stub a name for messages, in the place of its subject and conditions. */
  public StubBuilder named(String stubName) {
    name = stubName;
    return this;
  }

  /**
   * Answers only requests that match, too.
   *
   * @param matcher must not block, because one thread chooses the stubs of all requests
   */
  public StubBuilder matching(MessageMatcher matcher) {
    matchers.add(matcher);
    return this;
  }

  /** Answers only requests with a header of this name and value; case matters in both. */
  public StubBuilder withHeader(String header, String value) {
    return matching(MessageMatchers.header(header, value));
  }

  /** Answers only requests whose payload is exactly this text. */
  public StubBuilder withBody(String text) {
    return matching(MessageMatchers.body(text));
  }

  /**
   * Sets the priority among the stubs that match a request: the lowest number answers, of several
   * with that number the one declared last. Without this, it is {@value #DEFAULT_PRIORITY}.
   *
   * @throws IllegalArgumentException if the number is less than 1
   */
  public StubBuilder priority(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("The highest priority is 1: " + number);
    }
    priority = number;
    return this;
  }

  /**
   * Sets the queue group of the stub, {@value #QUEUE_GROUP} without this. The stub gets all
   * messages of its queue group, also if running services are in it.
   */
  public StubBuilder inQueueGroup(String group) {
    requireNoEndpoint();
    queueGroup = group;
    return this;
  }

  private void requireNoEndpoint() {
    if (endpoint != null) {
      throw new IllegalStateException(
          "The stub of an endpoint has the account and queue group of its service; set this with"
              + " StubService.inQueueGroup");
    }
  }

  /**
   * Answers in another account than that of the hub's injected connections.
   *
   * @param name an account of the server's configuration
   */
  public StubBuilder inAccount(String name) {
    requireNoEndpoint();
    account = name;
    return this;
  }

  /** Puts the stub into no queue group: running services get the requests, too. */
  public StubBuilder withoutQueueGroup() {
    requireNoEndpoint();
    queueGroup = null;
    return this;
  }

  /**
   * Makes the stub a part of a scenario, which begins in the state {@link Stubs#STARTED}. {@link
   * #whenState} and {@link #willSetState} say how.
   */
  public StubBuilder inScenario(String scenarioName) {
    scenario = scenarioName;
    return this;
  }

  /**
   * Answers only while the scenario is in this state.
   *
   * @throws IllegalStateException without {@link #inScenario}
   */
  public StubBuilder whenState(String state) {
    requireScenario();
    requiredState = state;
    return this;
  }

  /**
   * Puts the scenario into this state with each request that the stub answers.
   *
   * @throws IllegalStateException without {@link #inScenario}
   */
  public StubBuilder willSetState(String state) {
    requireScenario();
    nextState = state;
    return this;
  }

  private void requireScenario() {
    if (scenario == null) {
      throw new IllegalStateException("Name the scenario first, with inScenario");
    }
  }

  /** Answers with a body. */
  public Stub reply(Body body) {
    return reply(StubReply.reply(body));
  }

  /** Answers with a text. */
  public Stub reply(String text) {
    return reply(StubReply.reply(text));
  }

  /**
   * Answers with a sequence: the first request gets the first reply, and all requests after the
   * last reply get that, too.
   */
  public Stub reply(StubReply first, StubReply... others) {
    List<StubReply> replies = new ArrayList<>();
    replies.add(first);
    replies.addAll(List.of(others));
    return reply(replies);
  }

  Stub reply(List<StubReply> replies) {
    if (used) {
      throw new IllegalStateException(
          "This builder has made its stub; begin with hub.stub(…) again");
    }
    Stub stub =
        new Stub(
            owner,
            new StubMapping(
                name,
                account,
                subject,
                queueGroup,
                List.copyOf(matchers),
                priority,
                scenario,
                requiredState,
                nextState),
            replies,
            endpoint);
    owner.add(stub);
    used = true;
    return stub;
  }

  /**
   * Answers with a text in which these stand for parts of the request:
   *
   * <ul>
   *   <li>{@code {{1}}}: what the first wildcard of the stub's subject matches
   *   <li>{@code {{token(1)}}}, {@code {{subject}}}: the first token of the subject, and the
   *       subject
   *   <li>{@code {{header(Name)}}}, {@code {{body}}}: a header, and the payload
   *   <li>{@code {{json($.id)}}}: a value in the JSON of the payload, by the library {@code
   *       com.jayway.jsonpath:json-path}
   *   <li>{@code {{now}}}, {@code {{now(millis)}}}, {@code {{now(nanos)}}}: the hub's time
   *   <li>{@code {{counter}}}: how many requests the stub has got
   * </ul>
   *
   * <p>In a template of JSON, that is, one that begins with a brace or bracket, all but {@code
   * body} are escaped as in a string. A request without what a placeholder stands for gets a
   * service error 500.
   *
   * @throws IllegalArgumentException if the template has an unknown placeholder
   */
  public Stub replyTemplate(String template) {
    return reply(StubReply.template(template));
  }

  /** Answers with what a function returns. */
  public Stub reply(StubFunction function) {
    return reply(StubReply.computed(function));
  }

  /** Answers with a service error (ADR-32). */
  public Stub error(int code, String description) {
    return reply(StubReply.error(code, description));
  }

  /** Takes requests and never replies. */
  public Stub replyNothing() {
    return reply(StubReply.none());
  }

  /** Answers as the server does where nobody subscribes. */
  public Stub noResponders() {
    return reply(StubReply.noResponders());
  }

  /** Answers with the replies of another subject; see {@link StubReply#forwardTo(String)}. */
  public Stub forwardTo(String other) {
    return reply(StubReply.forwardTo(other));
  }

  /** Answers with the replies of another subject; see {@link StubReply#forwardTo}. */
  public Stub forwardTo(String other, Duration patience) {
    return reply(StubReply.forwardTo(other, patience));
  }
}
