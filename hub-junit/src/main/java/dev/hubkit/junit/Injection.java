package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.fossil.FossilRepository;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.platform.commons.support.AnnotationSupport;

/** What parameters and fields can ask a hub for. */
final class Injection {
  private static final Set<Class<?>> BY_TYPE =
      Set.of(
          HubResource.class,
          Hub.class,
          Connection.class,
          JetStream.class,
          JetStreamManagement.class,
          FossilRepository.class);

  private Injection() {}

  /** Whether this is for the hub to fill. */
  static boolean isWanted(AnnotatedElement target, Class<?> type, boolean byType) {
    return has(target, HubPort.class)
        || has(target, HubUrl.class)
        || has(target, FromHub.class)
        || type == HubResource.class
        || (byType && BY_TYPE.contains(type));
  }

  /** The name of the hub it asks for; empty for whichever there is. */
  static String hubName(AnnotatedElement target) {
    return find(target, HubPort.class)
        .map(HubPort::hub)
        .or(() -> find(target, HubUrl.class).map(HubUrl::hub))
        .or(() -> find(target, FromHub.class).map(FromHub::value))
        .orElse("");
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
      return url(hub.url(url.get().value()), type, where);
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
    return fromConnection(type, where, hub, context);
  }

  private static Object url(URI url, Class<?> type, String where) {
    if (type == String.class) {
      return url.toString();
    }
    if (type == URI.class) {
      return url;
    }
    throw wrong("@HubUrl", "a String or a URI", type, where);
  }

  private static Object fromConnection(
      Class<?> type, String where, HubResource hub, ExtensionContext context) {
    if (type != Connection.class && type != JetStream.class && type != JetStreamManagement.class) {
      throw new ParameterResolutionException(
          "A hub has no "
              + type.getName()
              + " for "
              + where
              + "; it has HubResource, Hub, Connection, JetStream, JetStreamManagement,"
              + " FossilRepository, and Path for its root");
    }
    Connection connection = connection(hub, context);
    try {
      if (type == JetStream.class) {
        return connection.jetStream();
      }
      return type == JetStreamManagement.class ? connection.jetStreamManagement() : connection;
    } catch (IOException e) {
      throw new UncheckedIOException("No JetStream for " + where, e);
    }
  }

  /** One connection for all that is injected in a scope, so that what is made is seen. */
  private static Connection connection(HubResource hub, ExtensionContext context) {
    // The key holds the context, for a store also looks into those of the contexts around it.
    return HubExtension.store(context)
        .getOrComputeIfAbsent(
            new ConnectionKey(hub, context.getUniqueId()),
            key -> new Connected(hub.connect()),
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

  private record ConnectionKey(HubResource hub, String context) {}

  /** A connection in JUnit's store, which closes it. */
  @SuppressWarnings("deprecation") // what replaces it is not there before JUnit 5.13
  private record Connected(Connection connection)
      implements ExtensionContext.Store.CloseableResource, AutoCloseable {
    @Override
    public void close() {
      HubResource.close(connection);
    }
  }
}
