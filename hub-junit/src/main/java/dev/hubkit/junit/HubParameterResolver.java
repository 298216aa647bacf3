package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.fossil.FossilRepository;
import io.nats.client.Connection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/** What parameters and fields can ask a hub for. */
final class HubParameterResolver {
  private static final String CONNECTION = "io.nats.client.Connection";
  private static final String JET_STREAM = "io.nats.client.JetStream";
  private static final String MANAGEMENT = "io.nats.client.JetStreamManagement";
  private static final String KEY_VALUE = "io.nats.client.KeyValue";
  private static final String OBJECT_STORE = "io.nats.client.ObjectStore";

  // By name, for a test of the repository alone needs no NATS client on its class path.
  private static final Set<String> BY_TYPE =
      Set.of(
          HubResource.class.getName(),
          Hub.class.getName(),
          FossilRepository.class.getName(),
          CONNECTION,
          JET_STREAM,
          MANAGEMENT);

  private static final List<Class<? extends Annotation>> MARKS =
      List.of(HubPort.class, HubUrl.class, FromHub.class, Bucket.class, AsUser.class);

  private HubParameterResolver() {}

  /** Whether this is for the hub to fill. */
  static boolean isWanted(AnnotatedElement target, Class<?> type, boolean byType) {
    return MARKS.stream().anyMatch(mark -> has(target, mark))
        || type == HubResource.class
        || (byType && BY_TYPE.contains(type.getName()));
  }

  /** The constructors and lifecycle methods of a test class, whose parameters are filled. */
  static List<Executable> executables(Class<?> type) {
    List<Executable> found = new ArrayList<>(List.of(type.getDeclaredConstructors()));
    for (Class<? extends Annotation> lifecycle :
        List.of(BeforeAll.class, BeforeEach.class, AfterEach.class, AfterAll.class)) {
      found.addAll(
          AnnotationSupport.findAnnotatedMethods(type, lifecycle, HierarchyTraversalMode.TOP_DOWN));
    }
    return found;
  }

  /** Whether it can be had of a server of this JVM only. */
  static boolean needsOwnRepository(Class<?> type) {
    return type.getName().equals(FossilRepository.class.getName());
  }

  /** The name of the hub it asks for; empty for whichever there is. */
  static String hubName(AnnotatedElement target) {
    return find(target, FromHub.class).map(FromHub::value).orElse("");
  }

  /** What the hub has for it. What has to be closed is closed with {@code context}. */
  static Object value(
      AnnotatedElement target,
      Class<?> type,
      String where,
      HubResource hub,
      ExtensionContext context) {
    Optional<HubPort> port = find(target, HubPort.class);
    if (port.isPresent()) {
      if (type != int.class && type != Integer.class) {
        throw wrong("@HubPort", "an int", type, where);
      }
      return hub.port(port.get().value());
    }
    Optional<HubUrl> url = find(target, HubUrl.class);
    if (url.isPresent()) {
      return url(hub, url.get().value(), type, where);
    }
    Optional<Bucket> bucket = find(target, Bucket.class);
    if (bucket.isPresent()) {
      return bucket(bucket.get(), type, where, hub, connection(target, hub, context));
    }
    if (type == HubResource.class) {
      return hub;
    }
    if (type == Hub.class) {
      return hub.hub();
    }
    if (type == FossilRepository.class) {
      return hub.repository();
    }
    if (type == Path.class) {
      return hub.root();
    }
    return fromConnection(target, type, where, hub, context);
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
        DeclaredStreams.requireKeyValue(bucket, hub, connection);
        return connection.keyValue(bucket.value());
      }
      DeclaredStreams.requireObjectStore(bucket, hub, connection);
      return connection.objectStore(bucket.value());
    } catch (IOException e) {
      throw new UncheckedIOException("No bucket " + bucket.value() + " for " + where, e);
    }
  }

  private static Object fromConnection(
      AnnotatedElement target,
      Class<?> type,
      String where,
      HubResource hub,
      ExtensionContext context) {
    switch (type.getName()) {
      case CONNECTION, JET_STREAM, MANAGEMENT -> {
        // Below.
      }
      case KEY_VALUE, OBJECT_STORE ->
          throw new ParameterResolutionException(
              "Which bucket is meant by "
                  + where
                  + "? Say it with @Bucket(\"name\"); it is made if it is not there");
      default ->
          throw new ParameterResolutionException(
              "A hub has no "
                  + type.getName()
                  + " for "
                  + where
                  + "; it has HubResource, Hub, Connection, JetStream, JetStreamManagement,"
                  + " FossilRepository, and Path for its root; KeyValue and ObjectStore by"
                  + " @Bucket, int by @HubPort, String and URI by @HubUrl");
    }
    Connection connection = connection(target, hub, context);
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

  /** One connection for all that is injected in a scope, so that what is made is seen. */
  private static Connection connection(
      AnnotatedElement target, HubResource hub, ExtensionContext context) {
    String user = find(target, AsUser.class).map(AsUser::value).orElse("");
    // The key holds the context, for a store also looks into those of the contexts around it.
    return HubExtension.store(context)
        .getOrComputeIfAbsent(
            new ConnectionKey(hub, user, context.getUniqueId()),
            key -> new Connected(hub, hub.connectFor(user)),
            Connected.class)
        .connection();
  }

  private static ParameterResolutionException wrong(
      String annotation, String right, Class<?> type, String where) {
    return new ParameterResolutionException(
        annotation + " is for " + right + ", not for a " + type.getName() + ": " + where);
  }

  private static boolean has(AnnotatedElement target, Class<? extends Annotation> annotation) {
    return AnnotationSupport.isAnnotated(target, annotation);
  }

  private static <A extends Annotation> Optional<A> find(
      AnnotatedElement target, Class<A> annotation) {
    return AnnotationSupport.findAnnotation(target, annotation);
  }

  private record ConnectionKey(HubResource hub, String user, String context) {}

  /** A connection in JUnit's store, which closes it. */
  @SuppressWarnings("deprecation") // what replaces it is not there before JUnit 5.13
  private record Connected(HubResource hub, Connection connection)
      implements ExtensionContext.Store.CloseableResource, AutoCloseable {
    @Override
    public void close() {
      hub.close(connection);
    }
  }
}
