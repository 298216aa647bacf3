package dev.hubkit.junit.message;

import static dev.hubkit.junit.message.MessageMatchers.body;
import static dev.hubkit.junit.message.MessageMatchers.bodyContaining;
import static dev.hubkit.junit.message.MessageMatchers.hasHeader;
import static dev.hubkit.junit.message.MessageMatchers.hasNoHeader;
import static dev.hubkit.junit.message.MessageMatchers.header;
import static dev.hubkit.junit.message.MessageMatchers.subject;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MessageMatchersTest {
  private static final MessageView ORDER =
      MessageView.of(
          "orders.1",
          Map.of("Kind", List.of("b", "c"), "Empty", List.of("")),
          "two\ncoffees".getBytes(UTF_8));
  private static final MessageView LONG =
      new MessageView("orders.1", Map.of(), "two".getBytes(UTF_8), 9);

  @Test
  void matchesSubjects() {
    assertThat(subject("orders.*").differences(ORDER)).isEmpty();
    assertThat(subject("bills.*").differences(ORDER))
        .containsExactly("the subject was orders.1, not bills.*");
    assertThat(subject("bills.>")).hasToString("on bills.>");
    assertThatIllegalArgumentException().isThrownBy(() -> subject("a..b"));
  }

  @Test
  void matchesOneValueOfAHeader() {
    assertThat(header("Kind", "c").matches(ORDER)).isTrue();
    assertThat(header("Empty", "").matches(ORDER)).isTrue();
    assertThat(header("Kind", "a").differences(ORDER))
        .containsExactly("header \"Kind\" was \"b\" and \"c\", not \"a\"");
    assertThat(header("Type", "a").differences(ORDER))
        .containsExactly("header \"Type\" was absent, not \"a\"");
    assertThat(header("Kind", "a")).hasToString("with header Kind: a");
  }

  @Test
  void headersDifferByCase() {
    assertThat(header("kind", "b").differences(ORDER))
        .containsExactly("header \"kind\" was absent (case matters: there is \"Kind\"), not \"b\"");
    assertThat(hasHeader("KIND").matches(ORDER)).isFalse();
    assertThat(hasNoHeader("KIND").matches(ORDER)).isTrue();
  }

  @Test
  void matchesPresentAndAbsentHeaders() {
    assertThat(hasHeader("Kind").matches(ORDER)).isTrue();
    assertThat(hasHeader("Type").differences(ORDER)).containsExactly("header \"Type\" was absent");
    assertThat(hasNoHeader("Type").matches(ORDER)).isTrue();
    assertThat(hasNoHeader("Kind").differences(ORDER))
        .containsExactly("header \"Kind\" was \"b\" and \"c\", not absent");
  }

  @Test
  void matchesPayloads() {
    assertThat(body("two\ncoffees").matches(ORDER)).isTrue();
    assertThat(body("tea").differences(ORDER))
        .containsExactly("the payload was \"two\u00b7coffees\", not \"tea\"");
    assertThat(bodyContaining("coffee").matches(ORDER)).isTrue();
    assertThat(bodyContaining("tea").differences(ORDER))
        .containsExactly("the payload was \"two\u00b7coffees\", which does not contain \"tea\"");
  }

  @Test
  void knowsWhatItDoesNotKnowOfAPayload() {
    assertThat(LONG.isTruncated()).isTrue();
    assertThat(body("two teas!").differences(LONG))
        .containsExactly("the payload is unknown beyond its first 3 of 9 bytes");
    assertThat(body("one tea").differences(LONG))
        .containsExactly("the payload began with \"two\", not \"one tea\"");
    assertThat(bodyContaining("wo").matches(LONG)).isTrue();
    assertThat(bodyContaining("tea").differences(LONG))
        .containsExactly(
            "the payload did not contain \"tea\" in what is known of it: it is unknown beyond its"
                + " first 3 of 9 bytes");
  }

  @Test
  void listsAllDifferences() {
    MessageMatcher both = header("Kind", "a").and(body("tea")).and(subject("orders.>"));
    assertThat(both).hasToString("with header Kind: a with payload \"tea\" on orders.>");
    assertThat(both.differences(ORDER)).hasSize(2);
    assertThat(header("Kind", "b").and(bodyContaining("two")).matches(ORDER)).isTrue();
  }

  @Test
  void takesPredicates() {
    MessageMatcher odd = MessageMatcher.of("of odd length", view -> view.payloadLength() % 2 == 1);
    assertThat(odd.matches(ORDER)).isTrue();
    assertThat(MessageMatcher.of("short", view -> false).differences(ORDER))
        .containsExactly("it was not short");
  }
}
