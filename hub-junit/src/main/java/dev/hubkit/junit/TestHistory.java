package dev.hubkit.junit;

import dev.hubkit.junit.history.History;
import io.nats.client.Message;
import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** The histories of tests. */
final class TestHistory {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private TestHistory() {}

  /** Begins the history of a test that has {@link RecordHistory}, or a parameter for one. */
  static void beginIfWanted(HubResource hub, ExtensionContext context) {
    Optional<Method> method = context.getTestMethod();
    if (annotation(context) != null || method.filter(TestHistory::hasParameter).isPresent()) {
      of(hub, context, null);
    }
  }

  private static boolean hasParameter(Method method) {
    return Arrays.asList(method.getParameterTypes()).contains(History.class);
  }

  private static @Nullable RecordHistory annotation(ExtensionContext context) {
    Optional<Method> method = context.getTestMethod();
    if (method.isPresent()) {
      Optional<RecordHistory> own =
          AnnotationSupport.findAnnotation(method.get(), RecordHistory.class);
      if (own.isPresent()) {
        return own.get();
      }
    }
    for (Class<?> type : HubDefinitions.enclosing(context)) {
      Optional<RecordHistory> own = AnnotationSupport.findAnnotation(type, RecordHistory.class);
      if (own.isPresent()) {
        return own.get();
      }
    }
    return null;
  }

  /**
   * Returns the history of a test, or of a class, which it begins if necessary.
   *
   * @param point the parameter or field that it is for; null for none
   */
  static History of(HubResource hub, ExtensionContext context, @Nullable AnnotatedElement point) {
    return HubStore.of(context)
        .getOrComputeIfAbsent(
            HubStore.key("history", hub, context),
            key -> new Recording(begin(hub, limit(context, point))),
            Recording.class)
        .history();
  }

  private static int limit(ExtensionContext context, @Nullable AnnotatedElement point) {
    RecordHistory chosen =
        point == null
            ? null
            : AnnotationSupport.findAnnotation(point, RecordHistory.class).orElse(null);
    if (chosen == null) {
      chosen = annotation(context);
    }
    int limit = chosen == null ? History.MOST_EVENTS : chosen.limit();
    if (limit < 1) {
      throw new ExtensionConfigurationException(
          "@RecordHistory(limit = " + limit + ") leaves no room for events: give at least 1");
    }
    return limit;
  }

  /** Begins a history. */
  static History begin(HubResource hub, int limit) {
    DeclarationChecks.requireService(hub, Service.NATS, "a history");
    hub.requireOwn(Service.NATS, "a history of what the server does");
    NatsClient.require("histories are checked");
    return hub.started()
        .controls()
        .histories()
        .begin(limit, (subject, payload) -> request(hub, subject, payload));
  }

  private static byte[] request(HubResource hub, String subject, byte[] payload)
      throws IOException {
    if (hub.started().controls().isCrashed()) {
      throw new IOException("the hub has crashed; call hub.faults().recover() first");
    }
    try {
      Message answer = hub.toolkitConnection().request(subject, payload, PATIENCE);
      if (answer == null) {
        throw new IOException("no answer to " + subject);
      }
      return answer.getData();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the answer to " + subject, e);
    }
  }

  /** The history of a test, which JUnit ends by closing this. */
  private record Recording(History history) implements HubStore.Resource {
    @Override
    public void close() {
      history.stop();
    }
  }
}
