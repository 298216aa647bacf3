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
import dev.hubkit.nats.jetstream.store.StoreConversion;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoreLimits;
import dev.hubkit.nats.jetstream.store.StoreOptions;
import dev.hubkit.nats.jetstream.store.StreamDirectory;
import dev.hubkit.nats.jetstream.store.StreamStore;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The files of one stream: its description, its messages, and its consumers. */
public final class StreamFiles {
  private static final Log log = Log.of(StreamFiles.class);

  private final Path path;
  private final String name;
  private final StreamDirectory directory;

  /** The files of the stream that a directory is named after. */
  public StreamFiles(Path path, StoreOptions options) {
    this(path, nameOf(path), options);
  }

  /** The files of a stream whose directory has another name. */
  public StreamFiles(Path path, String name, StoreOptions options) {
    this.path = path;
    this.name = name;
    this.directory = new StreamDirectory(path, name, options);
  }

  /** Returns the name of the stream that a directory is named after. */
  public static String nameOf(Path path) {
    return StreamDirectory.nameOf(String.valueOf(path.getFileName()));
  }

  /**
   * A stream as {@link #write} left it.
   *
   * @param created in nanoseconds since the epoch
   */
  public record Description(StreamConfig config, long created, SourcePositions sources) {}

  /**
   * A consumer as {@link #writeConsumer} left it.
   *
   * @param created in nanoseconds since the epoch
   * @param start the sequence after which it began; negative when that is not known
   */
  public record ConsumerDescription(String name, ConsumerConfig config, long created, long start) {}

  /** Returns whether there are any files of the stream. */
  public boolean holdAnything() {
    return directory.holdsAnything();
  }

  /**
   * Checks that there are no files of the stream.
   *
   * @throws StoreException if there are
   */
  public void requireBlank() {
    directory.requireBlank();
  }

  /** Moves all files, which must be closed, to another directory. */
  public void moveTo(Path target) {
    directory.moveTo(target);
  }

  /**
   * Encrypts the files as the options say; to be called before anything else.
   *
   * @param beginning is told what is about to be done, if anything is
   * @throws StoreException.Encrypted if the files are encrypted with a key that is not known
   */
  public void encrypt(Consumer<StoreConversion.Conversion> beginning) {
    directory.encrypt(beginning);
  }

  /** Returns the name of the stream, as far as its directory tells. */
  public String name() {
    return name;
  }

  /** Opens the store of the messages. */
  public StreamStore open(StreamConfig config) {
    return directory.open(
        limits(config),
        config.compression() != Compression.NONE,
        config.persistMode() == PersistMode.ASYNC);
  }

  /** Returns the directory of the files. */
  public Path path() {
    return path;
  }

  /** Writes the description of a stream that has read nothing of its sources. */
  public void write(StreamConfig config, long created) {
    write(config, created, SourcePositions.NONE);
  }

  /** Writes the description. After a crash there is the old or the new one, never a mixture. */
  public void write(StreamConfig config, long created, SourcePositions sources) {
    JsonWriter out = JsonWriter.pretty().beginObject().field("created", created);
    sources.writeTo(out);
    out.beginObject("config");
    config.writeTo(out);
    directory.writeMetadata(out.endObject().endObject().toBytes());
  }

  /**
   * Reads the description.
   *
   * @throws JsonException if it cannot be parsed
   */
  public Description read() {
    JsonObject json = parse(directory.readMetadata());
    StreamConfig config = StreamConfig.parseUntyped(config(json));
    requireName(name, config.name());
    return new Description(config, json.integer("created", 0), SourcePositions.parse(json));
  }

  /** Deletes all files. */
  public void delete() {
    directory.delete();
  }

  /** Returns the names of the consumers, including damaged ones. */
  public List<String> consumers() {
    try {
      directory.finishRemovals();
    } catch (StoreException e) {
      log.warn("Files of deleted consumers in {} could not be removed and take up space", path, e);
    }
    return directory.consumers();
  }

  /** Writes the description of a consumer, as safely as {@link #write}. */
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
   * Reads the description of a consumer.
   *
   * @throws JsonException if it cannot be parsed
   */
  public ConsumerDescription readConsumer(String consumer) {
    JsonObject json = parse(directory.readConsumerMetadata(consumer));
    requireName(consumer, json.string("name", ""));
    return new ConsumerDescription(
        json.string("name", ""),
        ConsumerConfig.parseUntyped(config(json)),
        json.integer("created", 0),
        json.integer("start", -1));
  }

  /** Opens the state of a consumer, whose {@code delete} also removes the description. */
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

  /** Returns the limits of a configuration in the form that the store enforces. */
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
