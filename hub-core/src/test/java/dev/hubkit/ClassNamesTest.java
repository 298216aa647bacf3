package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A name of a class says which class is meant, in every module and in tests. */
class ClassNamesTest {
  @Test
  void noTwoClassesShareAName() throws Exception {
    assertThat(new SourceTree().sharedNames()).isEmpty();
  }
}
