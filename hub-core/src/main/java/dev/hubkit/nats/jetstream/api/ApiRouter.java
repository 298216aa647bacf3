package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiResponse;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.ApiDispatcher;
import dev.hubkit.nats.subject.SubjectTrie;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Routes requests to handlers by the subject of the JetStream API. One table serves all accounts;
 * it is filled once and only read afterwards.
 */
public final class ApiRouter implements ApiDispatcher {
  private final SubjectTrie<Route> routes = new SubjectTrie<>();
  private final List<String> patterns = new ArrayList<>();

  /**
   * Deliberately no record: preparing the equals method of a record takes noticeable time at each
   * start of a JVM.
   */
  private static final class Route {
    private final String responseType;
    private final Consumer<JsonWriter> errorFields;
    private final ApiHandler handler;
    private final boolean checked;

    Route(
        String responseType,
        Consumer<JsonWriter> errorFields,
        ApiHandler handler,
        boolean checked) {
      this.checked = checked;
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
    add(pattern, new Route(responseType, errorFields, handler, true));
  }

  /**
   * Registers requests whose handler checks the required API level itself: nats-server checks it
   * later than for other requests, or never.
   */
  void registerUnchecked(String pattern, String responseType, ApiHandler handler) {
    registerUnchecked(pattern, responseType, out -> {}, handler);
  }

  void registerUnchecked(
      String pattern, String responseType, Consumer<JsonWriter> errorFields, ApiHandler handler) {
    add(pattern, new Route(responseType, errorFields, handler, false));
  }

  private void add(String pattern, Route route) {
    routes.add(pattern, route);
    patterns.add(ApiSubjects.PREFIX + pattern);
  }

  @Override
  public List<String> patterns() {
    return List.copyOf(patterns);
  }

  @Override
  public void route(AccountJetStream jetStream, String rest, Message message, WorkBatch batch) {
    List<Route> found = routes.match(rest);
    if (found.isEmpty()) {
      return;
    }
    Route route = found.get(0);
    String[] tokens = Subjects.tokens(rest).toArray(String[]::new);
    ApiRequest request =
        new ApiRequest(
            jetStream, message, batch.requester(), tokens, route.responseType, route.errorFields);
    request.run(
        (same, sameBatch) -> {
          if (route.checked) {
            AssetVersions.checkRequiredLevel(
                request.headers(), request.jetStream().compatibility());
          }
          route.handler.handle(same, sameBatch);
        },
        batch);
  }

  /**
   * Returns the response to a request in an account that has no JetStream, or null if there is no
   * response.
   *
   * @param rest its subject behind {@code $JS.API.}
   */
  public byte @Nullable [] refusal(String rest) {
    List<Route> found = routes.match(rest);
    if (found.isEmpty()) {
      return null;
    }
    Route route = found.get(0);
    return refusal(route.responseType, route.errorFields);
  }

  /** Returns a response of the given type with the error that the account has no JetStream. */
  public static byte[] refusal(String responseType, Consumer<JsonWriter> errorFields) {
    JsonWriter out = ApiResponse.begin(responseType);
    ApiError.NOT_ENABLED_FOR_ACCOUNT.exception().writeTo(out);
    errorFields.accept(out);
    return out.endObject().toBytes();
  }
}
