package dev.hubkit.nats.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubjectTransformTest {
  // The results are those of nats-server 2.14 ("nats server mapping").
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          foo.*.*      | bar.$2.$1                              | foo.a.b        | bar.b.a
          foo.*.*      | bar.{{wildcard(2)}}.{{ Wildcard(1) }}  | foo.a.b        | bar.b.a
          foo.>        | bar.>                                  | foo.a.b        | bar.a.b
          >            | pre.>                                  | a.b            | pre.a.b
          foo.*.>      | bar.$1.>                               | foo.a.b.c      | bar.a.b.c
          *            | {{partition(10,1)}}                    | foo            | 3
          *            | {{splitfromleft(1,3)}}                 | 12345          | 123.45
          *            | {{SplitFromRight(1,3)}}                | 12345          | 12.345
          *            | {{SliceFromLeft(1,3)}}                 | 1234567890     | 123.456.789.0
          *            | {{SliceFromRight(1,3)}}                | 1234567890     | 1.234.567.890
          *            | {{split(1,-)}}                         | -abc-def--ghi- | abc.def.ghi
          *            | {{left(1,6)}}                          | 1234567890     | 123456
          *            | {{right(1,6)}}                         | 1234567890     | 567890
          foo          | bar                                    | foo            | bar
          """)
  void transformsAsNatsServerDoes(
      String source, String destination, String subject, String result) {
    assertThat(SubjectTransform.of(source, destination).apply(subject)).hasValue(result);
  }

  @Test
  void goesBackWhereEveryWildcardIsUsed() {
    SubjectTransform there = SubjectTransform.reversible("a.*.b.*.>", "x.{{wildcard(2)}}.y.$1.>");
    assertThat(there.transform("a.1.b.2.c.d")).isEqualTo("x.2.y.1.c.d");
    assertThat(there.reverse().transform("x.2.y.1.c.d")).isEqualTo("a.1.b.2.c.d");
  }

  @Test
  void leavesOtherSubjectsAlone() {
    assertThat(SubjectTransform.of("foo.*", "bar.$1").apply("baz.a")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          foo.*  | bar.*               | invalid subject
          foo.>  | bar                 | invalid subject
          foo.*  | bar.$2              | invalid mapping destination: wildcard index out of range in $2: [2]
          foo.*  | bar.{{what(1)}}     | invalid mapping destination: unknown function in {{what(1)}}
          foo.*  | bar.{{split(1)}}    | invalid mapping destination: not enough arguments passed to the function in {{split(1)}}
          foo.*  | bar.{{left(1,x)}}   | invalid mapping destination: function argument is invalid or in the wrong format in {{left(1,x)}}
          """)
  void refusesWhatDoesNotGoTogether(String source, String destination, String message) {
    assertThatThrownBy(() -> SubjectTransform.of(source, destination))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void reversibleUsesEveryWildcard() {
    assertThatThrownBy(() -> SubjectTransform.reversible("foo.*.*", "bar.$1"))
        .hasMessage(
            "invalid mapping destination: not using all of the token wildcard(s) in bar.$1");
  }
}
