package dev.hubkit.nats.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class SubjectTrieTest {
  @Test
  void matchesLiteralsAndWildcards() {
    SubjectTrie<String> trie = new SubjectTrie<>();
    for (String subject : List.of("a.b", "a.*", "*.b", "a.>", ">", "a", "b.>", "a.b.c")) {
      trie.add(subject, subject);
    }
    assertThat(trie.match("a.b")).containsExactlyInAnyOrder("a.b", "a.*", "*.b", "a.>", ">");
    assertThat(trie.match("a")).containsExactlyInAnyOrder("a", ">");
    assertThat(trie.match("b")).containsExactly(">");
  }

  @Test
  void knowsAValueOnlyOncePerSubject() {
    SubjectTrie<String> trie = new SubjectTrie<>();
    assertThat(trie.add("a.*", "x")).isTrue();
    assertThat(trie.add("a.*", "x")).isFalse();
    assertThat(trie.add("a.*", "y")).isTrue();
    assertThat(trie.size()).isEqualTo(2);
    assertThat(trie.remove("a.*", "x")).isTrue();
    assertThat(trie.remove("a.*", "x")).isFalse();
    assertThat(trie.match("a.b")).containsExactly("y");
  }

  @Test
  void refusesAnInvalidSubject() {
    assertThatThrownBy(() -> new SubjectTrie<String>().add("a..b", "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a..b");
  }

  @Property
  void agreesWithMatchingOneByOne(
      @ForAll("patterns") List<String> added,
      @ForAll("patterns") List<String> removed,
      @ForAll("literals") List<String> literals) {
    SubjectTrie<String> trie = new SubjectTrie<>();
    List<String> model = new ArrayList<>();
    for (String subject : added) {
      if (trie.add(subject, subject)) {
        model.add(subject);
      }
    }
    for (String subject : removed) {
      assertThat(trie.remove(subject, subject)).isEqualTo(model.remove(subject));
    }
    assertThat(trie.size()).isEqualTo(model.size());
    for (String literal : literals) {
      List<String> expected =
          model.stream().filter(subject -> Subjects.matches(literal, subject)).toList();
      assertThat(trie.match(literal)).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(trie.hasMatch(literal)).isEqualTo(!expected.isEmpty());
    }
  }

  @Provide
  Arbitrary<List<String>> patterns() {
    return subjects("a", "b", "c", "*").list().ofMaxSize(30);
  }

  @Provide
  Arbitrary<List<String>> literals() {
    return Arbitraries.of("a", "b", "c")
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(tokens -> String.join(".", tokens))
        .list()
        .ofMaxSize(20);
  }

  private static Arbitrary<String> subjects(String... tokens) {
    return Arbitraries.of(tokens)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .flatMap(
            list ->
                Arbitraries.of(true, false)
                    .map(rest -> String.join(".", list) + (rest ? ".>" : "")));
  }
}
