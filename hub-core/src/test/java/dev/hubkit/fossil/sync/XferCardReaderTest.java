package dev.hubkit.fossil.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.fossil.content.ArtifactName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XferCardReaderTest {
  private static final String SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
  private static final ArtifactName NAME = new ArtifactName(SHA1);
  private static final String SHA3 =
      "d78533d06882dc68edbe57fe6b6c65847b726633e97d4ccd823b5e0089f6aca8";

  @Test
  void readsWhatAClientOfFossilSendsWhenItPushes() throws IOException {
    String message =
        "login tester 0 1\n"
            + "pragma client-version 22100 20230226 192424\n"
            + ("pull " + SHA1 + " " + SHA1 + "\n")
            + ("push " + SHA1 + " " + SHA1 + "\n")
            + ("file " + SHA3 + " " + SHA1 + " 5\nabcde")
            + ("file " + SHA1 + " 0\n")
            + ("igot " + SHA3 + "\nigot " + SHA1 + " 1\n")
            + ("pragma ci-unlock " + SHA1 + "\n")
            + "# 129EB702\n";

    List<Card> cards = read(message);

    assertThat(cards).hasSize(10);
    assertThat(cards.get(0)).isEqualTo(new Card.Login("tester", "0", "1"));
    assertThat(cards.get(1))
        .isEqualTo(new Card.Pragma("client-version", List.of("22100", "20230226", "192424")));
    assertThat(cards.get(2)).isEqualTo(new Card.Pull(SHA1, SHA1));
    assertThat(cards.get(3)).isEqualTo(new Card.Push(SHA1, SHA1));
    Card.File file = (Card.File) cards.get(4);
    assertThat(file.name().hex()).isEqualTo(SHA3);
    assertThat(file.source()).isEqualTo(NAME);
    assertThat(file.content()).asString().isEqualTo("abcde");
    assertThat(((Card.File) cards.get(5)).content()).isEmpty();
    assertThat(cards.get(6)).isEqualTo(new Card.Igot(new ArtifactName(SHA3), false));
    assertThat(cards.get(7)).isEqualTo(new Card.Igot(NAME, true));
    assertThat(cards.get(9)).isEqualTo(new Card.Comment("129EB702"));
  }

  @Test
  void decodesTheTextOfErrorsAndMessages() throws IOException {
    assertThat(read("error not\\sauthorized\\sto\\swrite\nmessage a\\\\b\\nc\n"))
        .containsExactly(new Card.Failure("not authorized to write"), new Card.Message("a\\b\nc"));
  }

  @Test
  void readsCloneInItsThreeVersions() throws IOException {
    assertThat(read("clone\nclone 1\nclone 2 7\nclone 3 1\nclone 9 1\n"))
        .containsExactly(
            new Card.Clone(1, 0),
            new Card.Clone(1, 0),
            new Card.Clone(2, 7),
            new Card.Clone(3, 1),
            new Card.Clone(3, 1));
  }

  @Test
  void readsUnversionedFilesWithAndWithoutContent() throws IOException {
    List<Card> cards =
        read(
            ("uvfile a/b.txt 12 " + SHA1 + " 3 0\nabc")
                + "uvfile gone 13 - 0 1\n"
                + ("uvfile same 14 " + SHA1 + " 99 4\n")
                + "uvigot gone 13 - 0\n"
                + "uvgimme x\n");
    assertThat(((Card.UnversionedFile) cards.get(0)).content()).asString().isEqualTo("abc");
    assertThat(cards.get(1)).isEqualTo(new Card.UnversionedFile("gone", 13, null, 0, 1, null));
    assertThat(cards.get(2)).isEqualTo(new Card.UnversionedFile("same", 14, NAME, 99, 4, null));
    assertThat(cards.get(3)).isEqualTo(new Card.UnversionedIgot("gone", 13, null, 0));
    assertThat(cards.get(4)).isEqualTo(new Card.UnversionedGimme("x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file",
        "file " + SHA1,
        "file " + SHA1 + " -1",
        "file " + SHA1 + " 99999999999999999999",
        "file " + SHA1 + " 2147483648",
        "file " + SHA1 + " x 1",
        "file DA39A3EE5E6B4B0D3255BFEF95601890AFD80709 0",
        "file da39 0",
        "file " + SHA1 + " 7",
        "cfile " + SHA1 + " 7",
        "cfile " + SHA1 + " 7 1",
        "igot ../x",
        "gimme " + SHA1 + " x",
        "uvgimme ../../etc/passwd",
        "uvgimme /etc/passwd",
        "uvgimme a//b",
        "uvgimme a\\b",
        "uvfile x 1 " + SHA1 + " 3",
        "uvfile x -1 " + SHA1 + " 3 0",
        "pull a b",
        "clone 2 x",
        "clone_seqno -1",
        "login a b",
        "pragma",
        "config /user 10",
        "<html>",
      })
  void refusesMalformedCards(String line) {
    assertThatThrownBy(() -> read(line + "\n")).isInstanceOf(SyncProtocolException.class);
  }

  @Test
  void aLyingSizeCostsNoMoreMemoryThanTheBytesThatCome() {
    assertThatThrownBy(() -> read("file " + SHA1 + " 2147483647\nabc"))
        .isInstanceOf(SyncProtocolException.class)
        .hasMessageContaining("limit");
    byte[] message = ("file " + SHA1 + " 2147483647\nabc").getBytes(StandardCharsets.UTF_8);
    XferCardReader reader =
        new XferCardReader(new ByteArrayInputStream(message), Integer.MAX_VALUE);
    assertThatThrownBy(reader::next)
        .isInstanceOf(SyncProtocolException.class)
        .hasMessageContaining("ends");
  }

  @Test
  void refusesALineWithoutEnd() {
    assertThatThrownBy(() -> read("x".repeat(10 * XferCardReader.MAX_LINE)))
        .isInstanceOf(SyncProtocolException.class)
        .hasMessageContaining("line");
  }

  @Property(tries = 500)
  void whatIsWrittenIsRead(
      @ForAll("cards") List<Card> cards, @ForAll @IntRange(min = 1, max = 99) int step)
      throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    XferCardWriter writer = new XferCardWriter(message);
    for (Card card : cards) {
      writer.write(card);
    }
    assertThat(writer.written()).isEqualTo(message.size());

    XferCardReader reader =
        new XferCardReader(new SmallReads(message.toByteArray(), step), 1 << 20);
    for (Card card : cards) {
      assertThat(reader.next()).usingRecursiveComparison().isEqualTo(card);
    }
    assertThat(reader.next()).isNull();
    assertThat(reader.position()).isEqualTo(message.size());
  }

  @Property(tries = 500)
  void anyFormatCarriesAnyMessage(@ForAll byte[] message) throws IOException {
    MessageBuffer buffer = new MessageBuffer();
    buffer.write(message, 0, message.length);
    for (MessageFormat format : MessageFormat.values()) {
      assertThat(format.decode(buffer.encode(format).open(), 1 << 20).readAllBytes())
          .isEqualTo(message);
    }
  }

  @Property(tries = 2000)
  void damagedMessagesEndInCardsOrAnError(
      @ForAll("cards") List<Card> cards, @ForAll long seed, @ForAll boolean compressed)
      throws IOException {
    MessageBuffer message = new MessageBuffer();
    XferCardWriter writer = new XferCardWriter(message);
    for (Card card : cards) {
      writer.write(card);
    }
    MessageFormat format = compressed ? MessageFormat.COMPRESSED : MessageFormat.DEBUG;
    byte[] bytes = message.encode(format).open().readAllBytes();
    Random random = new Random(seed);
    for (int i = random.nextInt(4); i >= 0 && bytes.length > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    int length = random.nextBoolean() ? bytes.length : random.nextInt(bytes.length + 1);
    XferCardReader reader =
        new XferCardReader(
            format.decode(new ByteArrayInputStream(bytes, 0, length), 1 << 20), 1 << 20);
    try {
      for (Card card = reader.next(); card != null; card = reader.next()) {
        assertThat(reader.position()).isLessThanOrEqualTo(1 << 20);
      }
    } catch (SyncProtocolException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  @Test
  void aBombIsRefusedAtItsAnnouncedSizeAndAtItsRealOne() throws IOException {
    MessageBuffer zeros = new MessageBuffer();
    zeros.write(new byte[1 << 20], 0, 1 << 20);
    byte[] body = zeros.encode(MessageFormat.COMPRESSED).open().readAllBytes();
    assertThatThrownBy(() -> MessageFormat.COMPRESSED.decode(in(body), 1000).readAllBytes())
        .isInstanceOf(SyncProtocolException.class)
        .hasMessage("message is larger than 1000 bytes");
    body[1] = 0;
    body[2] = 1;
    assertThatThrownBy(() -> MessageFormat.COMPRESSED.decode(in(body), 1000).readAllBytes())
        .isInstanceOf(SyncProtocolException.class)
        .hasMessageContaining("more than the 256 bytes");
  }

  @Provide
  Arbitrary<List<Card>> cards() {
    Arbitrary<ArtifactName> hex = Arbitraries.of(NAME, new ArtifactName(SHA3));
    Arbitrary<@Nullable ArtifactName> maybeHex = hex.injectNull(0.5);
    Arbitrary<byte[]> content = Arbitraries.bytes().array(byte[].class).ofMaxSize(200);
    Arbitrary<Integer> number = Arbitraries.integers().between(0, Integer.MAX_VALUE);
    Arbitrary<Long> mtime = Arbitraries.longs().between(0, Long.MAX_VALUE);
    Arbitrary<String> text = Arbitraries.strings().withCharRange(' ', 'ÿ').ofMinLength(1);
    Arbitrary<String> word = Arbitraries.strings().alpha().numeric().ofMinLength(1).ofMaxLength(30);
    Arbitrary<String> path = word.list().ofMinSize(1).ofMaxSize(3).map(p -> String.join("/", p));
    return Arbitraries.<Card>oneOf(
            List.of(
                Combinators.combine(hex, maybeHex, content).as(Card.File::new),
                Combinators.combine(hex, maybeHex, number, content).as(Card.CompressedFile::new),
                Combinators.combine(path, mtime, content)
                    .as((p, m, c) -> new Card.UnversionedFile(p, m, NAME, c.length, 0, c)),
                Combinators.combine(hex, Arbitraries.of(true, false)).as(Card.Igot::new),
                hex.map(Card.Gimme::new),
                Combinators.combine(path, mtime, maybeHex, number).as(Card.UnversionedIgot::new),
                path.map(Card.UnversionedGimme::new),
                number.map(n -> new Card.Clone(3, n)),
                number.map(Card.CloneSequence::new),
                hex.map(h -> new Card.Push(h.hex(), SHA1)),
                Combinators.combine(text, hex).as((t, h) -> new Card.Login(t, h.hex(), SHA1)),
                word.map(Card.Cookie::new),
                Combinators.combine(word, content).as(Card.Config::new),
                Combinators.combine(word, word.list().ofMaxSize(4)).as(Card.Pragma::new),
                text.map(Card.Failure::new),
                text.map(Card.Message::new)))
        .list()
        .ofMaxSize(20);
  }

  private static List<Card> read(String message) throws IOException {
    XferCardReader reader = reader(message.getBytes(StandardCharsets.UTF_8));
    List<Card> cards = new ArrayList<>();
    for (Card card = reader.next(); card != null; card = reader.next()) {
      cards.add(card);
    }
    return cards;
  }

  private static XferCardReader reader(byte[] message) {
    return new XferCardReader(in(message), 1 << 20);
  }

  private static ByteArrayInputStream in(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  /** Hands out a few bytes at a time, as a network does. */
  private static final class SmallReads extends ByteArrayInputStream {
    private final int step;

    SmallReads(byte[] bytes, int step) {
      super(bytes);
      this.step = step;
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
      return super.read(target, offset, Math.min(step, length));
    }
  }
}
