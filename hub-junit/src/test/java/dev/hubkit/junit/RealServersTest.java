package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nats.NatsServerRunner;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same tests against a nats-server and a C fossil, configured as a user would do it. */
class RealServersTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Pattern LISTENING = Pattern.compile("TCP port (\\d+)");

  @TempDir Path directory;

  private static void assumeOnPath(String program) {
    boolean found =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
    assumeTrue(found, program + " is not on the PATH");
  }

  @WithHub
  @WithStream(name = "ORDERS", subjects = "orders.>", retention = WithStream.Retention.WORK_QUEUE)
  @WithConsumer(stream = "ORDERS", name = "kitchen", ackWait = "5s")
  @WithBucket(name = "prices")
  static class OfNats {
    @Test
    void runsAnywhere(
        HubResource hub,
        JetStream jetStream,
        JetStreamManagement management,
        @Bucket("prices") KeyValue prices)
        throws Exception {
      assertThat(hub.isExternal(Service.NATS)).isTrue();
      assertThat(hub.isExternal(Service.FOSSIL)).isFalse();
      assertThat(management.getStreamNames()).containsExactlyInAnyOrder("ORDERS", "KV_prices");
      jetStream.publish("orders.1", "soup".getBytes(UTF_8));
      JetStreamSubscription kitchen =
          jetStream.subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
      assertThat(kitchen.fetch(1, SOON)).hasSize(1);
      prices.put("tea", "2.50");
      assertThat(prices.get("tea").getValueAsString()).isEqualTo("2.50");
    }

    @Test
    @WithStream(name = "MORE")
    void declaresMore(JetStreamManagement management) throws Exception {
      assertThat(management.getStreamNames()).contains("ORDERS", "MORE");
    }

    @Test
    void cannotMoveTime(HubResource hub) {
      throw new AssertionError("not to be reached: " + hub.time());
    }

    @Test
    void cannotBreakIt(HubResource hub) {
      throw new AssertionError("not to be reached: " + hub.faults().open());
    }

    @Test
    void cannotLookInside(HubResource hub) {
      throw new AssertionError("not to be reached: " + hub.journal().tail());
    }
  }

  @Test
  void natsServer() throws Exception {
    assumeOnPath("nats-server");
    NatsServerRunner.setDefaultOutputLevel(Level.OFF);
    // Without a directory of its own, nats-server finds what others have left in its default one.
    List<String> store =
        List.of("jetstream {", "store_dir: \"" + directory.resolve("store") + "\"", "}");
    try (NatsServerRunner server = NatsServerRunner.builder().configInserts(store).build()) {
      TestRun run = TestRun.of(OfNats.class).with("hub.nats.url", server.getURI()).execute();
      assertThat(run.failures()).isEmpty();
      assertThat(run.succeeded()).isEqualTo(2);
      assertThat(run.skipReasons())
          .hasSize(3)
          .allMatch(reason -> reason.contains("Skipped against " + server.getURI()))
          .anyMatch(reason -> reason.contains("control of the server's time"))
          .anyMatch(reason -> reason.contains("a server that can be broken"))
          .anyMatch(reason -> reason.contains("a journal of what the server does"));
      Options options =
          new Options.Builder().server(server.getURI()).connectionTimeout(SOON).build();
      try (Connection nats = Nats.connect(options)) {
        assertThat(nats.jetStreamManagement().getStreamNames()).isEmpty();
      }
    }
  }

  @WithHub
  static class OfFossil {
    @Test
    void isServed(HubResource hub, Connection nats, @HubUrl(Service.FOSSIL) URI fossil)
        throws Exception {
      assertThat(hub.isExternal(Service.FOSSIL)).isTrue();
      assertThat(nats.getServerInfo().getPort()).isEqualTo(hub.natsPort());
      HttpResponse<String> page =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(fossil.resolve("/timeline")).build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body()).contains("initial empty check-in");
    }

    @Test
    @WithSeed(files = "a=b")
    void cannotBeSeeded() {
      throw new AssertionError("not to be reached");
    }
  }

  private ProcessBuilder fossil(String... arguments) {
    ProcessBuilder builder = new ProcessBuilder(arguments).directory(directory.toFile());
    builder.environment().put("USER", "tester");
    builder.environment().put("HOME", directory.toString());
    builder.environment().put("FOSSIL_HOME", directory.toString());
    return builder.redirectErrorStream(true);
  }

  @Test
  void cFossil() throws Exception {
    assumeOnPath("fossil");
    Process init =
        fossil("fossil", "init", "real.fossil")
            .redirectOutput(directory.resolve("init.txt").toFile())
            .start();
    assertThat(init.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Process server = fossil("fossil", "server", "--localhost", "real.fossil").start();
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(server.getInputStream(), UTF_8))) {
      Matcher port = LISTENING.matcher(said.readLine());
      assertThat(port.find()).isTrue();
      String url = "http://127.0.0.1:" + port.group(1) + "/";
      TestRun run = TestRun.of(OfFossil.class).with("hub.fossil.url", url).execute();
      assertThat(run.failures()).isEmpty();
      assertThat(run.succeeded()).isEqualTo(1);
      assertThat(run.skipReasons())
          .singleElement()
          .asString()
          .contains("Skipped against " + url, "a seeded repository");
    } finally {
      server.destroyForcibly();
      server.waitFor(20, TimeUnit.SECONDS);
    }
  }
}
