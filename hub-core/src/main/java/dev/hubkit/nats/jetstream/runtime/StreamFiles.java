package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.jetstream.config.Compression;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.DiscardPolicy;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.PersistMode;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoreLimits;
import dev.hubkit.nats.jetstream.store.StoreOptions;
import dev.hubkit.nats.jetstream.store.StreamDirectory;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.AccountSnapshot;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamHandover;
import dev.hubkit.nats.wire.Nuid;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What one stream keeps in files: its description, its messages, and its consumers. */
public final class StreamFiles {
  private static final Log log = Log.of(StreamFiles.class);

  /** What is restored, or the name of its stream in earlier versions, and a {@link Nuid}. */
  private static final Pattern STAGED = Pattern.compile(".+-[0-9A-Za-z]{22}");

  private final Path path;
  private final String name;
  private final StreamDirectory directory;

  private StreamFiles(Path path, StoreOptions options) {
    this(path, nameOf(path), options);
  }

  private StreamFiles(Path path, String name, StoreOptions options) {
    this.path = path;
    this.name = name;
    this.directory = new StreamDirectory(path, name, options);
  }

  private static String nameOf(Path path) {
    return StreamDirectory.nameOf(String.valueOf(path.getFileName()));
  }

  /** A stream as {@link #write} left it. */
  private record Description(StreamConfig config, long created) {}

  /**
   * A consumer as {@link #writeConsumer} left it.
   *
   * @param created in nanoseconds since the epoch
   * @param start the sequence after which it began; negative when that is not known
   */
  public record ConsumerDescription(String name, ConsumerConfig config, long created, long start) {}

  /**
   * Makes a new stream, in files or in memory. One in files takes up the messages and consumers it
   * finds: those of a stream whose description is damaged, as with nats-server.
   *
   * @throws ApiException {@link ApiError#STREAM_CREATE} if its files can't be made
   */
  public static Stream create(AccountJetStream jetStream, StreamConfig config, long created) {
    if (config.storage() == StorageType.FILE && !StreamDirectory.canHold(config.name())) {
      throw cantStore();
    }
    try {
      return make(jetStream, config, created);
    } catch (StoreException e) {
      log.error("Stream {} can't be stored", config.name(), e);
      throw cantStore();
    }
  }

  // errStreamStoreFailed of nats-server: what the matter is goes into the log.
  private static ApiException cantStore() {
    return ApiError.STREAM_CREATE.exception("error creating store for stream");
  }

  private static Path pathOf(AccountJetStream jetStream, StreamConfig config) {
    return StreamDirectory.pathOf(jetStream.streamsDirectory(), config.name(), options(jetStream));
  }

  private static Stream make(AccountJetStream jetStream, StreamConfig config, long created) {
    StreamStore store;
    StreamFiles files = null;
    if (config.storage() == StorageType.MEMORY) {
      store = StreamStore.inMemory(limits(config));
    } else {
      Path path = pathOf(jetStream, config);
      files = new StreamFiles(path, options(jetStream));
      boolean isFound = files.directory.holdsAnything();
      files.write(config, created);
      store = files.open(config);
      if (isFound) {
        log.warn(
            "Stream {} takes up what is in {}: {} messages, last sequence {}",
            config.name(),
            path,
            store.state().messages(),
            store.lastSequence());
      }
    }
    if (config.firstSequence() > store.lastSequence() + 1) {
      store.compact(config.firstSequence());
    }
    return new Stream(jetStream, config, store, files, created);
  }

  /**
   * Makes a stream as a snapshot has it.
   *
   * @param estate what the same stream has left; null when nothing of it is there
   * @throws StoreException if its files can't be made
   */
  public static Stream restore(
      AccountJetStream jetStream,
      AccountSnapshot.StreamState state,
      @Nullable StreamHandover estate) {
    StreamConfig config = state.config();
    if (estate != null) {
      estate.store().rewind(state.messages());
      return new Stream(jetStream, config, estate, state.created());
    }
    StreamStore store;
    StreamFiles files = null;
    if (config.storage() == StorageType.MEMORY) {
      store = StreamStore.inMemory(limits(config));
    } else {
      files = new StreamFiles(pathOf(jetStream, config), options(jetStream));
      files.directory.requireBlank();
      files.write(config, state.created());
      store = files.open(config);
    }
    state.messages().fill(store);
    return new Stream(jetStream, config, store, files, state.created());
  }

  /**
   * Brings back every stream there is. One that can't be read is reported and left as it is, for
   * somebody to look at, or to create again; the others live.
   */
  public static List<Stream> recover(AccountJetStream jetStream) {
    StoreOptions options = options(jetStream);
    Path parent = jetStream.streamsDirectory();
    finishRemovals(parent, options);
    List<Stream> recovered = new ArrayList<>();
    for (String name : StreamDirectory.list(parent, options)) {
      StreamFiles files = new StreamFiles(parent.resolve(name), options);
      try {
        recovered.add(open(jetStream, files));
      } catch (RuntimeException | Error e) { // whatever is wrong with one, the others live
        log.error(
            "The stream in {} can't be recovered: {}. Its files stay, and a stream that is created"
                + " under its name takes up its messages",
            files,
            e.getMessage(),
            e);
      }
    }
    return recovered;
  }

  private static void finishRemovals(Path parent, StoreOptions options) {
    try {
      StreamDirectory.finishRemovals(parent, options);
    } catch (StoreException e) {
      log.warn("What is left of removed streams in {} takes room", parent, e);
    }
  }

  /** Deletes the directory of an account without streams; what is in it otherwise stays. */
  public static void deleteDirectory(AccountJetStream jetStream) {
    clearStaged(jetStream);
    StreamDirectory.deleteBlank(jetStream.directory(), options(jetStream));
  }

  /** Files for a stream that is not to be one of the account's yet, in a place of their own. */
  public static StreamFiles stage(AccountJetStream jetStream, StreamConfig config) {
    Path path = stagingDirectory(jetStream).resolve("restore-" + Nuid.next());
    return new StreamFiles(path, nameOf(pathOf(jetStream, config)), options(jetStream));
  }

  private static Path stagingDirectory(AccountJetStream jetStream) {
    return jetStream.streamsDirectory().resolveSibling("restores");
  }

  /** Removes what was staged when the server ended. */
  public static void clearStaged(AccountJetStream jetStream) {
    Path staged = stagingDirectory(jetStream);
    StoreOptions options = options(jetStream);
    try {
      StreamDirectory.finishRemovals(staged, options);
      for (String name : StreamDirectory.list(staged, options)) {
        if (STAGED.matcher(name).matches()) {
          new StreamDirectory(staged.resolve(name), options).delete();
        } else {
          log.warn("{} is no stream that was being restored, and stays", staged.resolve(name));
        }
      }
      StreamDirectory.deleteBlank(staged, options);
    } catch (StoreException e) {
      log.warn("{} can't be removed", staged, e);
    }
  }

  /** Makes staged files, all of them closed, those of a stream of the account. */
  public static Stream adopt(AccountJetStream jetStream, StreamFiles staged, StreamConfig config) {
    if (!StreamDirectory.canHold(config.name())) {
      throw cantStore();
    }
    Path path = pathOf(jetStream, config);
    staged.directory.moveTo(path);
    return open(jetStream, new StreamFiles(path, options(jetStream)));
  }

  private static Stream open(AccountJetStream jetStream, StreamFiles files) {
    Description found = files.read();
    StreamStore store = files.open(found.config());
    return new Stream(jetStream, found.config(), store, files, found.created());
  }

  private static StoreOptions options(AccountJetStream jetStream) {
    JetStreamOptions options = jetStream.options();
    return StoreOptions.of(jetStream.time(), jetStream.workers())
        .withSyncInterval(options.syncAlways() ? Duration.ZERO : options.syncInterval())
        .withFaults(jetStream.faults());
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

  private Description read() {
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
