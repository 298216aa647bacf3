package dev.hubkit.nats.jetstream.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Subjects come and go; each keeps its number for as long as it is there. */
class TokenTrieTest {
  private final TokenTrie trie = new TokenTrie();
  private final Map<String, Integer> nodes = new HashMap<>();

  private int walk(String subject, boolean create) {
    byte[] bytes = ("<" + subject + ">").getBytes(UTF_8);
    return trie.walk(bytes, 1, bytes.length - 2, create);
  }

  private static String subject(Random random) {
    StringBuilder subject = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      subject.append("t".repeat(random.nextInt(3))).append(random.nextInt(20));
      subject.append(i == 0 ? "" : ".");
    }
    return subject.toString();
  }

  /** Removes a subject, and the nodes that only this subject needed. */
  private void remove(String subject) {
    int node = nodes.remove(subject);
    while (node != TokenTrie.ROOT
        && trie.firstChild(node) == TokenTrie.NONE
        && !nodes.containsValue(node)) {
      node = trie.remove(node);
    }
  }

  private void collect(int node, List<String> found) {
    for (int at = trie.firstChild(node); at != TokenTrie.NONE; at = trie.nextSibling(at)) {
      assertThat(trie.parent(at)).isEqualTo(node);
      if (nodes.containsValue(at)) {
        found.add(new String(trie.encoded(at), UTF_8));
      }
      collect(at, found);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void knowsWhatIsThere(int seed) {
    Random random = new Random(seed);
    for (int step = 0; step < 6_000; step++) {
      String subject = subject(random);
      // At first more subjects come than go, later fewer.
      boolean comes = random.nextInt(6_000) > step;
      if (comes) {
        int node = walk(subject, true);
        assertThat(nodes.getOrDefault(subject, node)).isEqualTo(node);
        nodes.put(subject, node);
      } else if (!nodes.isEmpty()) {
        List<String> all = new ArrayList<>(nodes.keySet());
        remove(all.get(random.nextInt(all.size())));
      }
      int known = walk(subject, false);
      if (nodes.containsKey(subject)) {
        assertThat(known).isEqualTo(nodes.get(subject));
        assertThat(known).isLessThan(trie.capacity());
        assertThat(trie.encoded(known)).asString(UTF_8).isEqualTo(subject);
      } else {
        assertThat(known == TokenTrie.NONE || !nodes.containsValue(known)).isTrue();
      }
      if (step % 500 == 0) {
        List<String> found = new ArrayList<>();
        collect(TokenTrie.ROOT, found);
        assertThat(found).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(found)).isEqualTo(new TreeSet<>(nodes.keySet()));
      }
    }
  }
}
