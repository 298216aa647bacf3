package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.jetstream.config.Compression;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.DiscardPolicy;
import dev.hubkit.nats.jetstream.config.PersistMode;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoreLimits;
import dev.hubkit.nats.jetstream.store.StoreOptions;
import dev.hubkit.nats.jetstream.store.StreamDirectory;
import dev.hubkit.nats.jetstream.store.StreamStore;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one stream keeps in files: its description, its messages, and its consumers. */
public final class StreamFiles {
  private static final Log log = Log.of(StreamFiles.class);

  private final Path path;
  private final String name;
  private final StreamDirectory directory;

  /** Those of the stream that a directory is named after. */
  public StreamFiles(Path path, StoreOptions options) {
    this(path, nameOf(path), options);
  }

  /** Those of a stream whose directory is named otherwise. */
  public StreamFiles(Path path, String name, StoreOptions options) {
    this.path = path;
    this.name = name;
    this.directory = new StreamDirectory(path, name, options);
  }

  /** The name of the stream that a directory is named after. */
  public static String nameOf(Path path) {
    return StreamDirectory.nameOf(String.valueOf(path.getFileName()));
  }

  /** A stream as {@link #write} left it. */
  public record Description(StreamConfig config, long created) {}

  /**
   * A consumer as {@link #writeConsumer} left it.
   *
   * @param created in nanoseconds since the epoch
   * @param start the sequence after which it began; negative when that is not known
   */
  public record ConsumerDescription(String name, ConsumerConfig config, long created, long start) {}

  /** Whether there is anything in its place. */
  public boolean holdAnything() {
    return directory.holdsAnything();
  }

  /**
   * Checks that there is nothing in its place.
   *
   * @throws StoreException if there is
   */
  public void requireBlank() {
    directory.requireBlank();
  }

  /** Moves everything, which must be closed. */
  public void moveTo(Path target) {
    directory.moveTo(target);
  }

  /** Opens the messages. */
  public StreamStore open(StreamConfig config) {
    return directory.open(
        limits(config),
        config.compression() != Compression.NONE,
        config.persistMode() == PersistMode.ASYNC);
  }

  /** Where the files are. */
  public Path path() {
    return path;
  }

  /** Writes the description; after a crash there is the old or the new one, never a part. */
  public void write(StreamConfig config, long created) {
    JsonWriter out = JsonWriter.pretty().beginObject().field("created", created);
    out.beginObject("config");
    config.writeTo(out);
    directory.writeMetadata(out.endObject().endObject().toBytes());
  }

  /**
   * Reads the description.
   *
   * @throws JsonException if it cannot be understood
   */
  public Description read() {
    JsonObject json = parse(directory.readMetadata());
    StreamConfig config = StreamConfig.parse(config(json));
    requireName(name, config.name());
    return new Description(config, json.integer("created", 0));
  }

  /** Removes everything. */
  public void delete() {
    directory.delete();
  }

  /** The names of the consumers, of those too that are damaged. */
  public List<String> consumers() {
    try {
      directory.finishRemovals();
    } catch (StoreException e) {
      log.warn("What is left of removed consumers in {} takes room", path, e);
    }
    return directory.consumers();
  }

  /** Writes the description of a consumer, as {@link #write} does. */
  public void writeConsumer(ConsumerDescription consumer) {
    JsonWriter out =
        JsonWriter.pretty()
            .beginObject()
            .field("name", consumer.name())
            .field("created", consumer.created());
    if (consumer.start() >= 0) {
      out.field("start", consumer.start());
    }
    out.beginObject("config");
    consumer.config().writeTo(out);
    directory.writeConsumerMetadata(consumer.name(), out.endObject().endObject().toBytes());
  }

  /**
   * The consumer of this name.
   *
   * @throws JsonException if its description can't be understood
   */
  public ConsumerDescription readConsumer(String consumer) {
    JsonObject json = parse(directory.readConsumerMetadata(consumer));
    requireName(consumer, json.string("name", ""));
    return new ConsumerDescription(
        json.string("name", ""),
        ConsumerConfig.parse(config(json)),
        json.integer("created", 0),
        json.integer("start", -1));
  }

  /** Opens the state of a consumer. Its {@code delete} takes the description too. */
  public ConsumerStore openConsumer(String consumer) {
    return directory.openConsumer(consumer);
  }

  private static void requireName(String expected, String found) {
    if (!found.equals(expected) && !StreamDirectory.isKeptAs(found, expected)) {
      throw new JsonException("the description is that of " + found);
    }
  }

  private static JsonObject parse(byte @Nullable [] description) {
    if (description == null) {
      throw new JsonException("no description");
    }
    return Json.parseObject(description);
  }

  private static JsonObject config(JsonObject description) {
    JsonObject config = description.object("config");
    if (config == null) {
      throw new JsonException("no configuration");
    }
    return config;
  }

  /** The limits of a configuration, as the store enforces them. */
  public static StoreLimits limits(StreamConfig config) {
    StoreLimits.Discard discard =
        config.discard() == DiscardPolicy.OLD
            ? StoreLimits.Discard.OLD
            : config.discardNewPerSubject()
                ? StoreLimits.Discard.NEW_PER_SUBJECT
                : StoreLimits.Discard.NEW;
    return new StoreLimits(
        config.maxMessages(),
        config.maxBytes(),
        config.maxMessagesPerSubject(),
        config.maxAge(),
        discard);
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
