package dev.hubkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.Backend;
import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.fixture.Fixture;
import dev.hubkit.fixture.RecordedMessage;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What {@code hub record} takes from a Hub and from a nats-server, and what it leaves. */
@Timeout(120)
class RecordCommandTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path home;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private @Nullable AutoCloseable server;
  private Path file;

  @BeforeEach
  void prepare() {
    file = home.resolve("orders.hub");
  }

  @AfterEach
  void end() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  /** Starts Hub's server or a real one, and returns its URL. */
  private String start(boolean real, String... arguments) throws Exception {
    if (real) {
      Assumptions.assumeTrue(Shell.has("nats-server"), "nats-server is not installed");
      RealServer started = new RealServer(home, arguments);
      server = started;
      return started.url;
    }
    Hub hub =
        Hub.start(
            Files.createDirectory(home.resolve("root")),
            HubOptions.forTests().toBuilder().fossil(Backend.off()).build());
    server = hub;
    return hub.natsUrl();
  }

  /** A real nats-server on a free port. */
  private static final class RealServer implements AutoCloseable {
    private static final Pattern PORT = Pattern.compile("\"nats://[^\"]*:(\\d+)\"");
    private final Process process;
    private final String url;

    RealServer(Path home, String... arguments) throws IOException {
      Path ports = Files.createDirectory(home.resolve("ports"));
      List<String> command =
          new ArrayList<>(
              List.of("nats-server", "-a", "127.0.0.1", "-js", "-sd", home.resolve("sd") + ""));
      command.addAll(List.of(arguments));
      if (!command.contains("-p")) {
        command.addAll(List.of("-p", "-1"));
      }
      command.addAll(List.of("--ports_file_dir", ports.toString()));
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(home.resolve("nats-server.log").toFile())
              .start();
      url = "nats://127.0.0.1:" + await().atMost(SOON).until(() -> port(ports), port -> port > 0);
    }

    private static int port(Path directory) throws IOException {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path each : files.toList()) {
          Matcher port = PORT.matcher(Files.readString(each));
          if (port.find()) {
            return Integer.parseInt(port.group(1));
          }
        }
      }
      return 0;
    }

    @Override
    public void close() throws Exception {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("record"));
    all.addAll(List.of(arguments));
    String[] line = all.toArray(String[]::new);
    CommandLine command = HubCommand.commandLine(line);
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(line);
  }

  private CompletableFuture<Integer> begin(String... arguments) {
    CompletableFuture<Integer> running = CompletableFuture.supplyAsync(() -> run(arguments));
    await().atMost(SOON).until(() -> running.isDone() || out.toString().contains("recording"));
    return running;
  }

  // A machine that starts many JVMs at once is slow at first.
  private static Connection connect(String url) throws IOException, InterruptedException {
    return Nats.connect(Options.builder().server(url).connectionTimeout(SOON).build());
  }

  private static void fill(Connection nats, StorageType storage) throws Exception {
    JetStreamManagement streams = nats.jetStreamManagement();
    JetStream jetStream = nats.jetStream();
    streams.addStream(
        StreamConfiguration.builder()
            .name("ORDERS")
            .subjects("orders.>")
            .storageType(storage)
            .build());
    for (int i = 1; i <= 5; i++) {
      jetStream.publish(
          "orders." + i, new Headers().put("Table", "" + i), ("order " + i).getBytes(UTF_8));
    }
    streams.deleteMessage("ORDERS", 1);
    streams.deleteMessage("ORDERS", 3);
    streams.addOrUpdateConsumer(
        "ORDERS", ConsumerConfiguration.builder().durable("kitchen").build());
    JetStreamSubscription kitchen =
        jetStream.subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
    List<Message> fetched = kitchen.fetch(2, SOON);
    fetched.get(0).ackSync(SOON);
    nats.keyValueManagement()
        .create(KeyValueConfiguration.builder("prices").storageType(storage).build());
    nats.keyValue("prices").put("tea", "2");
  }

  private static List<String> contents(Connection nats) throws Exception {
    JetStreamManagement streams = nats.jetStreamManagement();
    List<String> found = new ArrayList<>();
    for (int sequence = 1; sequence <= 5; sequence++) {
      if (sequence != 1 && sequence != 3) {
        MessageInfo each = streams.getMessage("ORDERS", sequence);
        found.add(
            each.getSeq()
                + " "
                + each.getTime()
                + " "
                + each.getSubject()
                + " "
                + each.getHeaders().getFirst("Table")
                + " "
                + new String(each.getData(), UTF_8));
      }
    }
    found.add(streams.getStreamInfo("ORDERS").getStreamState().getDeletedCount() + " deleted");
    ConsumerInfo kitchen = streams.getConsumerInfo("ORDERS", "kitchen");
    found.add(
        kitchen.getDelivered().getStreamSequence()
            + " "
            + kitchen.getAckFloor().getStreamSequence()
            + " "
            + kitchen.getNumAckPending()
            + " "
            + kitchen.getNumPending());
    found.add(nats.keyValue("prices").get("tea").getValueAsString());
    return found;
  }

  private void restoresWhatIt(String url, StorageType storage) throws Exception {
    List<String> original;
    try (Connection nats = connect(url)) {
      fill(nats, storage);
      original = contents(nats);
    }
    int status = run(url, "--streams", "*", "-o", file.toString());
    assertThat(status).as(err.toString()).isZero();
    assertThat(out.toString()).contains("orders.hub has 2 streams with 4 messages");
    try (Hub hub =
        Hub.start(
            Files.createDirectory(home.resolve("other")),
            HubOptions.forTests().toBuilder().fossil(Backend.off()).build())) {
      hub.rewind(Fixture.load(file).state().orElseThrow());
      try (Connection nats = connect(hub.natsUrl())) {
        assertThat(contents(nats)).isEqualTo(original);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void recordsStreams(boolean real) throws Exception {
    restoresWhatIt(start(real), StorageType.File);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void recordsStreamsInMemory() throws Exception {
    restoresWhatIt(start(true), StorageType.Memory);
    assertThat(out.toString()).contains("orders.hub has 2 streams with 4 messages");
  }

  @Test
  void recordsStreamsThatItMayNotBackUp() throws Exception {
    Path config =
        Files.writeString(
            home.resolve("limited.conf"),
            "authorization: {users: [{user: shop, password: pw, permissions: {publish:"
                + " {deny: \"$JS.API.STREAM.SNAPSHOT.>\"}}}]}");
    String url = start(true, "-c", config.toString());
    restoresWhatIt(url.replace("//", "//shop:pw@"), StorageType.File);
    assertThat(err.toString())
        .contains("no backup of stream ORDERS", "Permissions Violation")
        .contains("counts as not acknowledged");
  }

  @Test
  void logsInWithAKey() throws Exception {
    Path config =
        Files.writeString(
            home.resolve("key.conf"),
            "authorization: {users: [{nkey:"
                + " UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4}]}");
    Path seed =
        Files.writeString(
            home.resolve("seed.txt"),
            "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY\n");
    String url = start(true, "-c", config.toString());
    String[] rest = {"--subject", "x", "--for", "1ms", "-o", file.toString()};
    assertThat(run(with(url, rest))).isEqualTo(5);
    List<String> all = new ArrayList<>(List.of(rest));
    all.addAll(List.of("--nkey", seed.toString()));
    assertThat(run(with(url, all.toArray(String[]::new)))).as(err.toString()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void recordsTraffic(boolean real) throws Exception {
    String url = start(real);
    CompletableFuture<Integer> running =
        begin(url, "--subject", "orders.>", "--max-messages", "3", "-o", file.toString());
    try (Connection nats = connect(url)) {
      nats.publish("orders.1", "replies", new Headers().add("Table", "7", "8"), bytes("soup"));
      nats.publish("others", bytes("not wanted"));
      nats.publish("orders.2", new byte[] {-1, 0});
      nats.publish("orders.3", new byte[0]);
      nats.flush(SOON);
      assertThat(running.get(60, TimeUnit.SECONDS)).as(err.toString()).isZero();
    }
    assertThat(out.toString()).contains("3 recorded messages (--max-messages is reached)");
    List<RecordedMessage> messages = Fixture.load(file).messages();
    assertThat(messages)
        .extracting(RecordedMessage::subject)
        .containsExactly("orders.1", "orders.2", "orders.3");
    assertThat(messages.get(0).reply()).contains("replies");
    assertThat(messages.get(0).headers()).containsEntry("Table", List.of("7", "8"));
    assertThat(messages.get(0).text()).isEqualTo("soup");
    assertThat(messages.get(1).payload()).containsExactly(0xff, 0);
    try (Stream<Path> left = Files.list(home)) {
      assertThat(left.filter(each -> each.toString().endsWith(".part"))).isEmpty();
    }
  }

  @Test
  void asSoonAsItIsAskedToEndTheFileIsComplete() throws Exception {
    String url = start(false);
    List<String> command = new ArrayList<>(Shell.hubCommand());
    command.addAll(List.of("record", url, "--subject", "orders.>", "-o", file.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(home.resolve("errors").toFile()).start();
    try (BufferedReader output = process.inputReader();
        Connection nats = connect(url)) {
      assertThat(output.readLine()).isEqualTo("hub: recording orders.>; Ctrl-C ends it");
      nats.publish("orders.1", bytes("soup"));
      nats.flush(SOON);
      // Unlike Process.destroy, this leaves the output open.
      assertThat(process.toHandle().destroy()).isTrue();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(output.readLine()).endsWith("and 1 recorded message (stopped)");
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
    assertThat(home.resolve("errors")).isEmptyFile();
    assertThat(Fixture.load(file).messages())
        .extracting(RecordedMessage::text)
        .containsExactly("soup");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** What is published while streams are recorded is in their state or in the traffic, once. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingIsMissingOrTwice(boolean real) throws Exception {
    String url = start(real);
    try (Connection nats = connect(url)) {
      nats.jetStreamManagement()
          .addStream(StreamConfiguration.builder().name("TICKS").subjects("ticks").build());
      JetStream jetStream = nats.jetStream();
      for (int i = 0; i < 20; i++) {
        jetStream.publish("ticks", bytes("tick " + i));
      }
      CompletableFuture<Integer> running =
          CompletableFuture.supplyAsync(
              () ->
                  run(
                      url,
                      "--subject",
                      "ticks",
                      "--streams",
                      "TICKS",
                      "-o",
                      file.toString(),
                      "--max-messages",
                      "50"));
      int published = 20;
      while (!running.isDone()) {
        jetStream.publish("ticks", bytes("tick " + published++));
      }
      assertThat(running.get()).as(err.toString()).isZero();
    }
    Fixture fixture = Fixture.load(file);
    List<String> all = new ArrayList<>();
    try (Hub hub =
            Hub.start(
                Files.createDirectory(home.resolve("other")),
                HubOptions.forTests().toBuilder().fossil(Backend.off()).build());
        Connection nats = connect(hub.natsUrl())) {
      hub.rewind(fixture.state().orElseThrow());
      JetStreamManagement streams = nats.jetStreamManagement();
      long last = streams.getStreamInfo("TICKS").getStreamState().getLastSequence();
      for (long sequence = 1; sequence <= last; sequence++) {
        all.add(new String(streams.getMessage("TICKS", sequence).getData(), UTF_8));
      }
    }
    fixture.messages().forEach(message -> all.add(message.text()));
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      expected.add("tick " + i);
    }
    assertThat(all).isEqualTo(expected).hasSizeGreaterThanOrEqualTo(40);
  }

  @Test
  void aLostConnectionIsAGap() throws Exception {
    String url = start(true);
    String port = url.substring(url.lastIndexOf(':') + 1);
    CompletableFuture<Integer> running =
        begin(url, "--subject", ">", "--max-messages", "2", "-o", file.toString());
    try (Connection nats = connect(url)) {
      nats.publish("before", null);
      nats.flush(SOON);
    }
    server.close();
    await().atMost(SOON).until(() -> err.toString().contains("the connection is lost"));
    server = null;
    Path again = Files.createDirectory(home.resolve("again"));
    server = new RealServer(again, "-p", port);
    await().atMost(SOON).until(() -> err.toString().contains("connected again"));
    try (Connection nats = connect(url)) {
      nats.publish("after", null);
      nats.flush(SOON);
    }
    assertThat(running.get(60, TimeUnit.SECONDS)).as(err.toString()).isZero();
    assertThat(out.toString()).contains("messages may be missing in 1 gap");
    Fixture fixture = Fixture.load(file);
    assertThat(fixture.messages())
        .extracting(RecordedMessage::subject)
        .containsExactly("before", "after");
    assertThat(fixture.info().gaps())
        .singleElement()
        .satisfies(
            gap -> {
              assertThat(gap.reason()).contains("the connection was lost");
              assertThat(gap.length()).isPositive();
            });
  }

  @Test
  void replacesSecretsInStreamsAndMessages() throws Exception {
    String url = start(false);
    Path rules =
        Files.writeString(home.resolve("rules"), "# what is private\njson $.card.number\n");
    String card = "{\"card\":{\"number\":\"4111111111111111\"},\"password\":\"hush\"}";
    CompletableFuture<Integer> running;
    try (Connection nats = connect(url)) {
      nats.jetStreamManagement()
          .addStream(StreamConfiguration.builder().name("USERS").subjects("users.>").build());
      nats.jetStream()
          .publish("users.ann.card", new Headers().put("Authorization", "b"), bytes(card));
      running =
          CompletableFuture.supplyAsync(
              () ->
                  run(
                      url,
                      "--subject",
                      "users.>",
                      "--streams",
                      "USERS",
                      "--max-messages",
                      "1",
                      "--redactions",
                      rules.toString(),
                      "--redact-header",
                      "authorization",
                      "--redact-token",
                      "users.*.card",
                      "-o",
                      file.toString()));
      while (!running.isDone()) {
        nats.publish("users.ann.card", bytes(card));
        nats.flush(SOON);
      }
      assertThat(running.get()).as(err.toString()).isZero();
    }
    assertThat(err.toString())
        .contains(
            "hub: this looks like a secret: a value with a name of secrets in $.password of"
                + " messages on users.*.card")
        .doesNotContain("hush")
        .doesNotContain("payment");
    Fixture fixture = Fixture.load(file);
    assertThat(fixture.info().redactions())
        .containsExactly("json $.card.number", "header authorization", "token users.*.card");
    RecordedMessage message = fixture.messages().get(0);
    assertThat(message.subject()).matches("users\\.redacted-\\w{12}\\.card");
    assertThat(message.text()).contains("redacted-").doesNotContain("4111");
    try (Hub hub =
            Hub.start(
                Files.createDirectory(home.resolve("other")),
                HubOptions.forTests().toBuilder().fossil(Backend.off()).build());
        Connection nats = connect(hub.natsUrl())) {
      hub.rewind(fixture.state().orElseThrow());
      MessageInfo stored = nats.jetStreamManagement().getMessage("USERS", 1);
      assertThat(stored.getSubject()).isEqualTo(message.subject());
      assertThat(stored.getData()).asString(UTF_8).isEqualTo(message.text());
      assertThat(stored.getHeaders().getFirst("Authorization")).startsWith("redacted-");
    }
  }

  @Test
  void logsInWithAPassword() throws Exception {
    String url = start(true, "--user", "shop", "--pass", "a b");
    String[] rest = {"--subject", "x", "--for", "1ms", "-o", file.toString()};
    assertThat(run(with(url.replace("//", "//shop:a%20b@"), rest))).as(err.toString()).isZero();
    assertThat(Fixture.load(file).info().source()).isEqualTo(url.substring("nats://".length()));
    assertThat(run(with(url.replace("//", "//shop:wrong@"), rest))).isEqualTo(5);
    assertThat(err.toString())
        .contains("refuses the login", "--creds or --nkey")
        .doesNotContain("wrong");
  }

  private static String[] with(String url, String... rest) {
    List<String> all = new ArrayList<>(List.of(url));
    all.addAll(List.of(rest));
    return all.toArray(String[]::new);
  }

  @Test
  void wrongOptionsAreRefused() {
    String output = file.toString();
    assertThat(run("nats://127.0.0.1", "-o", output)).isEqualTo(2);
    assertThat(run("http://127.0.0.1", "--subject", "a", "-o", output)).isEqualTo(2);
    assertThat(run("nats://127.0.0.1", "--subject", "a b", "-o", output)).isEqualTo(2);
    assertThat(run("nats://127.0.0.1", "--subject", "a", "--for", "10", "-o", output)).isEqualTo(2);
    assertThat(run("nats://127.0.0.1", "--subject", "a")).isEqualTo(2);
    assertThat(run("nats://h", "--subject", "a", "-o", output, "--redact-json", "a")).isEqualTo(2);
    assertThat(err.toString())
        .contains("\"a\" is not a path: write it as $.card.number")
        .contains("say what to record")
        .contains("is not the URL of a server")
        .contains("--subject a b is not a subject")
        .contains("write it as 90s, 10m or 1h30m")
        .contains("'--output=FILE'");
  }
}
