package dev.hubkit.junit;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** Creates the declared streams, buckets and consumers, as any client would. */
final class DeclaredStreams {
  // Codes of the JetStream API.
  private static final int STREAM_NOT_FOUND = 10059;
  private static final int CONSUMER_NOT_FOUND = 10014;

  private final HubResource hub;
  private final Consumer<Runnable> undo;

  /**
   * Makes an object that creates them in a hub.
   *
   * @param undo receives what deletes each of them again
   */
  DeclaredStreams(HubResource hub, Consumer<Runnable> undo) {
    this.hub = hub;
    this.undo = undo;
  }

  /** Creates all of them. */
  void create(Declarations declarations) {
    Connection connection = hub.toolkitConnection();
    declarations.streams().forEach(each -> valid(each, () -> create(each, connection)));
    declarations.buckets().forEach(each -> valid(each, () -> create(each, connection)));
    declarations.objectStores().forEach(each -> valid(each, () -> create(each, connection)));
    declarations.consumers().forEach(each -> valid(each, () -> create(each, connection)));
  }

  // The client checks names and ranges before it asks the server.
  private void valid(Annotation declaration, Runnable creation) {
    try {
      creation.run();
    } catch (IllegalArgumentException e) {
      throw failed(DeclarationChecks.name(declaration), hub, e);
    } catch (LinkageError e) {
      throw new ExtensionConfigurationException(
          DeclarationChecks.name(declaration)
              + " has an attribute that the NATS client on the class path does not know: use a"
              + " newer io.nats:jnats",
          e);
    }
  }

  private void create(WithStream stream, Connection connection) {
    DeclarationChecks.requireName(stream, stream.name(), stream.file());
    StreamConfiguration config = StreamAttributes.of(stream);
    String name = config.getName();
    declare(
        DeclarationChecks.name(stream),
        name,
        () -> manage(connection).addStream(config),
        () -> manage(hub.toolkitConnection()).deleteStream(name));
  }

  private void create(WithConsumer consumer, Connection connection) {
    DeclarationChecks.requireName(consumer, consumer.name(), consumer.file());
    String what =
        "@WithConsumer(stream = \""
            + consumer.stream()
            + "\", "
            + (consumer.name().isEmpty()
                ? "file = \"" + consumer.file()
                : "name = \"" + consumer.name())
            + "\")";
    ConsumerConfiguration config = ConsumerAttributes.of(consumer, what);
    String name = config.getName();
    declare(
        what,
        "",
        () -> manage(connection).createConsumer(consumer.stream(), config),
        () -> manage(hub.toolkitConnection()).deleteConsumer(consumer.stream(), name));
  }

  private void create(WithBucket bucket, Connection connection) {
    String label = "@WithBucket(name = \"" + bucket.name() + "\")";
    create(label, BucketAttributes.of(bucket), connection);
  }

  private void create(String label, KeyValueConfiguration config, Connection connection) {
    String name = config.getBucketName();
    declare(
        label,
        "KV_" + name,
        () -> connection.keyValueManagement().create(config),
        () -> hub.toolkitConnection().keyValueManagement().delete(name));
  }

  private void create(WithObjectStore store, Connection connection) {
    String label = "@WithObjectStore(name = \"" + store.name() + "\")";
    create(label, BucketAttributes.of(store), connection);
  }

  private void create(String label, ObjectStoreConfiguration config, Connection connection) {
    String name = config.getBucketName();
    declare(
        label,
        "OBJ_" + name,
        () -> connection.objectStoreManagement().create(config),
        () -> hub.toolkitConnection().objectStoreManagement().delete(name));
  }

  /** Creates a key-value bucket that is injected but not declared, and leaves it to the hub. */
  static void requireKeyValue(Bucket bucket, HubResource hub) {
    Connection connection = hub.toolkitConnection();
    String label = label(bucket);
    try {
      if (connection.keyValueManagement().getBucketNames().contains(bucket.value())) {
        return;
      }
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      throw failed(label, hub, e);
    }
    new DeclaredStreams(hub, undo -> {})
        .create(
            label,
            KeyValueConfiguration.builder(bucket.value()).storageType(StorageType.Memory).build(),
            connection);
  }

  /** Creates an object store bucket that is injected but not declared; leaves it to the hub. */
  static void requireObjectStore(Bucket bucket, HubResource hub) {
    Connection connection = hub.toolkitConnection();
    String label = label(bucket);
    try {
      if (connection.objectStoreManagement().getBucketNames().contains(bucket.value())) {
        return;
      }
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      throw failed(label, hub, e);
    }
    new DeclaredStreams(hub, undo -> {})
        .create(
            label,
            ObjectStoreConfiguration.builder(bucket.value())
                .storageType(StorageType.Memory)
                .build(),
            connection);
  }

  private static String label(Bucket bucket) {
    return "@Bucket(\"" + bucket.value() + "\")";
  }

  // The extension must not delete streams that an external server had before the test.
  private void requireNew(String stream) throws IOException, JetStreamApiException {
    if (hub.isExternal(Service.NATS)
        && !stream.isEmpty()
        && manage(hub.toolkitConnection()).getStreamNames().contains(stream)) {
      throw new IOException(
          "the server at "
              + hub.natsUrl()
              + " has a stream "
              + stream
              + " that would be deleted after the test; delete it first, or use another server");
    }
  }

  private interface Creation {
    Object run() throws IOException, JetStreamApiException;
  }

  /**
   * Creates something that other tests may have declared as well; the last of them deletes it.
   *
   * @param stream the name of the stream behind it; empty for a consumer
   * @param creation creates it, or fails if it exists with another configuration
   */
  private void declare(
      String what, String stream, Creation creation, SharedDeclarations.Work deletion) {
    String key = stream.isEmpty() ? what : stream;
    try {
      hub.started()
          .declarations()
          .acquire(
              key,
              () -> {
                requireNew(stream);
                creation.run();
              },
              creation::run);
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      throw failed(what, hub, e);
    }
    undo.accept(
        () -> {
          try {
            hub.started().declarations().release(key, deletion);
          } catch (IOException e) {
            throw new IllegalStateException("Cannot clean up " + hub, e);
          } catch (JetStreamApiException e) {
            if (!isGone(e)) {
              throw new IllegalStateException("Cannot clean up " + hub, e);
            }
          }
        });
  }

  // The test has deleted it itself.
  private static boolean isGone(JetStreamApiException e) {
    return e.getApiErrorCode() == STREAM_NOT_FOUND || e.getApiErrorCode() == CONSUMER_NOT_FOUND;
  }

  private static ExtensionConfigurationException failed(String what, HubResource hub, Exception e) {
    String message = String.valueOf(e.getMessage());
    String advice =
        message.contains("10058") || message.contains("10065")
            ? "; another stream has this name or overlapping subjects: give it another name or"
                + " other subjects, or separate the tests with isolation = PER_TEST"
            : RefusedReplicas.caused(e) ? "; " + RefusedReplicas.REMEDY : "";
    return new ExtensionConfigurationException(
        what + " cannot be created in " + hub + ": " + message + advice, e);
  }

  private static JetStreamManagement manage(Connection connection) throws IOException {
    return connection.jetStreamManagement();
  }
}
