package dev.hubkit.nats.jetstream.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsumerConfigTest {
  /** Every field, in the order in which nats-server writes them. */
  private static final String FULL =
      """
      {"durable_name":"d","name":"n","description":"text","deliver_policy":"by_start_time",\
      "opt_start_seq":18446744073709551615,"opt_start_time":"2020-01-02T03:04:05.06+01:00",\
      "ack_policy":"flow_control","ack_wait":1,"max_deliver":-1,"backoff":[2,3],\
      "filter_subject":"a.b","filter_subjects":["c","d.\\u003e"],"replay_policy":"original",\
      "rate_limit_bps":4,"sample_freq":"30%","max_waiting":5,"max_ack_pending":6,\
      "flow_control":true,"headers_only":true,"max_batch":7,"max_expires":8,"max_bytes":9,\
      "deliver_subject":"in","deliver_group":"q","idle_heartbeat":10,"inactive_threshold":11,\
      "num_replicas":1,"mem_storage":true,"direct":true,"sourcing":true,\
      "metadata":{"a":"1","b":"2"},"pause_until":"2030-01-02T03:04:05Z",\
      "priority_groups":["g"],"priority_policy":"pinned_client","priority_timeout":12}""";

  @Test
  void writesWhatItReads() {
    assertThat(json(FULL)).isEqualTo(FULL);
  }

  @Test
  void leavesOutWhatIsNotSet() {
    assertThat(json("{}"))
        .isEqualTo(
            "{\"deliver_policy\":\"all\",\"ack_policy\":\"none\",\"replay_policy\":\"instant\","
                + "\"num_replicas\":0}");
  }

  @Test
  void copiesEverythingIntoADraft() {
    ConsumerConfig config = ConsumerConfig.parse(Json.parseObject(FULL));
    assertThat(config.toBuilder().build()).isEqualTo(config);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"ack_policy\":\"maybe\"} | can not unmarshal \"\\\"maybe\\\"\"",
        "{\"priority_policy\":\"x\"} | unknown priority policy: \"x\"",
        "{\"durable\":\"x\"} | json: unknown field \"durable\"",
      })
  void complainsLikeNatsServer(String text, String complaint) {
    assertThatThrownBy(
            () -> Json.decode(text.getBytes(StandardCharsets.UTF_8), ConsumerTypes.CONFIG))
        .isInstanceOf(JsonException.class)
        .hasMessage(complaint);
  }

  private static String json(String text) {
    JsonWriter out = JsonWriter.compact().beginObject();
    ConsumerConfig.parse(Json.parseObject(text)).writeTo(out);
    return new String(out.endObject().toBytes(), StandardCharsets.UTF_8);
  }
}
