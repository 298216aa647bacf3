package dev.hubkit.nats.jetstream.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations from files: what a later server has written must not get lost unnoticed. */
class StoredConfigTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\":\"S\",\"later\":1}",
        "{\"name\":\"S\",\"placement\":{\"later\":1}}",
        "{\"name\":\"S\",\"mirror\":{\"name\":\"M\",\"external\":{\"later\":1}}}",
        "{\"name\":\"S\",\"sources\":[{\"name\":\"M\",\"later\":{}}]}",
        "{\"name\":\"S\",\"consumer_limits\":{\"later\":1}}"
      })
  void streamsRefuseWhatIsUnknown(String json) {
    assertThatThrownBy(() -> StreamConfig.parseUntyped(Json.parseObject(json)))
        .isInstanceOf(JsonException.class)
        .hasMessage("json: unknown field \"later\"");
  }

  @Test
  void consumersRefuseWhatIsUnknown() {
    assertThatThrownBy(
            () -> ConsumerConfig.parseUntyped(Json.parseObject("{\"name\":\"C\",\"later\":1}")))
        .isInstanceOf(JsonException.class)
        .hasMessage("json: unknown field \"later\"");
    assertThatThrownBy(
            () -> ConsumerConfig.parseUntyped(Json.parseObject("{\"max_deliver\":\"1\"}")))
        .isInstanceOf(JsonException.class);
  }

  @Test
  void readsWhatIsKnown() {
    StreamConfig stream =
        StreamConfig.parseUntyped(Json.parseObject("{\"name\":\"S\",\"first_seq\":5}"));
    assertThat(stream.name()).isEqualTo("S");
    assertThat(stream.firstSequence()).isEqualTo(5);
  }
}
