package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.Hub;
import dev.hubkit.HubException;
import dev.hubkit.HubOptions;
import dev.hubkit.HubStatus;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.workspace.UpstreamState;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands do with upstreams. */
class UpstreamCommandTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path home;

  private WorkTree tree;

  @AfterEach
  void end() {
    if (tree != null) {
      tree.end();
    }
  }

  /** Both upstreams are another hub, one of them by way of a real configuration for leaf nodes. */
  @Test
  void aHubInTheBackgroundHasUpstreamsAndKeepsThem() throws Exception {
    tree = WorkTree.in(home);
    int leafPort = freePort();
    Path config = home.resolve("leaf.conf");
    Files.writeString(
        config,
        "leafnodes { listen: \"127.0.0.1:"
            + leafPort
            + "\", authorization { user: ada, password: s3cret } }\n");
    HubOptions ofTeam =
        HubOptions.forTests().toBuilder()
            .tuneNats(nats -> nats.config(ConfigFile.read(config.toString(), name -> null)))
            .build();
    try (Hub team = Hub.start(Files.createDirectory(home.resolve("team")), ofTeam)) {
      String leaf = "nats-leaf://ada:s3cret@127.0.0.1:" + leafPort;
      Shell.Result started =
          tree.shell()
              .with("HUB_UPSTREAM", leaf)
              .hub(
                  WorkTree.startOn("--js-domain", "LAPTOP", "--fossil-upstream", team.fossilUrl()));
      assertThat(started.status()).as(started.all()).isZero();
      assertThat(started.err()).doesNotContain("restart");
      awaitUpstreams();
      Shell.Result status = tree.shell().hub("status");
      assertThat(status.out())
          .contains(
              "NATS upstream  nats-leaf://ada:...@127.0.0.1:" + leafPort + "  (connected for ",
              "; JetStream domain LAPTOP)",
              "Fossil upstream  " + team.fossilUrl() + "  (in sync for ")
          .doesNotContain("s3cret");
      JsonObject json = Json.parseObject(tree.shell().hub("status", "--json").out());
      assertThat(json.objects("upstreams"))
          .extracting(each -> each.string("kind"))
          .containsExactly("nats", "fossil");
      assertThat(tree.shell().hub("doctor").out())
          .contains("upstream: nats-leaf://ada:...@127.0.0.1:" + leafPort + " is reached");

      Shell.Result again = tree.start("--upstream", "nats-leaf://127.0.0.1:1");
      assertThat(again.status()).isZero();
      assertThat(again.err())
          .contains("started without the upstream nats-leaf://127.0.0.1:1; run: hub restart");
      Shell.Result refused = tree.shell().hub("restart");
      assertThat(refused.status()).isNotZero();
      assertThat(refused.err()).contains("is in no file; give --upstream again");
      assertThat(Hub.status(tree.root()).running()).isTrue();
    }
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> !Hub.status(tree.root()).upstreams().get(0).connected());
    assertThat(Files.readString(tree.state("hub.log"))).doesNotContain("s3cret");
    assertThat(Files.readString(tree.state("upstreams"))).doesNotContain("s3cret");
  }

  private void awaitUpstreams() {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(Hub.status(tree.root()).upstreams())
                    .hasSize(2)
                    .allMatch(UpstreamState::connected));
  }

  private static int freePort() throws Exception {
    // Below those that the system gives to connections and to whoever asks for any port.
    int port = 10_000 + (int) (ProcessHandle.current().pid() % 20_000);
    while (true) {
      try (ServerSocket socket = new ServerSocket(port)) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        port++;
      }
    }
  }

  private static HubStatus running(String natsUrl, String credentials) {
    return new HubStatus(
        HubStatus.State.RUNNING,
        Path.of("/"),
        null,
        List.of(
            new UpstreamState(
                UpstreamState.Kind.NATS,
                natsUrl,
                credentials,
                true,
                Instant.EPOCH,
                null,
                "LAPTOP",
                "",
                null)),
        null);
  }

  private static final UpstreamSettings NONE = UpstreamSettings.from(Map.of(), Map.of());

  @Test
  void aRestartKeepsWhatIsNotGivenAndNeedsNoPassword() {
    UpstreamSettings kept =
        NONE.keeping(running("nats-leaf://hub:7422", "/home/ada/ada.creds"), false, false);
    assertThat(kept.nats()).isEqualTo("nats-leaf://hub:7422");
    assertThat(kept.credentials()).isEqualTo("/home/ada/ada.creds");
    assertThat(kept.domain()).isEqualTo("LAPTOP");
    assertThat(NONE.keeping(running("nats-leaf://hub:7422", ""), true, true)).isEqualTo(NONE);
    assertThatThrownBy(() -> NONE.keeping(running("nats-leaf://ada:...@hub", ""), false, false))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("--upstream ''");
  }

  @Test
  void passwordsAreNotAmongTheArguments() {
    UpstreamSettings settings =
        new UpstreamSettings(
            "nats-leaf://ada:s3cret@hub:7422",
            "ada:s3cret",
            "LAPTOP",
            "http://ada:s3cret@hub/",
            Duration.ofSeconds(7));
    Map<String, String> arguments = new LinkedHashMap<>();
    settings.addTo(arguments);
    assertThat(arguments.toString()).doesNotContain("s3cret");
    assertThat(UpstreamSettings.from(arguments, settings.toEnvironment())).isEqualTo(settings);
    assertThat(UpstreamSettings.from(Map.of(), NONE.toEnvironment())).isEqualTo(NONE);
  }
}
