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
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** Makes the streams, buckets and consumers that are declared, as any client would. */
final class DeclaredStreams {
  // Codes of the JetStream API.
  private static final int STREAM_NOT_FOUND = 10059;
  private static final int CONSUMER_NOT_FOUND = 10014;

  private final HubResource hub;
  private final Consumer<Runnable> undo;

  /**
   * Makes them in a hub.
   *
   * @param undo is told how each of them goes again
   */
  DeclaredStreams(HubResource hub, Consumer<Runnable> undo) {
    this.hub = hub;
    this.undo = undo;
  }

  /** Makes all of them. */
  void make(Declarations declarations) {
    Connection connection = hub.managing();
    declarations.streams().forEach(stream -> make(stream, connection));
    declarations.buckets().forEach(bucket -> make(bucket, connection));
    declarations.objectStores().forEach(store -> make(store, connection));
    declarations.consumers().forEach(consumer -> make(consumer, connection));
  }

  private void make(WithStream stream, Connection connection) {
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
    hold(
        what,
        stream.name(),
        () -> manage(connection).addStream(config.build()),
        () -> manage(hub.managing()).deleteStream(stream.name()));
  }

  private void make(WithConsumer consumer, Connection connection) {
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
    hold(
        what,
        "",
        () -> manage(connection).addOrUpdateConsumer(consumer.stream(), config.build()),
        () -> manage(hub.managing()).deleteConsumer(consumer.stream(), consumer.name()));
  }

  private void make(WithBucket bucket, Connection connection) {
    String label = "@WithBucket(name = \"" + bucket.name() + "\")";
    make(
        label,
        KeyValueConfiguration.builder(bucket.name())
            .storageType(storage(bucket.storage()))
            .maxHistoryPerKey(bucket.history())
            .ttl(ttl(bucket.ttl(), label))
            .build(),
        connection);
  }

  private void make(String label, KeyValueConfiguration config, Connection connection) {
    String name = config.getBucketName();
    hold(
        label,
        "KV_" + name,
        () -> connection.keyValueManagement().create(config),
        () -> hub.managing().keyValueManagement().delete(name));
  }

  private void make(WithObjectStore store, Connection connection) {
    String label = "@WithObjectStore(name = \"" + store.name() + "\")";
    make(
        label,
        ObjectStoreConfiguration.builder(store.name())
            .storageType(storage(store.storage()))
            .ttl(ttl(store.ttl(), label))
            .build(),
        connection);
  }

  private void make(String label, ObjectStoreConfiguration config, Connection connection) {
    String name = config.getBucketName();
    hold(
        label,
        "OBJ_" + name,
        () -> connection.objectStoreManagement().create(config),
        () -> hub.managing().objectStoreManagement().delete(name));
  }

  /** Creates a key-value bucket that is injected but not declared, and leaves it to the hub. */
  static void requireKeyValue(Bucket bucket, HubResource hub, Connection connection) {
    String label = label(bucket);
    try {
      if (connection.keyValueManagement().getBucketNames().contains(bucket.value())) {
        return;
      }
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      throw failed(label, hub, e);
    }
    new DeclaredStreams(hub, undo -> {})
        .make(
            label,
            KeyValueConfiguration.builder(bucket.value()).storageType(StorageType.Memory).build(),
            connection);
  }

  /** Creates an object store bucket that is injected but not declared; leaves it to the hub. */
  static void requireObjectStore(Bucket bucket, HubResource hub, Connection connection) {
    String label = label(bucket);
    try {
      if (connection.objectStoreManagement().getBucketNames().contains(bucket.value())) {
        return;
      }
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      throw failed(label, hub, e);
    }
    new DeclaredStreams(hub, undo -> {})
        .make(
            label,
            ObjectStoreConfiguration.builder(bucket.value())
                .storageType(StorageType.Memory)
                .build(),
            connection);
  }

  private static String label(Bucket bucket) {
    return "@Bucket(\"" + bucket.value() + "\")";
  }

  // What is on a server that is not ours must not be deleted after the test.
  private void requireNew(String stream) throws IOException, JetStreamApiException {
    if (hub.isExternal(Service.NATS)
        && !stream.isEmpty()
        && manage(hub.managing()).getStreamNames().contains(stream)) {
      throw new IOException(
          "the server at "
              + hub.natsUrl()
              + " has a stream "
              + stream
              + " that would be deleted after the test; delete it first, or use another server");
    }
  }

  private interface Making {
    Object run() throws IOException, JetStreamApiException;
  }

  /**
   * Makes something that others may have declared as well; the last takes it away.
   *
   * @param stream the stream it is; empty when it is none
   * @param making makes it, or fails where something else of its name is there
   */
  private void hold(String what, String stream, Making making, SharedDeclarations.Work undoing) {
    String key =
        (hub.enclave() == null ? "" : hub.enclave().name() + " ")
            + (stream.isEmpty() ? what : stream);
    try {
      hub.started()
          .holds()
          .take(
              key,
              () -> {
                requireNew(stream);
                making.run();
              },
              making::run);
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      throw failed(what, hub, e);
    }
    undo.accept(
        () -> {
          try {
            hub.started().holds().release(key, undoing);
          } catch (IOException e) {
            throw new IllegalStateException("Cannot clean up " + hub, e);
          } catch (JetStreamApiException e) {
            if (!isGone(e)) {
              throw new IllegalStateException("Cannot clean up " + hub, e);
            }
          }
        });
  }

  // The test has taken it away itself.
  private static boolean isGone(JetStreamApiException e) {
    return e.getApiErrorCode() == STREAM_NOT_FOUND || e.getApiErrorCode() == CONSUMER_NOT_FOUND;
  }

  private static ExtensionConfigurationException failed(String what, HubResource hub, Exception e) {
    String message = String.valueOf(e.getMessage());
    String advice =
        message.contains("10058") || message.contains("10065")
            ? "; another stream is in its way: give it another name or other subjects, or let"
                + " tests not meet, with isolation = PER_TEST"
            : "";
    return new ExtensionConfigurationException(
        what + " cannot be made in " + hub + ": " + message + advice, e);
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
              + "\", which is no time; write it as \"1h30m\", \"2s\" or \"500ms\"");
    }
    return Duration.ofNanos(nanos.getAsLong());
  }
}
