package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.junit.history.History;
import io.nats.client.Connection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** The values that a hub has for parameters and fields. */
final class InjectedValues {
  private static final String CONNECTION = "io.nats.client.Connection";
  private static final String JET_STREAM = "io.nats.client.JetStream";
  private static final String MANAGEMENT = "io.nats.client.JetStreamManagement";
  private static final String KEY_VALUE = "io.nats.client.KeyValue";
  private static final String OBJECT_STORE = "io.nats.client.ObjectStore";

  // By name, because a test of the repository alone needs no NATS client on its class path.
  private static final Set<String> UNQUALIFIED =
      Set.of(
          HubResource.class.getName(),
          History.class.getName(),
          Hub.class.getName(),
          FossilRepository.class.getName(),
          CONNECTION,
          JET_STREAM,
          MANAGEMENT,
          // Only to say that these need @Bucket.
          KEY_VALUE,
          OBJECT_STORE);
  private static final Set<String> OF_NATS =
      Set.of(CONNECTION, JET_STREAM, MANAGEMENT, KEY_VALUE, OBJECT_STORE);

  private InjectedValues() {}

  /** Returns whether a parameter of this type needs no annotation. */
  static boolean needsNoQualifier(Class<?> type) {
    return UNQUALIFIED.contains(type.getName());
  }

  /** Returns whether only a server of this JVM has a value of this type. */
  static boolean needsOwnRepository(Class<?> type) {
    return type.getName().equals(FossilRepository.class.getName());
  }

  /** Returns the value; JUnit closes it, where it has to be closed, with {@code context}. */
  static Object of(InjectionPoint point, HubResource hub, ExtensionContext context) {
    Class<?> type = point.type();
    String where = point.description();
    if (point.asUser().isPresent() && !OF_NATS.contains(type.getName())) {
      throw wrong("@AsUser", "what has a connection to NATS", type, where);
    }
    requireServices(point, hub);
    if (point.port().isPresent()) {
      if (type != int.class && type != Integer.class) {
        throw wrong("@HubPort", "an int", type, where);
      }
      return hub.port(point.port().get().value());
    }
    if (point.url().isPresent()) {
      return url(hub, point.url().get().value(), type, where);
    }
    if (point.bucket().isPresent()) {
      Connection connection = connection(point, hub, context);
      return bucket(point.bucket().get(), type, where, hub, connection);
    }
    if (type == HubResource.class) {
      return hub;
    }
    if (type == History.class) {
      return TestHistory.of(hub, context, point.element());
    }
    if (type == Hub.class) {
      HubResource.awaitWarmUp();
      return hub.hub();
    }
    if (type == FossilRepository.class) {
      return hub.repository();
    }
    if (type == Path.class) {
      return hub.root();
    }
    return fromConnection(point, hub, context);
  }

  private static void requireServices(InjectionPoint point, HubResource hub) {
    String where = point.description();
    point
        .port()
        .ifPresent(
            port -> DeclarationChecks.requireService(hub, port.value(), "@HubPort on " + where));
    point
        .url()
        .ifPresent(
            url -> DeclarationChecks.requireService(hub, url.value(), "@HubUrl on " + where));
    if (OF_NATS.contains(point.type().getName())) {
      DeclarationChecks.requireService(hub, Service.NATS, where);
    }
    if (needsOwnRepository(point.type())) {
      DeclarationChecks.requireService(hub, Service.FOSSIL, where);
    }
  }

  private static Object url(HubResource hub, Service service, Class<?> type, String where) {
    if (type == String.class) {
      return service == Service.NATS ? hub.natsUrl() : hub.fossilUrl();
    }
    if (type == URI.class) {
      return hub.url(service);
    }
    throw wrong("@HubUrl", "a String or a URI", type, where);
  }

  private static Object bucket(
      Bucket bucket, Class<?> type, String where, HubResource hub, Connection connection) {
    boolean keyValue = type.getName().equals(KEY_VALUE);
    if (!keyValue && !type.getName().equals(OBJECT_STORE)) {
      throw wrong("@Bucket", "a KeyValue or an ObjectStore", type, where);
    }
    try {
      if (keyValue) {
        DeclaredStreams.requireKeyValue(bucket, hub);
        return connection.keyValue(bucket.value());
      }
      DeclaredStreams.requireObjectStore(bucket, hub);
      return connection.objectStore(bucket.value());
    } catch (IOException e) {
      throw new UncheckedIOException("No bucket " + bucket.value() + " for " + where, e);
    }
  }

  private static Object fromConnection(
      InjectionPoint point, HubResource hub, ExtensionContext context) {
    String where = point.description();
    Class<?> type = point.type();
    switch (type.getName()) {
      case CONNECTION, JET_STREAM, MANAGEMENT -> {
        // Below.
      }
      case KEY_VALUE, OBJECT_STORE ->
          throw new ParameterResolutionException(
              "Which bucket is meant by "
                  + where
                  + "? Name it with @Bucket(\"name\"); Hub creates it if it does not exist");
      default ->
          throw new ParameterResolutionException(
              "A hub has no "
                  + type.getName()
                  + " for "
                  + where
                  + "; it has HubResource, Hub, History, Connection, JetStream, JetStreamManagement,"
                  + " FossilRepository, and Path for its root; KeyValue and ObjectStore by"
                  + " @Bucket, int by @HubPort, String and URI by @HubUrl");
    }
    Connection connection = connection(point, hub, context);
    try {
      return switch (type.getName()) {
        case JET_STREAM -> connection.jetStream();
        case MANAGEMENT -> connection.jetStreamManagement();
        default -> connection;
      };
    } catch (IOException e) {
      throw new UncheckedIOException("No JetStream for " + where, e);
    }
  }

  // One connection for all that is injected in a scope, so that each sees what the others did.
  private static Connection connection(
      InjectionPoint point, HubResource hub, ExtensionContext context) {
    Object key = HubStore.key("connection of \"" + point.userName() + "\"", hub, context);
    return HubStore.of(context)
        .getOrComputeIfAbsent(
            key,
            absent ->
                new Connected(hub, hub.connectFor(point.userName(), clientName(point, context))),
            Connected.class)
        .connection();
  }

  private static String clientName(InjectionPoint point, ExtensionContext context) {
    return TestNames.of(context) + " " + point.shortName();
  }

  private static ParameterResolutionException wrong(
      String annotation, String right, Class<?> type, String where) {
    return new ParameterResolutionException(
        annotation + " is for " + right + ", not for a " + type.getName() + ": " + where);
  }

  private record Connected(HubResource hub, Connection connection) implements HubStore.Resource {
    @Override
    public void close() {
      hub.close(connection);
    }
  }
}
