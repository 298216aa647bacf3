package dev.hubkit.nats.config;

import dev.hubkit.nats.release.Compatibility;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The fields that a block of a configuration file may have: under each name, in lower case, what
 * reads its value into the block. A reader throws {@link ConfigException} for a value that it does
 * not understand. Not to be changed once it is used.
 *
 * @param <T> what the fields are read into
 */
final class FieldTable<T> {
  /**
   * Reads a field whose problems are told with the name that the file has for it.
   *
   * @param <T> what the field is read into
   */
  interface NamedReader<T> {
    void read(T block, String name, ConfigValue value);
  }

  private final Map<String, NamedReader<? super T>> readers = new HashMap<>();
  private final Map<String, Compatibility> since = new HashMap<>();

  FieldTable<T> field(String name, BiConsumer<? super T, ConfigValue> reader) {
    return field(List.of(name), reader);
  }

  FieldTable<T> field(String name, String alias, BiConsumer<? super T, ConfigValue> reader) {
    return field(List.of(name, alias), reader);
  }

  FieldTable<T> field(List<String> names, BiConsumer<? super T, ConfigValue> reader) {
    return named(names, (block, name, value) -> reader.accept(block, value));
  }

  FieldTable<T> named(List<String> names, NamedReader<? super T> reader) {
    for (String name : names) {
      if (readers.put(name, reader) != null) {
        throw new IllegalStateException("There are two fields " + name);
      }
    }
    return this;
  }

  /**
   * Says with which releases of nats-server fields came: a server that behaves like an earlier one
   * does not know them.
   */
  FieldTable<T> since(Compatibility release, String... names) {
    for (String name : names) {
      if (!readers.containsKey(name)) {
        throw new IllegalStateException("There is no field " + name);
      }
      since.put(name, release);
    }
    return this;
  }

  /**
   * Reads one field of a table whose fields all releases have; returns false where the block has
   * none of that name.
   */
  boolean read(T block, String name, ConfigValue value) {
    NamedReader<? super T> reader = readers.get(name.toLowerCase(Locale.ROOT));
    if (!since.isEmpty()) {
      throw new IllegalStateException("Which fields there are depends on the release");
    }
    if (reader == null) {
      return false;
    }
    reader.read(block, name, value);
    return true;
  }

  /** Reads one field; returns false where the block has none of that name in this release. */
  boolean read(T block, String name, ConfigValue value, Problems problems) {
    String key = name.toLowerCase(Locale.ROOT);
    NamedReader<? super T> reader = readers.get(key);
    Compatibility came = since.get(key);
    if (reader == null || (came != null && !problems.compatibility().atLeast(came))) {
      return false;
    }
    reader.read(block, name, value);
    return true;
  }

  /** Reads all fields of a map; a bad one does not keep the others from being read. */
  void readAll(T block, ConfigValue map, Problems problems) {
    readAll(block, map, problems, name -> "unknown field " + Problems.quoted(name));
  }

  /**
   * Reads all fields of a map; a bad one does not keep the others from being read.
   *
   * @param unknown what to say of a field that has no place here, by its name
   */
  void readAll(T block, ConfigValue map, Problems problems, UnaryOperator<String> unknown) {
    map.map()
        .forEach(
            (name, value) ->
                problems.attempt(
                    () -> {
                      if (!read(block, name, value, problems)) {
                        problems.unknown(value, unknown.apply(name));
                      }
                    }));
  }
}
