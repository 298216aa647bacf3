package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ClusterGate.Answerer;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.jetstream.stream.ApiDispatcher;
import dev.hubkit.nats.subject.SubjectTrie;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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

  // The requests that another server than the one that leads the cluster answers, or that are
  // answered by another one than that which takes them.
  private static final Map<String, Answerer> ANSWERERS =
      Map.ofEntries(
          Map.entry("STREAM.CREATE.*", Answerer.CHANGE),
          Map.entry("STREAM.UPDATE.*", Answerer.CHANGE),
          Map.entry("STREAM.DELETE.*", Answerer.CHANGE),
          Map.entry("STREAM.INFO.*", Answerer.STREAM_INFO),
          Map.entry("STREAM.PURGE.*", Answerer.STREAM),
          Map.entry("STREAM.MSG.DELETE.*", Answerer.STREAM),
          Map.entry("STREAM.MSG.GET.*", Answerer.STREAM),
          Map.entry("STREAM.SNAPSHOT.*", Answerer.STREAM),
          Map.entry("STREAM.LEADER.STEPDOWN.*", Answerer.STREAM),
          Map.entry("CONSUMER.LEADER.STEPDOWN.*.*", Answerer.CONSUMER),
          Map.entry("STREAM.CANCEL_MOVE.*", Answerer.CHANGE),
          Map.entry("ACCOUNT.STREAM.MOVE.*.*", Answerer.META_ONLY_CHANGE),
          Map.entry("ACCOUNT.STREAM.CANCEL_MOVE.*.*", Answerer.META_ONLY_CHANGE),
          Map.entry("META.LEADER.STEPDOWN", Answerer.META_ONLY),
          Map.entry("SERVER.REMOVE", Answerer.META_ONLY),
          Map.entry("SERVER.EVACUATE", Answerer.META_ONLY),
          Map.entry("CONSUMER.CREATE.*", Answerer.HANDLER),
          Map.entry("CONSUMER.CREATE.*.>", Answerer.HANDLER),
          Map.entry("CONSUMER.DURABLE.CREATE.*.*", Answerer.HANDLER),
          Map.entry("CONSUMER.DELETE.*.*", Answerer.CHANGE),
          Map.entry("CONSUMER.INFO.*.*", Answerer.CONSUMER_INFO),
          Map.entry("CONSUMER.UNPIN.*.*", Answerer.CONSUMER));

  private final SubjectTrie<Route> routes = new SubjectTrie<>();
  private final ApiQueues queues;
  private final @Nullable ClusterGate cluster;

  ApiRouter(ApiQueues queues, @Nullable ClusterGate cluster) {
    this.queues = queues;
    this.cluster = cluster;
  }

  /** Returns what decides which server of a cluster answers; null where it is in none. */
  @Nullable ClusterGate gate() {
    return cluster;
  }

  /** Returns whether the server is one of a cluster with JetStream. */
  boolean isClustered() {
    return cluster != null;
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
    private final Answerer answerer;

    Route(
        String responseType,
        Consumer<JsonWriter> errorFields,
        ApiHandler handler,
        Checks checks,
        boolean question,
        Answerer answerer) {
      this.answerer = answerer;
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
    Answerer answerer = ANSWERERS.getOrDefault(pattern, Answerer.META);
    routes.add(pattern, new Route(responseType, errorFields, handler, checks, question, answerer));
  }

  /**
   * Answers a request, whatever it asks for, with the error that the account has no JetStream.
   *
   * @param responseType the type of the response without {@code io.nats.jetstream.api.v1.}
   */
  public void refuse(ApiAccount account, Message message, String responseType, WorkBatch batch) {
    ApiRequest request =
        new ApiRequest(
            account, message.retain(), batch.requester(), NONE, responseType, out -> {}, cluster);
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
            route.errorFields,
            cluster);
    request.waitIn(backlog, ticket);
    request.run(
        (same, sameBatch) -> {
          if (cluster != null && !cluster.admits(same, route.answerer, sameBatch)) {
            return;
          }
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
