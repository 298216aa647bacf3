package dev.hubkit.nats.subject;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SubjectsTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "a.b", "*", ">", "a.*.b", "a.>", "foo*", "a>b", "a.b>", "ä.ö"})
  void validSubjects(String subject) {
    assertThat(Subjects.isValid(subject)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "a.", ".a", "a..b", ">.a", "a.>.b", "a b", "a.\tb", "a\r"})
  void invalidSubjects(String subject) {
    assertThat(Subjects.isValid(subject)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "a,true",
    "foo*,true",
    "*foo,true",
    "a>,true",
    "a.b,true",
    "*,false",
    "a.*,false",
    "a.*.b,false",
    ">,false",
    "a.>,false"
  })
  void literals(String subject, boolean literal) {
    assertThat(Subjects.isLiteral(subject)).isEqualTo(literal);
  }

  @ParameterizedTest
  @CsvSource({
    "a.b,a.b,true",
    "a.b,a.*,true",
    "a.b,*.b,true",
    "a.b,>,true",
    "a.b,a.>,true",
    "a,a.>,false",
    "a.b.c,a.*,false",
    "a,a.*,false",
    "a.b,a,false",
    "ab,a*,false",
    "a*,a*,true"
  })
  void matches(String literal, String pattern, boolean expected) {
    assertThat(Subjects.matches(literal, pattern)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "a.b,a.*,true", "a.*,a.*,true", "a.>,>,true", "a.>,a.*,false", "a.*,a.b,false",
    "a.*,a.>,true", "a.*.c,a.*.*,true", "a,a.>,false", ">,a.>,false", "*,a,false"
  })
  void subsets(String subject, String superset, boolean expected) {
    assertThat(Subjects.isSubset(subject, superset)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "a.b,a.b,true",
    "a.*,*.b,true",
    "a.>,*.b,true",
    "a.>,b.>,false",
    "a.*,a.b.c,false",
    "a,a.>,false",
    "a.*,a.>,true"
  })
  void overlaps(String a, String b, boolean expected) {
    assertThat(Subjects.overlap(a, b)).isEqualTo(expected);
    assertThat(Subjects.overlap(b, a)).isEqualTo(expected);
  }

  @Test
  void splitsIntoTokens() {
    assertThat(Subjects.tokens("a.*.c")).containsExactly("a", "*", "c");
    assertThat(Subjects.tokens("")).containsExactly("");
    assertThat(Subjects.tokenCount("a.b.c")).isEqualTo(3);
  }
}
