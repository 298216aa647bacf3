package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams on an encrypted disk, with the right key and with others. */
class EncryptionTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String KEY = "the-first-key";

  @TempDir Path directory;

  private NatsOptions options(String block) throws IOException {
    Path file = directory.resolve("server.conf");
    Files.writeString(
        file,
        "listen: \"127.0.0.1:-1\"\nhttp: \"127.0.0.1:-1\"\njetstream { store_dir: \""
            + directory.resolve("store")
            + "\", "
            + block
            + " }\n");
    return NatsOptions.of(
        ConfigFile.read(file.toString(), name -> name.equals("JS_KEY") ? KEY : null));
  }

  private NatsServer start(String block) throws IOException {
    return NatsServer.start(options(block));
  }

  private static Connection connect(String url) throws Exception {
    return Nats.connect(io.nats.client.Options.builder().server(url).noReconnect().build());
  }

  /** Makes a stream with three messages and a consumer that has acknowledged one. */
  private static void fill(String url) throws Exception {
    try (Connection connection = connect(url)) {
      JetStreamManagement management = connection.jetStreamManagement();
      management.addStream(
          StreamConfiguration.builder()
              .name("S")
              .subjects("hidden.>")
              .description("privy")
              .build());
      management.addOrUpdateConsumer(
          "S", ConsumerConfiguration.builder().durable("C").description("discreet").build());
      JetStream jetStream = connection.jetStream();
      for (int i = 1; i <= 3; i++) {
        jetStream.publish(
            NatsMessage.builder()
                .subject("hidden." + i)
                .headers(new Headers().add("secret-name", "secret-value"))
                .data("confidential " + i)
                .build());
      }
      Message first = connection.getStreamContext("S").getConsumerContext("C").next(LIMIT);
      first.ackSync(LIMIT);
    }
  }

  /** Returns what a client sees of the stream. */
  private static List<String> look(String url, boolean withConsumer) throws Exception {
    List<String> seen = new ArrayList<>();
    try (Connection connection = connect(url)) {
      JetStreamManagement management = connection.jetStreamManagement();
      seen.add("streams " + management.getStreamNames());
      if (management.getStreamNames().isEmpty()) {
        try {
          management.addStream(StreamConfiguration.builder().name("S").subjects("other").build());
          seen.add("created");
        } catch (JetStreamApiException e) {
          seen.add(String.valueOf(e.getMessage()));
        }
        return seen;
      }
      for (int i = 1; i <= 3; i++) {
        seen.add(new String(management.getMessage("S", i).getData(), UTF_8));
      }
      if (withConsumer) {
        seen.add("acknowledged " + management.getConsumerInfo("S", "C").getAckFloor());
      }
    }
    return seen;
  }

  private List<String> look(String block) throws Exception {
    try (NatsServer server = start(block)) {
      return look(server.clientUrl(), true);
    }
  }

  private void requireNothingToRead() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("store"))) {
      List<Path> all = files.filter(Files::isRegularFile).toList();
      assertThat(all).hasSizeGreaterThan(4);
      for (Path file : all) {
        assertThat(new String(Files.readAllBytes(file), ISO_8859_1))
            .as("%s", file)
            .doesNotContain("hidden", "confidential", "secret", "privy", "discreet", KEY);
      }
    }
  }

  @Test
  void keepsStreamsThatOnlyTheRightKeyOpens() throws Exception {
    try (NatsServer server = start("key: $JS_KEY, cipher: aes")) {
      fill(server.clientUrl());
    }
    requireNothingToRead();
    List<String> wrong = look("key: \"another key\"");
    assertThat(wrong.get(0)).isEqualTo("streams []");
    assertThat(wrong.get(1)).startsWith("error creating store for stream");
    assertThat(look("domain: \"\"")).isEqualTo(wrong);
    List<String> right = look("key: $JS_KEY, cipher: aes");
    assertThat(right).contains("confidential 1", "confidential 3").hasSize(5);
    assertThat(look("ek: k2, prev_ek: $JS_KEY, cipher: chacha")).isEqualTo(right);
    requireNothingToRead();
    assertThat(look("encryption_key: k2")).isEqualTo(right);
    assertThat(look("key: $JS_KEY")).isEqualTo(wrong);
  }

  @Test
  void encryptsWhatWasNotEncrypted() throws Exception {
    try (NatsServer server = start("domain: \"\"")) {
      fill(server.clientUrl());
    }
    List<String> before = look("domain: \"\"");
    assertThat(look("key: $JS_KEY")).isEqualTo(before);
    requireNothingToRead();
    assertThat(look("key: $JS_KEY")).isEqualTo(before);
  }

  @Test
  void tellsNobodyTheKey() throws Exception {
    StringBuilder logged = new StringBuilder();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            synchronized (logged) {
              logged
                  .append(entry.getMessage())
                  .append(
                      List.of(
                          entry.getParameters() == null ? new Object[0] : entry.getParameters()))
                  .append('\n');
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("dev.hubkit");
    logger.addHandler(handler);
    try (NatsServer server = start("key: $JS_KEY, prev_key: $JS_KEY")) {
      fill(server.clientUrl());
      HttpClient http = HttpClient.newHttpClient();
      for (String page : List.of("varz", "jsz?config=1&streams=1&consumers=1", "healthz")) {
        URI uri = URI.create("http://127.0.0.1:" + server.monitorPort() + "/" + page);
        assertThat(http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body())
            .doesNotContain(KEY);
      }
      assertThat(server.options().config().get(Options.JETSTREAM_ENCRYPTION).toString())
          .doesNotContain(KEY);
      for (String change :
          List.of("prev_key: $JS_KEY, key: other", "key: $JS_KEY, prev_key: other")) {
        assertThatThrownBy(() -> server.reload(options(change)))
            .hasMessageContaining("config reload not supported for JetStream")
            .hasMessageContaining("Key: old=[REDACTED], new=[REDACTED]");
      }
      assertThatThrownBy(
              () -> server.reload(options("key: $JS_KEY, prev_key: $JS_KEY, cipher: aes")))
          .hasMessage(
              "config reload not supported for JetStreamCipher: old=ChaCha20-Poly1305, new=AES-GCM");
      server.reload(options("key: $JS_KEY, prev_key: $JS_KEY, cipher: chachapoly"));
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(logged.toString()).doesNotContain(KEY);
  }

  /** What happens to the files of a server while it does not run, told to both. */
  private interface Mishap {
    void befall(Path streams, String meta) throws IOException;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static String health(int port) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + "/healthz");
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body().strip();
  }

  @Test
  @ComparedWithNatsServer
  void takesForeignAndDamagedFilesAsTheRealServer() throws Exception {
    List<Mishap> mishaps =
        List.of(
            (streams, meta) -> copy(streams.resolve("S"), streams.resolve("T")),
            (streams, meta) ->
                Files.write(
                    streams.resolve("S").resolve(meta),
                    Arrays.copyOf(Files.readAllBytes(streams.resolve("S").resolve(meta)), 10)),
            (streams, meta) -> Files.delete(streams.resolve("S").resolve(meta)));
    String block = "key: a, cipher: aes";
    for (int i = 0; i < mishaps.size(); i++) {
      List<String> ours = new ArrayList<>();
      List<String> theirs = new ArrayList<>();
      Path real = Files.createDirectories(directory.resolve("real-" + i));
      Path file = real.resolve("real.conf");
      Path store = directory.resolve("theirs-" + i);
      Files.writeString(
          file,
          "http: \"127.0.0.1:-1\"\njetstream { store_dir: \"" + store + "\", " + block + " }\n");
      try (NatsServer server = start(block);
          NatsServerProcess other = NatsServerProcess.start(real, "-c", file.toString())) {
        fill(server.clientUrl());
        fill("nats://127.0.0.1:" + other.port());
      }
      Path streams = Path.of("jetstream", "$G", "streams");
      mishaps.get(i).befall(directory.resolve("store").resolve(streams), "meta");
      mishaps.get(i).befall(store.resolve(streams), "meta.key");
      Path again = Files.createDirectories(real.resolve("again"));
      try (NatsServer server = start(block);
          NatsServerProcess other = NatsServerProcess.start(again, "-c", file.toString())) {
        ours.add(health(server.monitorPort()));
        theirs.add(health(other.monitorPort()));
        if (i != 1) { // when a stream is created over a short key, nats-server 2.15.3 panics
          ours.addAll(look(server.clientUrl(), false));
          theirs.addAll(look("nats://127.0.0.1:" + other.port(), false));
        } else {
          assertThat(look(server.clientUrl(), false)).contains("created");
        }
      }
      assertThat(ours).as("mishap %s", i).isEqualTo(theirs);
      Files.move(directory.resolve("store"), directory.resolve("ours-" + i));
    }
  }

  @Test
  @ComparedWithNatsServer
  void answersAsTheRealServer() throws Exception {
    List<String> blocks =
        List.of(
            "key: a, cipher: aes",
            "key: b",
            "domain: \"\"",
            "key: c, prev_key: a, cipher: chacha",
            "key: c, cipher: aes");
    List<List<String>> ours = new ArrayList<>();
    List<List<String>> theirs = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      try (NatsServer server = start(blocks.get(i))) {
        if (i == 0) {
          fill(server.clientUrl());
        }
        ours.add(look(server.clientUrl(), false));
      }
      Path real = Files.createDirectories(directory.resolve("real-" + i));
      Path file = real.resolve("real.conf");
      String block =
          "jetstream { store_dir: \""
              + directory.resolve("theirs")
              + "\", "
              + blocks.get(i)
              + " }\n";
      Files.writeString(file, block);
      try (NatsServerProcess server = NatsServerProcess.start(real, "-c", file.toString())) {
        if (i == 0) {
          fill("nats://127.0.0.1:" + server.port());
        }
        // It loses the consumers when the key changes.
        theirs.add(look("nats://127.0.0.1:" + server.port(), false));
      }
    }
    assertThat(ours).isEqualTo(theirs);
  }
}
