package dev.hubkit.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Reads what Go's {@code encoding/json} reads, and complains in its words. */
class GoJsonTest {
  private static final JsonStruct INNER =
      JsonStruct.of("p.Inner").field("text", JsonType.STRING).field("n", JsonType.INT).build();
  private static final JsonStruct OUTER =
      JsonStruct.of("p.Outer")
          .embed("Base", JsonStruct.of("p.Base").field("base", JsonType.INT32).build())
          .field("name", JsonType.STRING)
          .field("on", JsonType.BOOL)
          .field("seq", JsonType.UINT64)
          .field("wait", JsonType.DURATION)
          .field("part", JsonType.FLOAT64)
          .field("texts", JsonType.STRINGS)
          .field("map", JsonType.STRING_MAP)
          .field("inner", JsonType.pointer(INNER))
          .field("inners", JsonType.slice(INNER))
          .field("color", JsonType.names(java.util.List.of("red", "blue")))
          .build();

  private static String decoded(byte[] text) {
    try {
      return new String(JsonWriter.compact().any(Json.decode(text, OUTER)).toBytes(), UTF_8);
    } catch (JsonException e) {
      return e.getMessage() + (e.offset() < 0 ? "" : " at offset " + e.offset());
    }
  }

  private static String unmarshalled(byte[] text) {
    try {
      return new String(JsonWriter.compact().any(Json.unmarshal(text, OUTER)).toBytes(), UTF_8);
    } catch (JsonException e) {
      return e.getMessage() + (e.offset() < 0 ? "" : " at offset " + e.offset());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        // What Go's Decoder says | what its Unmarshal says, where that is something else
        "x | invalid character 'x' looking for beginning of value at offset 1 |",
        "{ | unexpected EOF | unexpected end of JSON input at offset 1",
        "{\"name\":\"a | unexpected EOF | unexpected end of JSON input at offset 10",
        "{\"name\" 1} | invalid character '1' after object key at offset 9 |",
        "{\"name\":\"a\" 1} | invalid character '1' after object key:value pair at offset 13 |",
        "{name:1} | invalid character 'n' looking for beginning of object key string at offset 2 |",
        "{\"on\":tru} | invalid character '}' in literal true (expecting 'e') at offset 10 |",
        "{\"texts\":[1 2]} | invalid character '2' after array element at offset 13 |",
        "{\"seq\":01} | invalid character '1' after object key:value pair at offset 9 |",
        "{\"seq\":-} | invalid character '}' in numeric literal at offset 9 |",
        "{\"seq\":1.} | invalid character '}' after decimal point in numeric literal at offset 10 |",
        "{\"seq\":1e} | invalid character '}' in exponent of numeric literal at offset 10 |",
        "{\"name\":\"\\x\"} | invalid character 'x' in string escape code at offset 11 |",
        "{\"name\":\"\\u00g0\"} | invalid character 'g' in \\u hexadecimal character escape at"
            + " offset 14 |",
        "{} x | invalid character 'x' looking for beginning of value at offset 4 | invalid"
            + " character 'x' after top-level value at offset 4",
        "1. | unexpected EOF | invalid character ' ' after decimal point in numeric literal at"
            + " offset 2",
        "[] | json: cannot unmarshal array into Go value of type p.Outer |",
        "\"a\" | json: cannot unmarshal string into Go value of type p.Outer |",
        "{\"name\":1} | json: cannot unmarshal number into Go struct field Outer.name of type"
            + " string |",
        "{\"base\":2147483648} | json: cannot unmarshal number 2147483648 into Go struct field"
            + " Outer.Base.base of type int32 |",
        "{\"seq\":-1} | json: cannot unmarshal number -1 into Go struct field Outer.seq of type"
            + " uint64 |",
        "{\"seq\":1.0} | json: cannot unmarshal number 1.0 into Go struct field Outer.seq of type"
            + " uint64 |",
        "{\"wait\":\"1s\"} | json: cannot unmarshal string into Go struct field Outer.wait of type"
            + " time.Duration |",
        "{\"part\":1e999} | json: cannot unmarshal number 1e999 into Go struct field Outer.part of"
            + " type float64 |",
        "{\"texts\":{}} | json: cannot unmarshal object into Go struct field Outer.texts of type"
            + " []string |",
        "{\"inners\":[{\"n\":1},{\"n\":true}]} | json: cannot unmarshal bool into Go struct field"
            + " Inner.inners.n of type int |",
        "{\"map\":{\"a\":1}} | json: cannot unmarshal number into Go struct field Outer.map of type"
            + " string |",
        "{\"color\":\"green\"} | can not unmarshal \"\\\"green\\\"\" |",
        "{\"color\":null} | can not unmarshal \"null\" |",
        "{\"color\":\"\\u0072ed\"} | can not unmarshal \"\\\"\\\\u0072ed\\\"\" |",
        "{\"zebra\":1} | json: unknown field \"zebra\" | {}",
        "{\"inner\":{\"zebra\":[{}],\"n\":3}} | json: unknown field \"zebra\" |"
            + " {\"inner\":{\"n\":3}}",
        "{\"NAME\":\"a\",\"Inner\":{\"TEXT\":\"b\"}} | {\"name\":\"a\",\"inner\":{\"text\":\"b\"}} |",
        "{\"name\":\"a\",\"name\":\"b\"} | {\"name\":\"b\"} |",
        "{\"name\":\"a\",\"name\":null,\"seq\":null} | {\"name\":\"a\"} |",
        "{\"inner\":{\"n\":1},\"inner\":{\"text\":\"t\"}} | {\"inner\":{\"n\":1,\"text\":\"t\"}} |",
        "{\"inner\":{\"n\":1},\"inner\":null} | {} |",
        "{\"inners\":[{\"n\":1},{\"n\":2}],\"inners\":[{\"text\":\"t\"}]} |"
            + " {\"inners\":[{\"n\":1,\"text\":\"t\"}]} |",
        "{\"texts\":[\"a\",null]} | {\"texts\":[\"a\",\"\"]} |",
        "{\"map\":{\"a\":\"b\"},\"map\":{\"c\":null}} | {\"map\":{\"a\":\"b\",\"c\":\"\"}} |",
        "{\"name\":\"a\"}{\"seq\":18446744073709551615} |"
            + " {\"name\":\"a\",\"seq\":18446744073709551615} | invalid character '{' after"
            + " top-level value at offset 13",
        "null | {} |",
        "~~ | {} | unexpected end of JSON input at offset 0",
        "{\"name\":\"\\ud800\\u0041\"} | {\"name\":\"\ufffdA\"} |",
      })
  void complainsAsGo(String text, String decoded, String unmarshalled) {
    byte[] bytes = text == null ? new byte[0] : text.getBytes(UTF_8);
    assertThat(decoded(bytes)).as("decoded").isEqualTo(decoded);
    assertThat(unmarshalled(bytes))
        .as("unmarshalled")
        .isEqualTo(unmarshalled == null ? decoded : unmarshalled);
  }

  static Stream<Arguments> bytes() {
    return Stream.of(
        Arguments.of(
            "\u00ef\u00bb\u00bf{}",
            "invalid character 'ï' looking for beginning of value at offset 1"),
        Arguments.of("\0", "invalid character '\\x00' looking for beginning of value at offset 1"),
        Arguments.of(
            "\u0080", "invalid character '\\u0080' looking for beginning of value at offset 1"),
        Arguments.of(
            "{'a':1}",
            "invalid character '\\'' looking for beginning of object key string" + " at offset 2"),
        Arguments.of("{\"name\":\"\n\"}", "invalid character '\\n' in string literal at offset 10"),
        // Each byte that is no UTF-8 becomes a character of its own.
        Arguments.of("{\"name\":\"\u00e2\u0082\"}", "{\"name\":\"\ufffd\ufffd\"}"));
  }

  @ParameterizedTest
  @MethodSource("bytes")
  void readsBytesAsGo(String latin, String answer) {
    assertThat(decoded(latin.getBytes(ISO_8859_1))).isEqualTo(answer);
  }

  @Test
  void refusesWhatIsNestedTooDeep() {
    byte[] deep = ("{\"zebra\":" + "[".repeat(100_000)).getBytes(UTF_8);
    assertThat(unmarshalled(deep))
        .isEqualTo("invalid character '[' exceeded max depth at offset 10009");
    byte[] fits = ("{\"zebra\":" + "[".repeat(9999) + "]".repeat(9999) + "}").getBytes(UTF_8);
    assertThat(unmarshalled(fits)).isEqualTo("{}");
  }
}
