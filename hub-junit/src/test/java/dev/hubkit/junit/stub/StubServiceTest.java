package dev.hubkit.junit.stub;

import static dev.hubkit.junit.message.JsonContent.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import io.nats.service.Discovery;
import io.nats.service.EndpointStats;
import io.nats.service.InfoResponse;
import io.nats.service.PingResponse;
import io.nats.service.Service;
import io.nats.service.ServiceBuilder;
import io.nats.service.ServiceEndpoint;
import io.nats.service.StatsResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients and the nats command see a service of stubs as they see any service. */
@WithHub(fossil = false)
class StubServiceTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static Discovery discovery(Connection nats) {
    return new Discovery(nats, SOON.toMillis(), 1);
  }

  @Test
  void isDiscovered(HubResource hub, Connection nats) throws Exception {
    // @start region="service"
    StubService inventory = hub.stubs().service("inventory", "1.2.0").describedAs("what we have");
    inventory.endpoint("check", "inventory.check.*").reply(json("{\"available\": true}"));
    inventory.endpoint("check", "inventory.check.*").withBody("none").error(400, "how many?");
    // @end
    inventory.withMetadata("team", "shop");
    assertThat(nats.request("inventory.check.1", null).get(20, TimeUnit.SECONDS).getData())
        .isEqualTo("{\"available\": true}".getBytes(UTF_8));
    nats.request("inventory.check.1", "none".getBytes(UTF_8), SOON);

    PingResponse ping = discovery(nats).ping("inventory", inventory.id());
    assertThat(ping.getName()).isEqualTo("inventory");
    assertThat(ping.getMetadata()).containsEntry("team", "shop");
    InfoResponse info = discovery(nats).info("inventory").get(0);
    assertThat(info.getDescription()).isEqualTo("what we have");
    assertThat(info.getEndpoints().get(0).getSubject()).isEqualTo("inventory.check.*");
    StatsResponse stats = discovery(nats).stats().get(0);
    EndpointStats check = stats.getEndpointStatsList().get(0);
    assertThat(check.getNumRequests()).isEqualTo(2);
    assertThat(check.getNumErrors()).isEqualTo(1);
    assertThat(check.getLastError()).isEqualTo("400:how many?");
    assertThat(check.getProcessingTime()).isPositive();
    assertThat(check.getAverageProcessingTime()).isEqualTo(check.getProcessingTime() / 2);

    inventory.stop();
    assertThat(hub.stubs().all()).isEmpty();
    assertThat(nats.request("$SRV.PING", null)).failsWithin(SOON);
  }

  /** The fields of an answer, those of its first endpoint and their types. */
  private static Set<String> shape(Connection nats, String subject) throws Exception {
    Message answer = nats.request(subject, null, SOON);
    Set<String> shape = new TreeSet<>();
    shape("", JsonParser.parse(answer.getData()), shape);
    return shape;
  }

  private static void shape(String path, JsonValue value, Set<String> shape) {
    if (value.type == JsonValue.Type.MAP) {
      shape.add(path);
      value.map.forEach((name, each) -> shape(path + "/" + name, each, shape));
    } else if (value.type == JsonValue.Type.ARRAY) {
      value.array.forEach(each -> shape(path + "[]", each, shape));
    } else {
      shape.add(path + " " + (value.number == null ? value.type : "number"));
      if (path.equals("/type")) {
        shape.add(value.string);
      }
    }
  }

  @Test
  void answersWhatARealServiceDoes(HubResource hub, Connection nats) throws Exception {
    Service real =
        new ServiceBuilder()
            .connection(nats)
            .name("real")
            .version("1.0.0")
            .description("one of jnats")
            .addServiceEndpoint(
                ServiceEndpoint.builder()
                    .endpointName("greet")
                    .endpointSubject("greet.real")
                    .handler(message -> message.respond(nats, "hello".getBytes(UTF_8)))
                    .build())
            .build();
    CompletableFuture<Boolean> end = real.startService();
    await().until(() -> nats.getStatistics() != null && discovery(nats).ping("real").size() == 1);
    hub.stubs()
        .service("stubbed", "1.0.0")
        .describedAs("one of stubs")
        .endpoint("greet", "greet.stub")
        .reply("hello");
    nats.request("greet.real", null).get(20, TimeUnit.SECONDS);
    nats.request("greet.stub", null).get(20, TimeUnit.SECONDS);
    for (String verb : new String[] {"PING", "INFO", "STATS"}) {
      Set<String> stubbed = shape(nats, "$SRV." + verb + ".stubbed");
      Set<String> expected = shape(nats, "$SRV." + verb + ".real");
      // Those of the Go client always have these; jnats leaves them out when they are empty.
      stubbed.removeIf(each -> each.endsWith("/metadata") || each.startsWith("[]/last_error"));
      assertThat(stubbed).as(verb).containsAll(expected);
    }
    real.stop();
    end.get(20, TimeUnit.SECONDS);
  }

  @Test
  void theCommandListsIt(HubResource hub, Connection nats, @TempDir Path directory)
      throws Exception {
    assumeTrue(hasCommand(), "needs the nats command");
    StubService inventory = hub.stubs().service("inventory", "1.2.0");
    inventory.endpoint("check", "inventory.check.*").reply("yes");
    nats.request("inventory.check.1", null).get(20, TimeUnit.SECONDS);
    assertThat(command(hub, directory, "micro", "ls")).contains("inventory", "1.2.0");
    assertThat(command(hub, directory, "micro", "info", "inventory"))
        .contains(inventory.id(), "check", "inventory.check.*");
    assertThat(command(hub, directory, "micro", "stats", "inventory"))
        .containsPattern("check.* 1 .*");
  }

  private static boolean hasCommand() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(each -> Files.isExecutable(Path.of(each, "nats")));
  }

  private static String command(HubResource hub, Path directory, String... arguments)
      throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    ProcessBuilder builder = new ProcessBuilder("nats", "--server", hub.natsUrl());
    builder.command().addAll(Arrays.asList(arguments));
    builder.environment().put("XDG_CONFIG_HOME", directory.toString());
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return Files.readString(output);
  }

  @Test
  void rejectsWhatClientsWouldReject(HubResource hub) {
    Stubs stubs = hub.stubs();
    assertThatIllegalArgumentException().isThrownBy(() -> stubs.service("a b", "1.0.0"));
    assertThatIllegalArgumentException().isThrownBy(() -> stubs.service("a", "1"));
    assertThat(stubs.services()).isEmpty();
    StubService service = stubs.service("a", "1.0.0-rc.1+5");
    assertThatIllegalArgumentException().isThrownBy(() -> service.endpoint("x.y"));
    assertThatIllegalArgumentException().isThrownBy(() -> service.endpoint("x", "a..b"));
  }
}
