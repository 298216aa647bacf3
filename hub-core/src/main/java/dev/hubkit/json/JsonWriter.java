package dev.hubkit.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import dev.hubkit.work.MemoryShare;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes one JSON value as UTF-8 bytes, with the escapes Go's {@code json.Marshal} has. The {@code
 * …IfSet} forms leave a field out when it is empty, as Go's {@code omitempty} does. Not
 * thread-safe.
 */
public final class JsonWriter {
  private final ByteArrayBuilder bytes = new ByteArrayBuilder();
  private final JsonGenerator out;

  private final @Nullable MemoryShare memory;
  private int counted;

  private JsonWriter(boolean pretty, @Nullable MemoryShare memory) {
    this.memory = memory;
    try {
      out = Json.FACTORY.createGenerator(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.setCharacterEscapes(GoEscapes.INSTANCE);
    if (pretty) {
      out.setPrettyPrinter(new Indentation());
    }
  }

  /** A writer of compact text. */
  public static JsonWriter compact() {
    return new JsonWriter(false, null);
  }

  /** A writer of indented text, the way Go's {@code json.MarshalIndent} indents with two spaces. */
  public static JsonWriter pretty() {
    return new JsonWriter(true, null);
  }

  /**
   * A writer of compact text that takes its memory from a share.
   *
   * @throws dev.hubkit.work.MemoryShortageException here or from any method that writes
   */
  public static JsonWriter compact(MemoryShare memory) {
    return new JsonWriter(false, memory);
  }

  /** {@link #pretty()} of text that takes its memory from a share. */
  public static JsonWriter pretty(MemoryShare memory) {
    return new JsonWriter(true, memory);
  }

  /** Opens an object, at the top or in an array. */
  public JsonWriter beginObject() {
    return write(JsonGenerator::writeStartObject);
  }

  /** Opens an object as field {@code name}. */
  public JsonWriter beginObject(String name) {
    return write(o -> o.writeObjectFieldStart(name));
  }

  /** Closes the innermost object. */
  public JsonWriter endObject() {
    return write(JsonGenerator::writeEndObject);
  }

  /** Opens an array, at the top or in an array. */
  public JsonWriter beginArray() {
    return write(JsonGenerator::writeStartArray);
  }

  /** Opens an array as field {@code name}. */
  public JsonWriter beginArray(String name) {
    return write(o -> o.writeArrayFieldStart(name));
  }

  /** Closes the innermost array. */
  public JsonWriter endArray() {
    return write(JsonGenerator::writeEndArray);
  }

  /** A string field; JSON null for null. */
  public JsonWriter field(String name, @Nullable String value) {
    return write(
        o -> {
          o.writeFieldName(name);
          o.writeString(value);
        });
  }

  /** An integer field. */
  public JsonWriter field(String name, long value) {
    return write(o -> o.writeNumberField(name, value));
  }

  /** An integer field whose 64 bits are unsigned. */
  public JsonWriter unsigned(String name, long value) {
    return value >= 0 ? field(name, value) : raw(name, Long.toUnsignedString(value));
  }

  /** A floating-point field. */
  public JsonWriter field(String name, double value) {
    return write(o -> o.writeNumberField(name, value));
  }

  /** A boolean field. */
  public JsonWriter field(String name, boolean value) {
    return write(o -> o.writeBooleanField(name, value));
  }

  /** An array of strings. */
  public JsonWriter field(String name, Collection<String> values) {
    beginArray(name);
    values.forEach(this::value);
    return endArray();
  }

  /** An object of strings. */
  public JsonWriter field(String name, Map<String, String> values) {
    beginObject(name);
    values.forEach(this::field);
    return endObject();
  }

  /** A string field, left out when null or empty. */
  public JsonWriter fieldIfSet(String name, @Nullable String value) {
    return value == null || value.isEmpty() ? this : field(name, value);
  }

  /** An integer field, left out when zero. */
  public JsonWriter fieldIfSet(String name, long value) {
    return value == 0 ? this : field(name, value);
  }

  /** A boolean field, left out when false. */
  public JsonWriter fieldIfSet(String name, boolean value) {
    return value ? field(name, true) : this;
  }

  /** An array of strings, left out when null or empty. */
  public JsonWriter fieldIfSet(String name, @Nullable Collection<String> values) {
    return values == null || values.isEmpty() ? this : field(name, values);
  }

  /** An object of strings, left out when null or empty. */
  public JsonWriter fieldIfSet(String name, @Nullable Map<String, String> values) {
    return values == null || values.isEmpty() ? this : field(name, values);
  }

  /** A field whose value already is JSON text. */
  public JsonWriter raw(String name, String json) {
    return write(
        o -> {
          o.writeFieldName(name);
          o.writeRawValue(json);
        });
  }

  /** A string in an array. */
  public JsonWriter value(@Nullable String value) {
    return write(o -> o.writeString(value));
  }

  /** An integer in an array. */
  public JsonWriter value(long value) {
    return write(o -> o.writeNumber(value));
  }

  /** A field with any value that {@link Json#parse} returns. */
  public JsonWriter any(String name, @Nullable Object value) {
    return write(
        o -> {
          o.writeFieldName(name);
          tree(o, value);
        });
  }

  /** Any value that {@link Json#parse} returns, in an array or at the top. */
  public JsonWriter any(@Nullable Object value) {
    return write(o -> tree(o, value));
  }

  /** Returns the text; the writer cannot be used afterwards. */
  public byte[] toBytes() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void tree(JsonGenerator out, @Nullable Object value) throws IOException {
    if (value == null) {
      out.writeNull();
    } else if (value instanceof JsonObject object) {
      out.writeStartObject();
      for (String name : object.names()) {
        out.writeFieldName(name);
        tree(out, object.get(name));
      }
      out.writeEndObject();
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object element : list) {
        tree(out, element);
      }
      out.writeEndArray();
    } else if (value instanceof String text) {
      out.writeString(text);
    } else if (value instanceof Long number) {
      out.writeNumber(number);
    } else if (value instanceof BigInteger number) {
      out.writeNumber(number);
    } else if (value instanceof Double number) {
      out.writeNumber(number);
    } else if (value instanceof Boolean bool) {
      out.writeBoolean(bool);
    } else {
      throw new IllegalArgumentException("Not a JSON value: " + value.getClass());
    }
  }

  private JsonWriter write(Step step) {
    try {
      step.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int written = bytes.size();
    if (memory != null && written != counted) {
      // The bytes are needed here, and once more when all are joined.
      memory.add(2L * (written - counted));
      counted = written;
    }
    return this;
  }

  private interface Step {
    void write(JsonGenerator out) throws IOException;
  }
}
