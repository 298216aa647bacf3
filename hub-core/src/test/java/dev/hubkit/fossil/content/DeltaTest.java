package dev.hubkit.fossil.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.fossil.CFossil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeltaTest {
  @SuppressWarnings("ArrayRecordComponent") // nobody compares it
  record Pair(byte[] source, byte[] target) {}

  /** Makes a source, and a target composed of pieces of it and of foreign pieces. */
  @Provide
  Arbitrary<Pair> pairs() {
    return Combinators.combine(
            Arbitraries.longs(),
            Arbitraries.integers().between(0, 3000),
            Arbitraries.integers().between(0, 12))
        .as(DeltaTest::pair);
  }

  private static Pair pair(long seed, int size, int pieces) {
    Random random = new Random(seed);
    int alphabet = random.nextBoolean() ? 256 : 4;
    byte[] source = new byte[size];
    for (int i = 0; i < size; i++) {
      source[i] = (byte) random.nextInt(alphabet);
    }
    java.io.ByteArrayOutputStream target = new java.io.ByteArrayOutputStream();
    for (int i = 0; i < pieces; i++) {
      if (size > 0 && random.nextInt(3) > 0) {
        int from = random.nextInt(size);
        target.write(source, from, random.nextInt(size - from));
      } else {
        byte[] foreign = new byte[random.nextInt(60)];
        random.nextBytes(foreign);
        target.writeBytes(foreign);
      }
    }
    return new Pair(source, target.toByteArray());
  }

  @Property(tries = 500)
  void whatIsMadeCanBeApplied(@ForAll("pairs") Pair pair) {
    byte[] delta = Delta.create(pair.source, pair.target);
    assertThat(Delta.targetSize(delta)).isEqualTo(pair.target.length);
    assertThat(Delta.apply(pair.source, delta)).isEqualTo(pair.target);
    assertThat(delta.length).isLessThanOrEqualTo(pair.target.length + 30);
  }

  @Property(tries = 500)
  void aDamagedDeltaIsAnErrorOrMakesWhatItStates(
      @ForAll("pairs") Pair pair, @ForAll Random random) {
    byte[] delta = Delta.create(pair.source, pair.target);
    byte[] damaged =
        random.nextBoolean() ? Arrays.copyOf(delta, random.nextInt(delta.length)) : delta.clone();
    for (int i = random.nextInt(4); i > 0 && damaged.length > 0; i--) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(128);
    }
    try {
      byte[] target = Delta.apply(pair.source, damaged, 1 << 20);
      assertThat(target).hasSize(Delta.targetSize(damaged));
    } catch (MalformedContentException e) {
      assertThat(e).hasMessageStartingWith("delta");
    }
  }

  @Test
  void whatIsWrongIsSaidWithThePlace() {
    byte[] source = "0123456789".getBytes(StandardCharsets.US_ASCII);
    assertMalformed(source, "", "byte 0: target size: a number was expected");
    assertMalformed(source, "5", "byte 1: target size: the delta ends too early");
    assertMalformed(source, "5\n5@6,", "copy of 5 bytes from 6 is beyond a source of 10");
    assertMalformed(source, "5\n9:abc", "insert of 9 bytes is beyond the end of the delta");
    assertMalformed(source, "5\n6@0,0;", "commands make more than the stated 5 bytes");
    assertMalformed(source, "5\n4@0,0;", "commands make 4 of the stated 5 bytes");
    assertMalformed(source, "5\n5@0,0;", "checksum does not match");
    assertMalformed(source, "5\n5!", "unknown command '!'");
    assertMalformed(source, "~~~~~~~\n", "beyond 32 bits");
    assertMalformed(source, "3~~~~~\n", "beyond 1000000000");
    assertThatThrownBy(() -> Delta.apply(source, bytes("10\n"), 63))
        .isInstanceOf(MalformedContentException.class)
        .hasMessageContaining("target of 64 bytes is beyond the limit of 63");
  }

  @Test
  void aDeltaThatRepeatsItsSourceWithoutEndTakesNoMemory() {
    byte[] source = new byte[1 << 16];
    StringBuilder bomb = new StringBuilder("10000\n");
    bomb.append("G00@0,".repeat(100_000));
    assertMalformed(source, bomb.toString(), "commands make more than");
  }

  @Test
  void cFossilAppliesOurDeltasAndWeApplyIts(@TempDir Path directory) throws IOException {
    CFossil fossil = CFossil.orSkip(directory);
    long ours = 0;
    long theirs = 0;
    for (Pair pair : samples()) {
      Path source = Files.write(directory.resolve("source"), pair.source);
      Path target = Files.write(directory.resolve("target"), pair.target);
      byte[] mine = Delta.create(pair.source, pair.target);
      Path delta = Files.write(directory.resolve("delta"), mine);
      Path made = directory.resolve("made");
      fossil.run(
          directory, "test-delta-apply", source.toString(), delta.toString(), made.toString());
      assertThat(Files.readAllBytes(made)).isEqualTo(pair.target);

      fossil.run(
          directory, "test-delta-create", source.toString(), target.toString(), delta.toString());
      byte[] original = Files.readAllBytes(delta);
      assertThat(Delta.apply(pair.source, original)).isEqualTo(pair.target);
      assertThat((double) mine.length).isLessThanOrEqualTo(original.length * 1.05 + 16);
      ours += mine.length;
      theirs += original.length;
    }
    assertThat((double) ours).isLessThanOrEqualTo(theirs * 1.05);
  }

  private static List<Pair> samples() throws IOException {
    List<Pair> samples = new ArrayList<>();
    for (long seed = 1; seed <= 12; seed++) {
      samples.add(pair(seed, 5000 + (int) seed * 911, 2 + (int) seed));
    }
    // Takes real text and edits it the way people edit programs: drops, moves and changes lines.
    String text = Files.readString(Path.of("src/main/java/dev/hubkit/json/Json.java"));
    List<String> lines = new ArrayList<>(text.lines().toList());
    Random random = new Random(7);
    for (int edit = 0; edit < 12; edit++) {
      lines.remove(random.nextInt(lines.size()));
      lines.add(random.nextInt(lines.size()), "    // line " + random.nextInt());
      String moved = lines.remove(random.nextInt(lines.size()));
      lines.add(random.nextInt(lines.size()), moved.replace('e', 'E'));
      samples.add(new Pair(bytes(text), bytes(String.join("\n", lines))));
    }
    return samples;
  }

  private static void assertMalformed(byte[] source, String delta, String message) {
    assertThatThrownBy(() -> Delta.apply(source, bytes(delta)))
        .isInstanceOf(MalformedContentException.class)
        .hasMessageContaining(message);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
