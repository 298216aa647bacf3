package dev.hubkit.junit.message;

import static dev.hubkit.junit.message.JsonContent.hasJson;
import static dev.hubkit.junit.message.JsonContent.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.File;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class JsonContentTest {
  private static final MessageView ORDER =
      view(
          """
          {"id": 41, "total": 7.50, "paid": false, "note": null,
           "customer": {"name": "Ann", "Name": "Bob"},
           "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]}
          """);

  private static MessageView view(String payload) {
    return MessageView.of("orders", Map.of(), payload.getBytes(UTF_8));
  }

  @Test
  void comparesNumbersByTheirValue() {
    assertThat(json("$.id", 41).matches(ORDER)).isTrue();
    assertThat(json("$.id", 41L).matches(ORDER)).isTrue();
    assertThat(json("$.id", 41.0).matches(ORDER)).isTrue();
    assertThat(json("$.total", new BigDecimal("7.5")).matches(ORDER)).isTrue();
    assertThat(json("$.total", 7.5f).matches(ORDER)).isTrue();
    assertThat(json("$.id", 1.8446744073709552E19).matches(ORDER)).isFalse();
    assertThat(json("$.x", 1).matches(view("{\"x\": 1e999}"))).isFalse();
  }

  @Test
  void saysWhatDiffers() {
    assertThat(json("$.id", 42).differences(ORDER)).containsExactly("$.id was 41, not 42");
    assertThat(json("$.id", "41").differences(ORDER)).containsExactly("$.id was 41, not \"41\"");
    assertThat(json("$.idd", 42).differences(ORDER)).containsExactly("$.idd was absent, not 42");
    assertThat(json("$.customer.name.x", 1).differences(ORDER))
        .containsExactly("$.customer.name.x was absent, not 1");
    assertThat(json("$.items[*].sku", "c").differences(ORDER))
        .containsExactly("$.items[*].sku was \"a\" and \"b\", not \"c\"");
    assertThat(json("$.id", 42)).hasToString("with JSON $.id = 42");
  }

  @Test
  void comparesAllKindsOfValues() {
    assertThat(json("$.paid", false).matches(ORDER)).isTrue();
    assertThat(json("$.note", null).matches(ORDER)).isTrue();
    assertThat(json("$.missing", null).matches(ORDER)).isFalse();
    assertThat(json("$.customer.name", "Ann").matches(ORDER)).isTrue();
    assertThat(json("$.customer", Map.of("Name", "Bob", "name", "Ann")).matches(ORDER)).isTrue();
    assertThat(json("$.items[1]", json("{\"n\": 2.0, \"sku\": \"b\"}")).matches(ORDER)).isTrue();
    assertThat(json("$", 5).matches(view("5"))).isTrue();
    assertThat(json("$", null).matches(view("null"))).isTrue();
    assertThat(json("$.x", null).matches(view("null"))).isFalse();
    assertThat(json("$.x", Arrays.asList(1, null)).matches(view("{\"x\":[1,null]}"))).isTrue();
    assertThat(json("$.x", new Object[] {1}).matches(view("{\"x\":[1,2]}"))).isFalse();
  }

  @Test
  void aPathToSeveralValuesHoldsForOneOrAll() {
    assertThat(json("$.items[*].sku", "b").matches(ORDER)).isTrue();
    assertThat(json("$.items[*].sku", List.of("a", "b")).matches(ORDER)).isTrue();
    assertThat(json("$.items[*].sku", List.of("b", "a")).matches(ORDER)).isFalse();
    assertThat(json("$..n", 2).matches(ORDER)).isTrue();
    assertThat(json("$.items.length()", 2).matches(ORDER)).isTrue();
    assertThat(json("$..n.sum()", 3).matches(ORDER)).isTrue();
    assertThat(json("$..none.sum()", 3).matches(ORDER)).isFalse();
  }

  @Test
  void findsValuesByConditions() {
    assertThat(hasJson("$.items[?(@.n > 1)]").matches(ORDER)).isTrue();
    assertThat(hasJson("$[?(@.total > 7)]").matches(ORDER)).isTrue();
    assertThat(hasJson("$.note").matches(ORDER)).isTrue();
    assertThat(hasJson("$.items[?(@.n > 2)]").differences(ORDER))
        .containsExactly("$.items[?(@.n > 2)] was absent");
  }

  @Test
  void textThatIsNoJsonDoesNotMatch() {
    assertThat(json("$.id", 42).differences(view("two coffees")))
        .singleElement()
        .asString()
        .startsWith("no JSON: ");
    assertThat(json("$.id", 42).differences(view("")))
        .containsExactly("no JSON: unexpected end of JSON input");
  }

  @Test
  void theBeginningOfAPayloadIsNotCalledNoJson() {
    MessageView begun = new MessageView("orders", Map.of(), "{\"id\": 4".getBytes(UTF_8), 5000);
    assertThat(json("$.id", 4).differences(begun))
        .containsExactly(
            "$.id is unknown: the payload is unknown beyond its first 8 of 5000 bytes");
  }

  @Test
  void refusesWhatIsNeitherPathNorValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> json("$.items[?(", 1))
        .withMessageStartingWith("Not a JSONPath: \"$.items[?(\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> json("$.id", new UUID(1, 2)))
        .withMessageContaining("java.util.UUID");
    assertThatIllegalArgumentException().isThrownBy(() -> json("$.id", Double.NaN));
  }

  @Test
  void bodiesAreJsonAsWritten() {
    Body body = json("{\"id\":  42}");
    assertThat(body.text()).isEqualTo("{\"id\":  42}");
    assertThat(body).isEqualTo(Body.of("{\"id\":  42}".getBytes(UTF_8))).isNotEqualTo(Body.empty());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> json("{id: 42}"))
        .withMessageStartingWith("Not JSON: \"{id: 42}\"");
  }

  /** What {@link #theLibraryDoesNotComplainOfAMissingLog} runs. */
  static final class Matching {
    private Matching() {}

    public static void main(String[] arguments) {
      System.out.println(json("$.id", 42).differences(view("{\"id\": 41}")));
    }
  }

  @Test
  void theLibraryDoesNotComplainOfAMissingLog() throws Exception {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String withoutBackend =
        Arrays.stream(all.split(File.pathSeparator))
            .filter(entry -> !entry.contains("slf4j-jdk14"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                withoutBackend,
                Matching.class.getName())
            .redirectErrorStream(true)
            .start();
    try {
      assertThat(new String(process.getInputStream().readAllBytes(), UTF_8).strip())
          .isEqualTo("[$.id was 41, not 42]");
    } finally {
      process.destroyForcibly();
    }
  }
}
