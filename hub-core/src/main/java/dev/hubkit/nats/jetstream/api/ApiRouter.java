package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.jetstream.stream.ApiDispatcher;
import dev.hubkit.nats.subject.SubjectTrie;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Routes requests to handlers by the subject of the JetStream API. One table serves all accounts;
 * it is filled once and only read afterwards.
 */
public final class ApiRouter implements ApiDispatcher {
  private static final String[] NONE = {};

  // The requests that only ask; the others wait separately.
  private static final Set<String> QUESTIONS =
      Set.of(
          "INFO",
          "STREAM.NAMES",
          "STREAM.LIST",
          "STREAM.INFO.*",
          "CONSUMER.NAMES.*",
          "CONSUMER.LIST.*",
          "CONSUMER.INFO.*.*");

  private final SubjectTrie<Route> routes = new SubjectTrie<>();
  private final ApiQueues queues;

  ApiRouter(ApiQueues queues) {
    this.queues = queues;
  }

  /** What is checked before a request gets to its handler, which checks the rest itself. */
  enum Checks {
    /** Nothing. */
    NONE,
    /** The API level that the request requires. */
    LEVEL,
    /** The level, and that the account has JetStream. */
    LEVEL_AND_ACCOUNT
  }

  /**
   * Deliberately no record: preparing the equals method of a record takes noticeable time at each
   * start of a JVM.
   */
  private static final class Route {
    private final String responseType;
    private final Consumer<JsonWriter> errorFields;
    private final ApiHandler handler;
    private final Checks checks;
    private final boolean question;

    Route(
        String responseType,
        Consumer<JsonWriter> errorFields,
        ApiHandler handler,
        Checks checks,
        boolean question) {
      this.checks = checks;
      this.question = question;
      this.responseType = responseType;
      this.errorFields = errorFields;
      this.handler = handler;
    }
  }

  /**
   * Registers the handler of requests to {@code $JS.API.<pattern>}.
   *
   * @param responseType the type of the response without {@code io.nats.jetstream.api.v1.}
   */
  public void register(String pattern, String responseType, ApiHandler handler) {
    register(pattern, responseType, out -> {}, handler);
  }

  /**
   * Registers requests whose error responses have fields besides the error, such as the zeroes of a
   * paged response.
   */
  public void register(
      String pattern, String responseType, Consumer<JsonWriter> errorFields, ApiHandler handler) {
    register(Checks.LEVEL_AND_ACCOUNT, pattern, responseType, errorFields, handler);
  }

  /** Registers requests that nats-server checks in another order. */
  void register(Checks checks, String pattern, String responseType, ApiHandler handler) {
    register(checks, pattern, responseType, out -> {}, handler);
  }

  void register(
      Checks checks,
      String pattern,
      String responseType,
      Consumer<JsonWriter> errorFields,
      ApiHandler handler) {
    boolean question = QUESTIONS.contains(pattern);
    routes.add(pattern, new Route(responseType, errorFields, handler, checks, question));
  }

  /**
   * Answers a request, whatever it asks for, with the error that the account has no JetStream.
   *
   * @param responseType the type of the response without {@code io.nats.jetstream.api.v1.}
   */
  public void refuse(ApiAccount account, Message message, String responseType, WorkBatch batch) {
    ApiRequest request =
        new ApiRequest(account, message.retain(), batch.requester(), NONE, responseType, out -> {});
    request.run((same, sameBatch) -> same.requireJetStream(), batch);
  }

  @Override
  public void route(ApiAccount account, Message message, WorkBatch batch) {
    String rest = message.subject().substring(ApiSubjects.PREFIX.length());
    List<Route> found = routes.match(rest);
    if (found.isEmpty()) {
      return;
    }
    Route route = found.get(0);
    RequestBacklog backlog = queues.of(route.question);
    long ticket = backlog.enter();
    if (ticket == RequestBacklog.DROPPED) {
      queues.dropped(route.question, batch);
      return;
    }
    String[] tokens = Subjects.tokens(rest).toArray(String[]::new);
    ApiRequest request =
        new ApiRequest(
            account,
            message.retain(),
            batch.requester(),
            tokens,
            route.responseType,
            route.errorFields);
    request.waitIn(backlog, ticket);
    request.run(
        (same, sameBatch) -> {
          if (route.checks != Checks.NONE) {
            AssetVersions.checkRequiredLevel(request.headers(), account.compatibility());
          }
          if (route.checks == Checks.LEVEL_AND_ACCOUNT) {
            request.requireJetStream();
          }
          route.handler.handle(same, sameBatch);
        },
        batch);
    request.beginUnlessWaiting();
  }
}
