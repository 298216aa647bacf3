package dev.hubkit.nats.snappy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FrameTest {
  @Property(tries = 200)
  void givesBackWhatWasWritten(
      @ForAll("contents") byte[] content,
      @ForAll @IntRange(min = 1, max = 5000) int piece,
      @ForAll FrameWriter.Level level)
      throws IOException {
    byte[] frames = compress(content, piece, level);
    assertThat(expand(frames, piece)).isEqualTo(content);
    assertThat(new FrameInputStream(new ByteArrayInputStream(frames)).readAllBytes())
        .isEqualTo(content);
  }

  @Provide
  Arbitrary<byte[]> contents() {
    return Arbitraries.integers()
        .between(0, 200_000)
        .flatMap(
            length ->
                Arbitraries.longs()
                    .flatMap(
                        seed ->
                            Arbitraries.integers()
                                .between(1, 256)
                                .map(letters -> content(length, seed, letters))));
  }

  // Text of few different letters repeats itself, text of many does not.
  private static byte[] content(int length, long seed, int letters) {
    Random random = new Random(seed);
    byte[] content = new byte[length];
    for (int i = 0; i < length; i++) {
      content[i] =
          i > 100 && random.nextInt(20) > 0
              ? content[i - 1 - random.nextInt(2) * 60]
              : (byte) random.nextInt(letters);
    }
    return content;
  }

  private static byte[] compress(byte[] content, int piece) {
    return compress(content, piece, FrameWriter.Level.FAST);
  }

  private static byte[] compress(byte[] content, int piece, FrameWriter.Level level) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out::write, level);
    for (int at = 0; at < content.length; at += piece) {
      writer.write(content, at, Math.min(piece, content.length - at));
    }
    writer.flush();
    return out.toByteArray();
  }

  private static byte[] expand(byte[] frames, int piece) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameReader reader = new FrameReader(out::write);
    for (int at = 0; at < frames.length; at += piece) {
      reader.write(frames, at, Math.min(piece, frames.length - at));
    }
    reader.finish();
    return out.toByteArray();
  }

  @Property(tries = 500)
  void survivesAnyInput(@ForAll byte[] garbage, @ForAll @IntRange(max = 400) int at) {
    byte[] frames =
        compress(
            "the quick brown fox the quick brown dog".repeat(9).getBytes(StandardCharsets.UTF_8),
            1000);
    byte[] damaged = frames.clone();
    for (int i = 0; i < garbage.length && at + i < damaged.length; i++) {
      damaged[at + i] = garbage[i];
    }
    try {
      expand(damaged, 100);
    } catch (FrameException e) {
      assertThat(e).hasMessageMatching("s2: .*");
    }
    try {
      new FrameInputStream(new ByteArrayInputStream(damaged)).readAllBytes();
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("s2: .*|the stream ends within a frame");
    }
  }

  @Test
  void readsRepeatedOffsetsOfS2() {
    // Four letters, a copy of four from four back, and repeats of 4, 8 + 1, and 256 + 4 + 2 more.
    byte[] block =
        HexFormat.of().parseHex("9b02" + "0c61626364" + "0104" + "0100" + "150001" + "19000200");
    assertThat(new String(SnappyBlock.expand(block, 0, block.length, 1000), StandardCharsets.UTF_8))
        .isEqualTo("abcd".repeat(71).substring(0, 283));
  }

  @Test
  void eachLevelMakesTextSmallerThanTheOneBefore() {
    StringBuilder text = new StringBuilder();
    Random random = new Random(7);
    for (int i = 0; i < 4000; i++) {
      text.append("order ").append(random.nextInt(300)).append(random.nextBoolean() ? " is" : "s");
    }
    byte[] content = text.toString().getBytes(StandardCharsets.UTF_8);
    int before = Integer.MAX_VALUE;
    for (FrameWriter.Level level : FrameWriter.Level.values()) {
      int size = compress(content, 1000, level).length;
      assertThat(size).as(level.name()).isLessThan(before);
      before = size;
    }
  }

  @Test
  void readsNoMoreOfAFrameThanItMayHave() {
    byte[] frames = compress(new byte[60_000], 1000);
    FrameInputStream limited = new FrameInputStream(new ByteArrayInputStream(frames));
    limited.limit(50_000);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(limited::readAllBytes)
        .withMessage("s2: decoded block is too large");
  }

  @Test
  void refusesWhatIsCutOff() {
    byte[] frames = compress(new byte[1000], 1000);
    assertThatExceptionOfType(FrameException.class)
        .isThrownBy(() -> expand(Arrays.copyOf(frames, frames.length - 1), 10))
        .withMessage("s2: corrupt input");
  }
}
