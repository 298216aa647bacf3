package dev.hubkit.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
  @Test
  void readsWhatItWrites() {
    byte[] text =
        JsonWriter.compact()
            .beginObject()
            .field("name", "ORDERS \"é\"\n")
            .field("seq", Long.MAX_VALUE)
            .unsigned("top", -1)
            .field("ratio", 0.5)
            .field("sealed", true)
            .field("subjects", List.of("a.>", "b"))
            .field("metadata", Map.of("k", "v"))
            .fieldIfSet("empty", "")
            .fieldIfSet("zero", 0)
            .fieldIfSet("unset", false)
            .endObject()
            .toBytes();
    JsonObject read = Json.parseObject(text);
    assertThat(read.string("name")).isEqualTo("ORDERS \"é\"\n");
    assertThat(read.integer("seq", 0)).isEqualTo(Long.MAX_VALUE);
    assertThat(read.unsigned("top", 0)).isEqualTo(-1);
    assertThat(read.get("ratio")).isEqualTo(0.5);
    assertThat(read.bool("sealed", false)).isTrue();
    assertThat(read.strings("subjects")).containsExactly("a.>", "b");
    assertThat(read.names())
        .containsExactly("name", "seq", "top", "ratio", "sealed", "subjects", "metadata");
    assertThat(JsonWriter.compact().any(read).toBytes())
        .asString(UTF_8)
        .contains("\"metadata\":{\"k\":\"v\"}");
  }

  @Test
  void missingAndNullFieldsAreUnset() {
    JsonObject read = Json.parseObject("{\"a\":null}");
    assertThat(read.string("a")).isNull();
    assertThat(read.string("b", "x")).isEqualTo("x");
    assertThat(read.integer("a", 7)).isEqualTo(7);
    assertThat(read.strings("a")).isEmpty();
    assertThat(read.object("a")).isNull();
  }

  @Test
  void aValueOfAnotherTypeIsNamed() {
    JsonObject read = Json.parseObject("{\"max_msgs\":\"many\",\"subjects\":[1]}");
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> read.integer("max_msgs", 0))
        .withMessage("json: cannot unmarshal string into field max_msgs of type int64");
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> read.strings("subjects"))
        .withMessageContaining("subjects");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[1", "{\"a\":}", "{} x", "nul", "\"", "{\"a\":1e}", "1e999"})
  void refusesWhatIsNotJson(String text) {
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> Json.parse(text.getBytes(UTF_8)));
  }

  @Test
  void refusesToFollowDeepNesting() {
    byte[] deep = "[".repeat(100_000).getBytes(UTF_8);
    assertThatExceptionOfType(JsonException.class).isThrownBy(() -> Json.parse(deep));
  }

  @Property
  void anyBytesAreReadOrRefused(@ForAll byte[] text) {
    try {
      Json.parse(text);
    } catch (JsonException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  @Property
  void anyStringSurvives(@ForAll String value) {
    // A lone surrogate has no UTF-8 form.
    String text = new String(value.getBytes(UTF_8), UTF_8);
    byte[] json = JsonWriter.compact().beginObject().field("v", text).endObject().toBytes();
    assertThat(Json.parseObject(json).string("v")).isEqualTo(text);
  }
}
