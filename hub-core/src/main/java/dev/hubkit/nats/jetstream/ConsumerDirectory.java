package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** The directory of one consumer in files: {@code consumer.json}, and its state. */
record ConsumerDirectory(Path path) {
  private static final String CONFIG = "consumer.json";

  /** A consumer as {@link #write} left it. */
  record Description(ConsumerConfig config, String name, long created) {}

  /** All directories below {@code parent} that hold a consumer. */
  static List<ConsumerDirectory> list(Path parent) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    List<ConsumerDirectory> found = new ArrayList<>();
    try (java.util.stream.Stream<Path> children = Files.list(parent)) {
      children
          .filter(child -> Files.exists(child.resolve(CONFIG)))
          .sorted()
          .forEach(child -> found.add(new ConsumerDirectory(child)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Collections.unmodifiableList(found);
  }

  /** Writes the configuration; after a crash there is the old or the new one, never a part. */
  void write(ConsumerConfig config, String name, long created) {
    JsonWriter out = JsonWriter.pretty().beginObject().field("name", name);
    out.field("created", created);
    config.write(out, "config");
    byte[] text = out.endObject().toBytes();
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
      }
      Files.move(
          draft,
          path.resolve(CONFIG),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads what {@link #write} has written. */
  Description read() {
    try {
      JsonObject json = Json.parseObject(Files.readAllBytes(path.resolve(CONFIG)));
      JsonObject config = json.object("config");
      if (config == null) {
        throw new IOException("No configuration in " + path.resolve(CONFIG));
      }
      return new Description(
          ConsumerConfig.parse(config), json.string("name", ""), json.integer("created", 0));
    } catch (JsonException e) {
      throw new UncheckedIOException(
          new IOException("Not a consumer's configuration: " + path.resolve(CONFIG), e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens the state. */
  ConsumerStore open() {
    return ConsumerStore.inMemory();
  }

  /** Removes everything. */
  void delete() {
    try (java.util.stream.Stream<Path> walk = Files.walk(path)) {
      List<Path> all = new ArrayList<>(walk.toList());
      all.sort(Comparator.reverseOrder());
      for (Path each : all) {
        Files.deleteIfExists(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
