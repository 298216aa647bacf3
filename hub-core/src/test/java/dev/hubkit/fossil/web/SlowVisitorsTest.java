package dev.hubkit.fossil.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.CFossil;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.http.RawHttpClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Hundreds of slow or silent visitors delay nobody else, nor the end of the server. */
@Timeout(180)
class SlowVisitorsTest {
  private static final int MANY = 300;
  private static final String HOST = "Host: a\r\n";
  private static final int LARGE = 600_000;
  private static final String SYNC =
      "POST / HTTP/1.1\r\n" + HOST + "Content-Type: application/x-fossil\r\n";

  @TempDir Path directory;
  private FossilRepository repository;
  private FossilServer server;
  private final List<RawHttpClient> held = new ArrayList<>();

  @BeforeEach
  void serve() throws IOException {
    repository =
        FossilRepository.create(
            directory.resolve("hub.fossil"),
            CreateOptions.withAdministrator("admin").openedToNobody());
    byte[] large = new byte[LARGE];
    new Random(7).nextBytes(large);
    repository.commit(
        new Commit("admin", "one large file").put("large.bin", FileContent.of(large)));
    server = FossilServer.start(repository, FossilServerOptions.defaults().withPort(0));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    repository.close();
    for (RawHttpClient client : held) {
      client.close();
    }
  }

  private void hold(String begin) throws IOException {
    for (int i = 0; i < MANY; i++) {
      held.add(RawHttpClient.to(server.port()).send(begin));
    }
  }

  private void othersAreServed() throws IOException {
    try (RawHttpClient client = RawHttpClient.to(server.port())) {
      for (int i = 0; i < 10; i++) {
        client.send("GET /timeline HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(client.readAnswer()).startsWith("HTTP/1.1 200 OK").contains("one large file");
      }
    }
    try (FossilClient client = FossilClient.of(URI.create(server.url()));
        FossilRepository clone = client.cloneTo(directory.resolve("clone.fossil"), "me")) {
      assertThat(clone.<String, RuntimeException>read(s -> s.projectCode()))
          .isEqualTo(repository.<String, RuntimeException>read(s -> s.projectCode()));
    }
  }

  private void closesInItsBound() {
    long begin = System.nanoTime();
    server.close();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
  }

  @Test
  void halfSentRequestsHoldNobodyUp() throws IOException {
    hold("GET /");
    othersAreServed();
    closesInItsBound();
  }

  @Test
  void stalledUploadsHoldNobodyUp() throws IOException {
    hold(SYNC + "Content-Length: 1000000\r\n\r\n" + "x".repeat(20_000));
    othersAreServed();
    closesInItsBound();
  }

  @Test
  void uploadsInChunksThatStallHoldNobodyUp() throws IOException {
    hold(SYNC + "Transfer-Encoding: chunked\r\n\r\n4000\r\n" + "x".repeat(0x3000));
    othersAreServed();
    closesInItsBound();
  }

  @Test
  void slowReadersOfATarballHoldNobodyUp() throws IOException {
    for (int i = 0; i < MANY; i++) {
      RawHttpClient reader = RawHttpClient.withSmallWindowTo(server.port());
      held.add(reader.send("GET /tarball/trunk/a.tar.gz HTTP/1.1\r\n" + HOST + "\r\n"));
    }
    // Each reader gets the beginning of its answer, though none before it has read to the end.
    for (RawHttpClient reader : held) {
      assertThat(reader.readHead()).startsWith("HTTP/1.1 200 OK");
    }
    othersAreServed();
    assertThat(held.get(0).readChunks()).hasSizeGreaterThan(LARGE);
    closesInItsBound();
  }

  @Test
  void theOriginalClonesBesideAllOfThem() throws IOException {
    CFossil fossil = CFossil.orSkip(directory);
    hold("GET /");
    hold(SYNC + "Content-Length: 1000000\r\n\r\nx");
    Path clone = directory.resolve("original.fossil");
    fossil.run(directory, "clone", server.url(), clone.toString());
    assertThat(clone).isRegularFile();
  }
}
