package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.HubException.Reason;
import dev.hubkit.nats.PatientClient;
import io.nats.client.Connection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubTest {
  @TempDir Path root;

  private static void assertNatsAnswers(String url) throws IOException, InterruptedException {
    try (Connection connection = PatientClient.connect(url)) {
      var subscription = connection.subscribe("a.*");
      connection.publish("a.b", "hello".getBytes(StandardCharsets.UTF_8));
      assertThat(subscription.nextMessage(Duration.ofSeconds(5)).getData())
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("hello");
    }
  }

  private static String projectOf(Hub hub) {
    return hub.repository().read(snapshot -> snapshot.projectCode());
  }

  @Test
  void startsBothServersAndLeavesTheDataOnly() throws Exception {
    int fossilPort = FixedPort.free();
    int natsPort = FixedPort.free();
    HubOptions options =
        HubOptions.forTests().toBuilder().fossilPort(fossilPort).natsPort(natsPort).build();
    try (Hub hub = Hub.start(root, options)) {
      assertThat(hub.isOwner()).isTrue();
      assertThat(hub.status().running()).isTrue();
      assertNatsAnswers(hub.natsUrl());
      assertThat(hub.fossilPort()).isEqualTo(fossilPort);
      assertThat(hub.natsPort()).isEqualTo(natsPort);
      assertThat(hub.nats().port()).isEqualTo(natsPort);
      assertThat(hub.repository().file()).exists();
    }
    FixedPort.awaitFree(fossilPort, natsPort);
    assertThat(Hub.status(root).state()).isEqualTo(HubStatus.State.STOPPED);
    assertThat(root.resolve(".orchestrator"))
        .isDirectoryNotContaining(path -> path.getFileName().toString().contains("url"));
    assertThat(root.resolve(".orchestrator/hub.fossil")).exists();
    // With port 0 the hub takes the ports of its last run again.
    try (Hub again = Hub.start(root, HubOptions.forTests())) {
      assertThat(again.natsPort()).isEqualTo(natsPort);
      assertThat(again.fossilPort()).isEqualTo(fossilPort);
    }
  }

  @Test
  void aSecondStartFindsTheFirst() {
    try (Hub first = Hub.start(root, HubOptions.forTests())) {
      Hub second = Hub.start(root, HubOptions.forTests());
      assertThat(second.isOwner()).isFalse();
      assertThat(second.natsUrl()).isEqualTo(first.natsUrl());
      assertThat(second.fossilUrl()).isEqualTo(first.fossilUrl());
      assertThatThrownBy(second::repository)
          .isInstanceOfSatisfying(
              HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNSUPPORTED));
      second.close();
      assertThat(first.status().running()).isTrue();
      assertThatThrownBy(
              () -> Hub.start(root, HubOptions.forTests().toBuilder().fresh(true).build()))
          .hasMessageContaining("hub stop");
    }
  }

  @Test
  void manyThreadsMakeOneHub() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Hub> hubs = new ArrayList<>();
    try {
      Callable<Hub> starter = () -> Hub.start(root, HubOptions.forTests());
      List<Future<Hub>> starts = threads.invokeAll(Collections.nCopies(8, starter));
      for (Future<Hub> start : starts) {
        hubs.add(start.get());
      }
      assertThat(hubs).filteredOn(Hub::isOwner).hasSize(1);
      assertThat(hubs).extracting(Hub::natsUrl).containsOnly(hubs.get(0).natsUrl());
    } finally {
      hubs.forEach(Hub::close);
      threads.shutdownNow();
    }
    assertThat(Hub.status(root).state()).isEqualTo(HubStatus.State.STOPPED);
  }

  @Test
  void stopsAHubOfThisProcessByItsRoot() {
    Hub hub = Hub.start(root, HubOptions.forTests());
    assertThat(Hub.stop(root)).isTrue();
    assertThat(Hub.stop(root)).isFalse();
    hub.close();
    assertThat(Hub.status(root).state()).isEqualTo(HubStatus.State.STOPPED);
  }

  @Test
  void namesThePortInUseAndLeavesNothing() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HubOptions options = HubOptions.forTests().toBuilder().natsPort(taken.getLocalPort()).build();
      assertThatThrownBy(() -> Hub.start(root, options))
          .isInstanceOfSatisfying(
              HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.PORT_IN_USE))
          .hasMessageContaining("port " + taken.getLocalPort());
      assertThat(root).isEmptyDirectory();
    }
  }

  @Test
  void letsNobodyInWhenOneServerCannotStart() throws Exception {
    try (Hub hub = Hub.start(root, HubOptions.forTests())) {
      assertThat(hub.repository().file()).exists();
    }
    Files.writeString(root.resolve(".orchestrator/hub.fossil"), "not a repository".repeat(1000));
    int natsPort = FixedPort.free();
    int fossilPort = FixedPort.free();
    HubOptions options =
        HubOptions.forTests().toBuilder().fossilPort(fossilPort).natsPort(natsPort).build();
    try (Knocking atNats = Knocking.at(natsPort);
        Knocking atFossil = Knocking.at(fossilPort)) {
      assertThatThrownBy(() -> Hub.start(root, options))
          .isInstanceOf(HubException.class)
          .hasMessageContaining("repository cannot be opened");
      assertThat(atNats.letIn()).isZero();
      assertThat(atFossil.letIn()).isZero();
    }
    FixedPort.awaitFree(natsPort);
  }

  @Test
  void refusesAPlaceWithNothingToSeedBeforeItMakesAnything() {
    HubOptions options = HubOptions.builder().fossilPort(0).natsPort(0).build();
    assertThatThrownBy(() -> Hub.start(root, options))
        .isInstanceOfSatisfying(
            HubException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOTHING_TO_SEED))
        .hasMessageContaining("git init");
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void seedsWithGivenFiles() throws Exception {
    Map<String, byte[]> files = Map.of("dir/ä b.txt", "x".getBytes(StandardCharsets.UTF_8));
    HubOptions options = HubOptions.forTests().toBuilder().seed(Seed.files(files)).build();
    try (Hub hub = Hub.start(root, options)) {
      String names =
          hub.repository().read(s -> s.session().text("SELECT name FROM filename ORDER BY name"));
      assertThat(names).isEqualTo("dir/ä b.txt");
    }
  }

  @Test
  void freshStartsOver() throws Exception {
    HubOptions options = HubOptions.forTests().toBuilder().seed(Seed.file("a.txt", "a")).build();
    String project;
    try (Hub hub = Hub.start(root, options)) {
      project = projectOf(hub);
    }
    try (Hub hub = Hub.start(root, options)) {
      assertThat(projectOf(hub)).isEqualTo(project);
    }
    Files.writeString(root.resolve(".orchestrator/nats-store/leftover"), "");
    try (Hub hub = Hub.start(root, options.toBuilder().fresh(true).build())) {
      assertThat(projectOf(hub)).isNotEqualTo(project);
      assertThat(root.resolve(".orchestrator/nats-store/leftover")).doesNotExist();
    }
  }

  @Test
  void usesAnotherHubsServers() {
    try (Hub other =
        Hub.start(root, HubOptions.forTests().toBuilder().seed(Seed.file("a", "a")).build())) {
      Path second = root.resolve("second");
      assertThat(second.toFile().mkdir()).isTrue();
      HubOptions options =
          HubOptions.forTests().toBuilder()
              .fossil(Backend.external(other.fossilUrl()))
              .nats(Backend.external(other.natsUrl()))
              .build();
      try (Hub hub = Hub.start(second, options)) {
        assertThat(hub.natsUrl()).isEqualTo(other.natsUrl());
        assertThat(hub.status().running()).isTrue();
        assertThat(hub.status().nats().external()).isTrue();
        assertThat(second.resolve(".orchestrator/pids")).doesNotExist();
        assertThatThrownBy(hub::nats).isInstanceOf(HubException.class);
      }
      assertThat(other.status().running()).isTrue();
    }
    HubOptions nobody =
        HubOptions.forTests().toBuilder().nats(Backend.external("nats://127.0.0.1:1")).build();
    assertThatThrownBy(() -> Hub.start(root.resolve("second"), nobody))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("nats://127.0.0.1:1");
  }

  @Test
  void doesWithoutGitsOverlookingItWhereThatCannotBeWritten() throws Exception {
    Files.createDirectories(root.resolve(".git/objects"));
    Files.writeString(root.resolve(".git/HEAD"), "ref: refs/heads/main\n");
    // This file stands where the directory of info/exclude would be.
    Files.writeString(root.resolve(".git/info"), "");
    HubOptions options = HubOptions.forTests();
    try (Hub hub = Hub.start(root, options)) {
      assertThat(hub.status().running()).isTrue();
    }
    assertThat(root.resolve(".orchestrator/hub.log"))
        .content()
        .containsPattern("WARN .*git will list .* as untracked");
  }
}
