package dev.hubkit.fossil.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.CompressedBlob;
import dev.hubkit.fossil.content.Delta;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sends messages that no well-meaning client sends: each gets an error, and changes nothing in the
 * repository.
 */
class SyncServerTest {
  private static final int LARGEST_MESSAGE = 1 << 20;

  @TempDir Path directory;
  private FossilRepository repository;
  private SyncServer server;
  private String push;
  private List<String> before;

  @BeforeEach
  void create() throws IOException {
    repository =
        FossilRepository.create(
            directory.resolve("r.fossil"),
            CreateOptions.withAdministrator("admin").openedToNobody());
    repository.commit(new Commit("admin", "base").put("base.txt", FileContent.of("base\n")));
    server = new SyncServer(repository, LARGEST_MESSAGE);
    String code = repository.<String, RuntimeException>read(s -> s.projectCode());
    push = "pragma client-version 22100 20230226 192424\npush " + code + " " + code + "\n";
    before = state();
  }

  @AfterEach
  void close() {
    repository.close();
  }

  private List<String> state() {
    return repository.<List<String>, RuntimeException>read(
        s ->
            s.session()
                .list(
                    "SELECT 'blob '||rid||' '||size||' '||uuid FROM blob"
                        + " UNION ALL SELECT 'config '||name||' '||value FROM config"
                        + " UNION ALL SELECT 'user '||login||' '||cap FROM user"
                        + " UNION ALL SELECT 'from '||rcvid FROM rcvfrom"
                        + " UNION ALL SELECT 'phantom '||rid FROM phantom"
                        + " UNION ALL SELECT 'table '||name FROM sqlite_schema ORDER BY 1",
                    row -> row.text(1)));
  }

  private String answer(MessageFormat format, byte[] body) throws IOException {
    SyncReply reply = server.answer(format, new ByteArrayInputStream(body), "127.0.0.1");
    try (InputStream in = reply.format().decode(reply.open(), 1 << 26)) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private String answer(byte[]... parts) throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      message.write(part);
    }
    return answer(MessageFormat.DEBUG, message.toByteArray());
  }

  private String answer(String message) throws IOException {
    return answer(bytes(message));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void assertRefused(String answer, String error) {
    assertThat(answer).startsWith("error ").contains("errors 1\n");
    assertThat(CardText.decode(answer.lines().findFirst().orElse(""))).contains(error);
    assertThat(state()).isEqualTo(before);
  }

  private static byte[] file(String name, byte[] content) {
    return bytes(
        "file "
            + name
            + " "
            + content.length
            + "\n"
            + new String(content, StandardCharsets.ISO_8859_1));
  }

  private static byte[] file(ArtifactName name, byte[] content) {
    return file(name.hex(), content);
  }

  private static byte[] delta(ArtifactName name, ArtifactName source, byte[] delta)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new XferCardWriter(out).file(name.hex(), source.hex(), delta);
    return out.toByteArray();
  }

  @Test
  void anArtifactThatIsNotWhatItsNameSays() throws IOException {
    byte[] good = bytes("good content");
    byte[] bad = bytes("other content");
    assertRefused(
        answer(
            bytes(push), file(ArtifactName.sha3(good), good), file(ArtifactName.sha3(bad), good)),
        "wrong hash on received artifact");
  }

  @Test
  void aCompressedArtifactThatIsNotWhatItsNameSays() throws IOException {
    byte[] packed = CompressedBlob.pack(bytes("some content"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new XferCardWriter(out)
        .compressedFile(ArtifactName.sha3(bytes("other")).hex(), null, 12, packed);
    assertRefused(answer(bytes(push), out.toByteArray()), "does not hash to its name");
  }

  @Test
  void anArtifactWithAnImpossibleSize() throws IOException {
    byte[] bomb = CompressedBlob.pack(new byte[100_000]);
    bomb[0] = 0x3b;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new XferCardWriter(out)
        .compressedFile(ArtifactName.sha3(new byte[100_000]).hex(), null, 0x3b0186a0, bomb);
    assertRefused(answer(bytes(push), out.toByteArray()), "cannot hold");
  }

  @Test
  void deltasThatStandOnThemselves() throws IOException {
    ArtifactName one = ArtifactName.sha3(bytes("one"));
    ArtifactName two = ArtifactName.sha3(bytes("two"));
    byte[] delta = Delta.create(bytes("x".repeat(100)), bytes("x".repeat(120)));
    assertThat(answer(bytes(push), delta(one, one, delta))).contains("error ");
    assertThat(answer(bytes(push), delta(one, two, delta), delta(two, one, delta)))
        .contains("error ");
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void deltasThatLie() throws IOException {
    ArtifactName base = ArtifactName.sha3(bytes("base\n"));
    ArtifactName any = ArtifactName.sha3(bytes("any"));
    for (String delta :
        List.of("", "garbage", "zzzzzzz\n", "3~~~~\n9@0,0;", "5\n5@0,9;2Lk;", "1\n1:a0;", "A\n")) {
      assertThat(answer(bytes(push), delta(any, base, bytes(delta)))).startsWith("error ");
      assertThat(state()).isEqualTo(before);
    }
  }

  @Test
  void aFalseArtifactIsDroppedWhenItsBaseComesAndTheBaseIsKept() throws IOException {
    byte[] base = bytes("the base ".repeat(20));
    byte[] honest = bytes("the base ".repeat(20) + "and more");
    byte[] delta = Delta.create(base, honest);
    ArtifactName baseName = ArtifactName.sha3(base);
    ArtifactName lie = ArtifactName.sha3(bytes("a lie"));
    ArtifactName truth = ArtifactName.sha3(honest);
    String held = answer(bytes(push), delta(lie, baseName, delta), delta(truth, baseName, delta));
    assertThat(held).contains("gimme " + baseName);
    String filled = answer(bytes(push), file(baseName, base));
    assertThat(filled).doesNotContain("error ").contains("gimme " + lie);
    repository.read(
        s -> {
          assertThat(s.content().read(baseName)).isEqualTo(base);
          assertThat(s.content().read(truth)).isEqualTo(honest);
          assertThat(s.content().read(lie)).isNull();
          return true;
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file 0123 4\nabcd",
        "cfile x y z\n",
        "igot nothing\n",
        "uvfile ../../etc/passwd 1 da39a3ee5e6b4b0d3255bfef95601890afd80709 0 0\n",
        "uvgimme /etc/passwd\n",
        "frobnicate\n",
        "clone_seqno 4\n",
        "error nonsense\n",
        "login a b c\n",
        "config /user 100\nshort",
        "file da39a3ee5e6b4b0d3255bfef95601890afd80709 2000000000\nabc"
      })
  void malformedCardsAfterAGoodOne(String cards) throws IOException {
    byte[] good = bytes("good content");
    String answer = answer(bytes(push), file(ArtifactName.sha3(good), good), bytes("\n" + cards));
    assertThat(answer).startsWith("error ");
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void whatNeedsARightOrAnOrder() throws IOException {
    byte[] good = bytes("good content");
    assertRefused(answer(file(ArtifactName.sha3(good), good)), "not authorized to write");
    assertRefused(
        answer("config /config 40\n1 'project-name' value 'mine; DROP TABLE x'\n\n"),
        "not authorized to push configuration");
    assertRefused(answer("uvfile x 1 - 0 1\n"), "Write permissions");
    assertRefused(answer("pull " + "0".repeat(40) + " " + "0".repeat(40) + "\n"), "wrong project");
    assertRefused(answer("clone 3 0\n"), "invalid clone sequence number");
  }

  @Test
  void bodiesThatAreNotWhatTheyShouldBe() throws IOException {
    MessageBuffer message = new MessageBuffer();
    message.write(bytes(push), 0, push.length());
    byte[] body = message.encode(MessageFormat.COMPRESSED).open().readAllBytes();
    byte[] cut = java.util.Arrays.copyOf(body, body.length - 5);
    assertRefused(answer(MessageFormat.COMPRESSED, cut), "truncated");
    assertRefused(answer(MessageFormat.COMPRESSED, bytes("not zlib at all")), "larger than");
    byte[] lying = body.clone();
    lying[3] = (byte) (lying[3] - 5);
    assertRefused(answer(MessageFormat.COMPRESSED, lying), "more than");
    MessageBuffer bomb = new MessageBuffer();
    bomb.write(new byte[LARGEST_MESSAGE + 1], 0, LARGEST_MESSAGE + 1);
    assertRefused(
        answer(
            MessageFormat.COMPRESSED, bomb.encode(MessageFormat.COMPRESSED).open().readAllBytes()),
        "larger than");
    assertRefused(answer(MessageFormat.DEBUG, new byte[LARGEST_MESSAGE + 1]), "larger than");
  }

  @Test
  void randomDamageOfAGoodMessage() throws IOException {
    byte[] content = bytes("some content ".repeat(30));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes(push));
    XferCardWriter cards = new XferCardWriter(out);
    cards.file(ArtifactName.sha3(content).hex(), null, content);
    cards.igot(ArtifactName.sha3(bytes("x")).hex(), false);
    byte[] message = out.toByteArray();
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      byte[] damaged = message.clone();
      // Damages a byte before the content, so that the server stores either all of it or nothing.
      damaged[push.length() + random.nextInt(5)] = (byte) random.nextInt(256);
      String answer = answer(MessageFormat.DEBUG, damaged);
      if (answer.startsWith("error ")) {
        assertThat(state()).isEqualTo(before);
      } else {
        before = state();
      }
    }
  }

  @Test
  void aFullDiskInTheMiddleOfAPush() throws IOException {
    long pages =
        repository.<Long, RuntimeException>read(s -> s.session().number("PRAGMA page_count", 0));
    repository.update(t -> t.session().script("PRAGMA max_page_count=" + (pages + 20)));
    byte[] noise = new byte[400_000];
    new Random(1).nextBytes(noise);
    before = state();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes(push));
    new XferCardWriter(out).file(ArtifactName.sha3(noise).hex(), null, noise);
    assertRefused(answer(MessageFormat.DEBUG, out.toByteArray()), "full");
    repository.update(t -> t.session().script("PRAGMA max_page_count=1000000"));
    assertThat(answer(MessageFormat.DEBUG, out.toByteArray())).doesNotContain("error ");
  }
}
