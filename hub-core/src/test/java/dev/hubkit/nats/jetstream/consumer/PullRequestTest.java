package dev.hubkit.nats.jetstream.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.json.JsonException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PullRequestTest {
  @ParameterizedTest
  @CsvSource({"'', 1", "' ', 1", "5, 5", "' 7 ', 7", "many, 1", "0, 0", "-3, -3"})
  void readsTheShortForms(String payload, long batch) {
    assertThat(parse(payload)).isEqualTo(new PullRequest(batch, 0, 0, false, 0, null));
  }

  @Test
  void readsTheObject() {
    PullRequest request =
        parse(
            """
            {"batch": 10, "max_bytes": 100, "expires": 5000, "no_wait": true,
             "idle_heartbeat": 2500, "group": "A", "min_pending": 3, "min_ack_pending": 4,
             "id": "pin", "priority": 2}""");
    assertThat(request)
        .isEqualTo(
            new PullRequest(
                10, 100, 5000, true, 2500, new PullRequest.Priority("A", 3, 4, "pin", 2)));
  }

  @Test
  void refusesAHeartbeatOfMoreThanHalfTheExpiry() {
    assertThatThrownBy(() -> parse("{\"expires\": 5000, \"idle_heartbeat\": 2501}"))
        .hasMessage("heartbeat value too large");
  }

  @Property
  void readsAnyTextOrComplains(@ForAll String text) {
    for (String payload : new String[] {text, "{" + text, "{\"batch\":" + text + "}"}) {
      try {
        assertThat(parse(payload)).isNotNull();
      } catch (JsonException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  private static PullRequest parse(String payload) {
    return PullRequest.parse(payload.getBytes(StandardCharsets.UTF_8));
  }
}
