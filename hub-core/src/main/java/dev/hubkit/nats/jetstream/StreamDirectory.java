package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoreLimits;
import dev.hubkit.nats.jetstream.store.StreamStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one stream in files: {@code stream.json} with its configuration, {@code
 * messages} and {@code consumers}.
 */
record StreamDirectory(Path path) {
  private static final Logger log = LoggerFactory.getLogger(StreamDirectory.class);
  private static final String CONFIG = "stream.json";

  /** A stream as {@link #write} left it. */
  record Description(StreamConfig config, long created) {}

  Path messages() {
    return path.resolve("messages");
  }

  Path consumers() {
    return path.resolve("consumers");
  }

  /** Writes the configuration; after a crash there is the old or the new one, never a part. */
  void write(StreamConfig config, long created) {
    JsonWriter out = JsonWriter.pretty().beginObject().field("created", created);
    out.beginObject("config");
    config.writeTo(out);
    byte[] text = out.endObject().endObject().toBytes();
    Path target = path.resolve(CONFIG);
    Path draft = path.resolve(CONFIG + ".new");
    try {
      Files.createDirectories(path);
      try (FileChannel file =
          FileChannel.open(
              draft,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        for (ByteBuffer rest = ByteBuffer.wrap(text); rest.hasRemaining(); ) {
          file.write(rest);
        }
        file.force(true);
      }
      Files.move(
          draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Description read() throws IOException {
    JsonObject json = Json.parseObject(Files.readAllBytes(path.resolve(CONFIG)));
    JsonObject config = json.object("config");
    if (config == null) {
      throw new JsonException("no configuration");
    }
    return new Description(StreamConfig.parse(config), json.integer("created", 0));
  }

  /** Makes a new stream, in files or in memory. */
  static Stream create(JetStream jetStream, StreamConfig config, long created) {
    StreamStore store;
    StreamDirectory directory = null;
    if (config.storage() == StorageType.MEMORY) {
      store = StreamStore.inMemory(limits(config));
    } else {
      directory = new StreamDirectory(jetStream.streamsDirectory().resolve(config.name()));
      directory.write(config, created);
      store = directory.open(config, jetStream.options());
    }
    if (config.firstSequence() > 1) {
      store.compact(config.firstSequence());
    }
    return new Stream(jetStream, config, store, directory, created);
  }

  /** Opens the messages. */
  StreamStore open(StreamConfig config, JetStreamOptions options) {
    return FileStores.open(messages(), config, options);
  }

  /** Removes everything, deepest first. */
  void delete() {
    List<Path> paths = new ArrayList<>();
    try (java.util.stream.Stream<Path> walk = Files.walk(path)) {
      walk.forEach(paths::add);
      paths.sort(Comparator.reverseOrder());
      for (Path each : paths) {
        Files.deleteIfExists(each);
      }
    } catch (NoSuchFileException e) {
      log.debug("{} is gone already", path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Brings back every stream below {@code streams}. One that can't be read is reported and left as
   * it is, for somebody to look at; the others live.
   */
  static List<Stream> recover(JetStream jetStream, Path streams) {
    List<Stream> recovered = new ArrayList<>();
    if (!Files.isDirectory(streams)) {
      return recovered;
    }
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(streams)) {
      for (Path each : directories) {
        if (Files.isDirectory(each)) {
          new StreamDirectory(each).recover(jetStream, recovered);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return recovered;
  }

  private void recover(JetStream jetStream, List<Stream> recovered) {
    try {
      Description found = read();
      StreamStore store = open(found.config(), jetStream.options());
      recovered.add(new Stream(jetStream, found.config(), store, this, found.created()));
    } catch (NoSuchFileException e) {
      // The server died between making the directory and writing the description.
      log.warn("{} has no description of a stream and is ignored", path);
    } catch (IOException | JsonException | StoreException e) {
      log.error("The stream in {} can't be read and is left out", path, e);
    }
  }

  /** The limits of a configuration, as the store enforces them. */
  static StoreLimits limits(StreamConfig config) {
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
}
