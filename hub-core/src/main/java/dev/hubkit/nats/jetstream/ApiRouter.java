package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.subject.SubjectTrie;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * Which handler answers which subject of the JetStream API. One table serves all accounts; it is
 * filled once and only read afterwards.
 */
final class ApiRouter {
  static final String PREFIX = "$JS.API.";

  private final SubjectTrie<Route> routes = new SubjectTrie<>();
  private final List<String> patterns = new ArrayList<>();

  private record Route(String responseType, ApiHandler handler) {}

  ApiRouter() {
    AccountApi.register(this);
    StreamApi.register(this);
    SnapshotApi.register(this);
    MessageApi.register(this);
    Consumers.register(this);
  }

  /**
   * Has {@code handler} answer the requests to {@code $JS.API.<pattern>}.
   *
   * @param responseType the type of the response without {@code io.nats.jetstream.api.v1.}
   */
  void register(String pattern, String responseType, ApiHandler handler) {
    routes.add(pattern, new Route(responseType, handler));
    patterns.add(PREFIX + pattern);
  }

  /** The subjects to subscribe to, in full. */
  List<String> patterns() {
    return List.copyOf(patterns);
  }

  /**
   * Answers a request.
   *
   * @param rest its subject behind {@code $JS.API.}
   * @param message the request, with bytes of its own
   */
  void route(JetStream jetStream, String rest, Message message, Batch batch) {
    List<Route> found = routes.match(rest);
    if (found.isEmpty()) {
      return;
    }
    Route route = found.get(0);
    String[] tokens = Subjects.tokens(rest).toArray(String[]::new);
    ApiRequest request = new ApiRequest(jetStream, message, tokens, route.responseType());
    request.run(
        (same, sameBatch) -> {
          AssetVersions.checkRequiredLevel(request.headers());
          route.handler().handle(same, sameBatch);
        },
        batch);
  }
}
