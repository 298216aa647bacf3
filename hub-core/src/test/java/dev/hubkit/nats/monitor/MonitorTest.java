package dev.hubkit.nats.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.FixedPort;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.JsonShape;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.PatientClient;
import dev.hubkit.nats.config.ConfigFile;
import io.nats.client.Connection;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MonitorTest {
  private static final List<String> PAGES =
      List.of(
          "varz",
          "connz",
          "connz?subs=1&auth=1",
          "connz?subs=detail&state=all",
          "subsz",
          "subsz?subs=1",
          "accountz",
          "accountz?acc=$G",
          "accstatz",
          "accstatz?unused=1",
          "jsz",
          "jsz?accounts=1&streams=1&consumers=1&config=1",
          "healthz",
          "healthz?js-enabled-only=1",
          "routez",
          "leafz",
          "gatewayz");

  // The pages whose answers are the same to the letter.
  private static final List<String> HEALTH_AND_MISTAKES =
      List.of(
          "healthz?js-enabled=true",
          "healthz?js-server-only=true",
          "healthz?js-meta-only=true",
          "healthz?details=true",
          "healthz?details=maybe",
          "healthz?account=%24G",
          "healthz?account=none",
          "healthz?stream=S",
          "healthz?account=%24G&stream=S",
          "healthz?account=%24G&stream=none",
          "healthz?account=%24G&stream=S&consumer=C",
          "healthz?account=%24G&stream=S&consumer=c",
          "healthz?account=%24G&consumer=C",
          "healthz?details=true&account=none",
          "healthz?details=true&account=%24G&stream=none",
          "healthz?details=1&account=%24G&stream=S&consumer=c",
          "connz?subs=maybe",
          "connz?offset=x",
          "connz?state=what",
          "connz?sort=nothing",
          "connz?cid=x",
          "connz?cid=-1",
          "accountz?acc=none",
          "leafz?subs=x",
          "healthz?js-enabled=x",
          "healthz?js-enabled-only=x",
          "healthz?js-server-only=x",
          "healthz?js-meta-only=x",
          "healthz?callback=f",
          "raftz");

  // The fields of the real server about parts that Hub does not have, or about a single run.
  private static final List<String> NOT_COMPARED =
      List.of(
          ".account_detail.imports",
          ".cluster.leader",
          ".subscriptions_list_detail[].account",
          ".subscriptions_list_detail[].account_tag");

  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir Path directory;

  private NatsServer start(String more) throws IOException {
    Path file = directory.resolve("server.conf");
    Files.writeString(
        file,
        "port: -1\nhttp: \"127.0.0.1:-1\"\njetstream { store_dir: \""
            + directory.resolve("hub")
            + "\" }\n"
            + more);
    return NatsServer.start(NatsOptions.of(ConfigFile.read(file.toString(), name -> null)));
  }

  @Test
  void remembersAsManyClosedClientsAsConfigured() throws Exception {
    try (NatsServer server = start("max_closed_clients: 2\n")) {
      for (int i = 0; i < 4; i++) {
        PatientClient.connect(server.clientUrl()).close();
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                JsonObject closed =
                    Json.parseObject(get(server.monitorPort(), "connz?state=closed").body());
                assertThat(closed.objects("connections"))
                    .extracting(client -> client.integer("cid", 0))
                    .hasSize(2)
                    .contains(4L);
              });
    }
  }

  private HttpResponse<String> get(int port, String page) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + page)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static Connection use(String url) throws Exception {
    Connection connection = PatientClient.connect(url);
    connection.subscribe("foo.>");
    connection.publish("foo.a", "hello".getBytes(StandardCharsets.UTF_8));
    connection
        .jetStreamManagement()
        .addStream(StreamConfiguration.builder().name("S").subjects("s").build());
    connection
        .jetStreamManagement()
        .addOrUpdateConsumer("S", ConsumerConfiguration.builder().durable("C").build());
    connection.flush(Duration.ofSeconds(5));
    return connection;
  }

  @Test
  @ComparedWithNatsServer
  void answersInTheFieldsOfTheRealServer() throws Exception {
    int freePort = FixedPort.free();
    try (NatsServerProcess real =
            NatsServerProcess.start(
                Files.createDirectory(directory.resolve("real")),
                "-m",
                Integer.toString(freePort),
                "-js",
                "-sd",
                directory.resolve("real").toString());
        NatsServer hub = start("")) {
      try (Connection toReal = use("nats://127.0.0.1:" + real.port());
          Connection toHub = use(hub.clientUrl())) {
        for (String page : PAGES) {
          HttpResponse<String> theirs = get(freePort, page);
          HttpResponse<String> ours = get(hub.monitorPort(), page);
          assertThat(ours.statusCode()).as(page).isEqualTo(theirs.statusCode());
          assertThat(ours.headers().firstValue("Content-Type"))
              .as(page)
              .isEqualTo(theirs.headers().firstValue("Content-Type"));
          assertThat(JsonShape.of(ours.body(), NOT_COMPARED))
              .as(page)
              .isEqualTo(JsonShape.of(theirs.body(), NOT_COMPARED));
        }
        for (String page : HEALTH_AND_MISTAKES) {
          HttpResponse<String> theirs = get(freePort, page);
          HttpResponse<String> ours = get(hub.monitorPort(), page);
          assertThat(ours.statusCode()).as(page).isEqualTo(theirs.statusCode());
          assertThat(ours.body()).as(page).isEqualTo(theirs.body());
        }
        assertThat(toReal.getStatus()).isEqualTo(toHub.getStatus());
      }
    }
  }

  @Test
  void countsAndSortsAndPages() throws Exception {
    try (NatsServer hub = start("http_base_path: /nats\n");
        Connection one = PatientClient.connect(hub.clientUrl());
        Connection two = PatientClient.connect(hub.clientUrl())) {
      two.subscribe("a");
      two.subscribe("b");
      two.flush(Duration.ofSeconds(5));
      one.publish("c", new byte[10]);
      one.flush(Duration.ofSeconds(5));
      JsonObject bySubscriptions =
          Json.parseObject(get(hub.monitorPort(), "nats/connz?sort=subs&limit=1").body());
      assertThat(bySubscriptions.integer("total", 0)).isEqualTo(2);
      assertThat(bySubscriptions.objects("connections")).hasSize(1);
      assertThat(bySubscriptions.objects("connections").get(0).integer("subscriptions", 0))
          .isEqualTo(2);
      JsonObject second =
          Json.parseObject(get(hub.monitorPort(), "nats/connz?sort=subs&offset=1").body());
      assertThat(second.objects("connections").get(0).integer("in_bytes", 0)).isEqualTo(10);
      assertThat(get(hub.monitorPort(), "nats/connz?sort=nothing").statusCode()).isEqualTo(400);
      assertThat(get(hub.monitorPort(), "nats/connz?limit=x").statusCode()).isEqualTo(400);
      assertThat(get(hub.monitorPort(), "nats/nothing").statusCode()).isEqualTo(404);
    }
  }
}
