package dev.hubkit.fossil.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.http.RawHttpClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that has not logged in, and may not push without a login, can send only little. */
class UploadLimitTest {
  private static final String HEAD =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-fossil\r\nContent-Length: ";
  private static final int LARGE = 12 << 20;

  @TempDir Path directory;
  private FossilRepository repository;
  private FossilServer server;

  @BeforeEach
  void serve() throws IOException {
    repository =
        FossilRepository.create(
            directory.resolve("hub.fossil"), CreateOptions.withAdministrator("admin"));
    repository.write(
        transaction -> {
          transaction.setPassword("admin", "secret");
          return true;
        });
    repository.commit(new Commit("admin", "first").put("a.txt", FileContent.of(new byte[] {'a'})));
    server = FossilServer.start(repository, FossilServerOptions.defaults().withPort(0));
  }

  @AfterEach
  void stop() {
    server.close();
    repository.close();
  }

  private FossilClient client() {
    return FossilClient.of(URI.create(server.url()));
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(9).nextBytes(bytes);
    return bytes;
  }

  /** Packs a message into a body. */
  private static byte[] packed(byte[] message) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    packed.write(ByteBuffer.allocate(4).putInt(message.length).array());
    try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
      out.write(message);
    }
    return packed.toByteArray();
  }

  private static byte[] message(String cards, byte[] rest) {
    byte[] first = cards.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(first.length + rest.length).put(first).put(rest).array();
  }

  /** Sends {@code most} bytes of a body, or all of it, and returns the answer. */
  private String answerTo(byte[] body, int most) throws IOException {
    try (RawHttpClient client = RawHttpClient.to(server.port())) {
      client.send(HEAD + body.length + "\r\n\r\n");
      client.send(
          ByteBuffer.allocate(Math.min(most, body.length))
              .put(body, 0, Math.min(most, body.length))
              .array());
      return client.readAnswer();
    }
  }

  @Test
  void aGuestsLargeBodyIsRefusedBeforeMostOfItHasCome() throws IOException {
    byte[] body = packed(message("push a b\n", random(LARGE)));
    assertThat(answerTo(body, (2 << 20) + 1)).startsWith("HTTP/1.1 413 ");
    byte[] wrong = packed(message("login admin abc def\n", random(LARGE)));
    assertThat(answerTo(wrong, (2 << 20) + 1)).startsWith("HTTP/1.1 413 ");
    assertThat(answerTo(random(LARGE), (2 << 20) + 1)).startsWith("HTTP/1.1 413 ");
  }

  @Test
  void aGuestsSmallBodyDoesNotUnpackToALargeMessage() throws IOException {
    byte[] bomb = packed(message("push a b\n", new byte[64 << 20]));
    assertThat(bomb.length).isLessThan(2 << 20);
    assertThat(answerTo(bomb, bomb.length)).startsWith("HTTP/1.1 200 ").isNotEmpty();
    try (RawHttpClient client = RawHttpClient.to(server.port())) {
      byte[] plain = message("push a b\n", new byte[1 << 20]);
      client.send(HEAD.replace("x-fossil", "x-fossil-debug") + plain.length + "\r\n\r\n");
      client.send(plain);
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 200 ").contains("error ");
    }
  }

  @Test
  void aSignedCardLetsMuchCome() throws IOException {
    String project = repository.<String, RuntimeException>read(s -> s.projectCode());
    String secret = sha1(project + "/admin/secret");
    String nonce = sha1("any");
    String login = "login admin " + nonce + " " + sha1(nonce + secret) + "\n";
    byte[] body = packed(message(login, random(LARGE)));
    // The signature is not one of this message, which the server can see only when all of it is
    // here.
    assertThat(answerTo(body, body.length)).startsWith("HTTP/1.1 200 ");
  }

  private static String sha1(String text) {
    return ArtifactName.sha1(text.getBytes(StandardCharsets.UTF_8)).hex();
  }

  @Test
  void whoHasLoggedInPushesALargeFile() throws IOException {
    try (FossilClient client = client().loggedIn("admin", "secret");
        FossilRepository clone = client.cloneTo(directory.resolve("clone.fossil"), "admin")) {
      clone.commit(
          new Commit("admin", "a large one").put("large.bin", FileContent.of(random(LARGE))));
      client.push(clone);
      assertThat(
              repository.<Integer, RuntimeException>read(
                  s -> s.readFile(s.resolve("tip"), "large.bin").length))
          .isEqualTo(LARGE);
    }
  }

  @Test
  void aGuestIsToldThatItMayNotPush() throws IOException {
    try (FossilClient client = client();
        FossilRepository clone = client.cloneTo(directory.resolve("guest.fossil"), "me")) {
      clone.commit(new Commit("me", "a small one").put("b.txt", FileContent.of(new byte[1])));
      assertThatThrownBy(() -> client.push(clone)).hasMessageContaining("not authorized to write");
    }
  }
}
