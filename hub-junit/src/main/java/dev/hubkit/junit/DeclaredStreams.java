package dev.hubkit.junit;

import dev.hubkit.time.GoDuration;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.time.Duration;
import java.util.OptionalLong;
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
    }
  }

  private void create(WithStream stream, Connection connection) {
    String what = "@WithStream(name = \"" + stream.name() + "\")";
    StreamConfiguration.Builder config =
        StreamConfiguration.builder()
            .name(stream.name())
            .subjects(
                stream.subjects().length == 0 ? new String[] {stream.name()} : stream.subjects())
            .storageType(storage(stream.storage()))
            .retentionPolicy(
                switch (stream.retention()) {
                  case LIMITS -> RetentionPolicy.Limits;
                  case INTEREST -> RetentionPolicy.Interest;
                  case WORK_QUEUE -> RetentionPolicy.WorkQueue;
                })
            .maxMessages(stream.maxMessages())
            .maxMessagesPerSubject(stream.maxMessagesPerSubject())
            .maxBytes(stream.maxBytes());
    if (!stream.maxAge().isEmpty()) {
      config.maxAge(duration(stream.maxAge(), what, "maxAge"));
    }
    if (!stream.duplicateWindow().isEmpty()) {
      config.duplicateWindow(duration(stream.duplicateWindow(), what, "duplicateWindow"));
    }
    declare(
        what,
        stream.name(),
        () -> manage(connection).addStream(config.build()),
        () -> manage(hub.toolkitConnection()).deleteStream(stream.name()));
  }

  private void create(WithConsumer consumer, Connection connection) {
    String what =
        "@WithConsumer(stream = \"" + consumer.stream() + "\", name = \"" + consumer.name() + "\")";
    ConsumerConfiguration.Builder config =
        ConsumerConfiguration.builder()
            .durable(consumer.name())
            .filterSubjects(consumer.filters())
            .maxDeliver(consumer.maxDeliver())
            .ackPolicy(
                switch (consumer.ack()) {
                  case EXPLICIT -> AckPolicy.Explicit;
                  case ALL -> AckPolicy.All;
                  case NONE -> AckPolicy.None;
                });
    if (!consumer.ackWait().isEmpty()) {
      config.ackWait(duration(consumer.ackWait(), what, "ackWait"));
    }
    if (consumer.maxAckPending() != 0) {
      config.maxAckPending(consumer.maxAckPending());
    }
    declare(
        what,
        "",
        () -> manage(connection).addOrUpdateConsumer(consumer.stream(), config.build()),
        () -> manage(hub.toolkitConnection()).deleteConsumer(consumer.stream(), consumer.name()));
  }

  private void create(WithBucket bucket, Connection connection) {
    String label = "@WithBucket(name = \"" + bucket.name() + "\")";
    create(
        label,
        KeyValueConfiguration.builder(bucket.name())
            .storageType(storage(bucket.storage()))
            .maxHistoryPerKey(bucket.history())
            .ttl(ttl(bucket.ttl(), label))
            .build(),
        connection);
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
    create(
        label,
        ObjectStoreConfiguration.builder(store.name())
            .storageType(storage(store.storage()))
            .ttl(ttl(store.ttl(), label))
            .build(),
        connection);
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
            : "";
    return new ExtensionConfigurationException(
        what + " cannot be created in " + hub + ": " + message + advice, e);
  }

  private static JetStreamManagement manage(Connection connection) throws IOException {
    return connection.jetStreamManagement();
  }

  private static StorageType storage(Storage storage) {
    return storage == Storage.MEMORY ? StorageType.Memory : StorageType.File;
  }

  private static Duration ttl(String text, String label) {
    return text.isEmpty() ? Duration.ZERO : duration(text, label, "ttl");
  }

  private static Duration duration(String text, String what, String attribute) {
    OptionalLong nanos = GoDuration.parse(text);
    if (nanos.isEmpty()) {
      throw new ExtensionConfigurationException(
          what
              + " has "
              + attribute
              + " = \""
              + text
              + "\", which is not a duration: write it as \"1h30m\", \"2s\" or \"500ms\"");
    }
    return Duration.ofNanos(nanos.getAsLong());
  }
}
