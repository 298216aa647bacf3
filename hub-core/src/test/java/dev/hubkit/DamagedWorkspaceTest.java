package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damages the files of a hub while it is stopped. No start replaces a damaged repository, and
 * damaged notes that a hub keeps for itself never prevent a start.
 */
class DamagedWorkspaceTest {
  @TempDir Path root;
  private Path directory;

  @BeforeEach
  void begin() {
    Hub.start(root, HubOptions.forTests()).close();
    directory = root.resolve(".orchestrator");
  }

  enum Kind {
    EMPTY,
    CUT,
    ZEROS,
    ANOTHER;

    byte[] of(byte[] content) {
      return switch (this) {
        case EMPTY -> new byte[0];
        case CUT -> Arrays.copyOf(content, content.length / 2);
        case ZEROS -> new byte[content.length];
        case ANOTHER -> "not what it was\n".repeat(100).getBytes(StandardCharsets.UTF_8);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedRepositoryIsNamedAndStaysAsItIs(Kind kind) throws IOException {
    Path repository = directory.resolve("hub.fossil");
    byte[] damaged = kind.of(Files.readAllBytes(repository));
    Files.write(repository, damaged);
    try (Hub hub = Hub.start(root, HubOptions.forTests())) {
      String project = hub.repository().read(snapshot -> snapshot.projectCode());
      assertThat(project).as("the hub serves what is left").isNotEmpty();
    } catch (HubException e) {
      assertThat(e.getMessage()).contains("hub.fossil").doesNotContain("\n");
    }
    assertThat(Files.readAllBytes(repository)).isEqualTo(damaged);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hub.json",
        "ports",
        "pids/nats.pid",
        "pids/fossil.pid",
        "hub-nats-url",
        "hub.lock"
      })
  void whatIsNotedOfARunKeepsNoHubFromStarting(String name) throws IOException {
    Path file = directory.resolve(name);
    byte[] before = Files.exists(file) ? Files.readAllBytes(file) : new byte[20];
    for (Kind kind : Kind.values()) {
      Files.createDirectories(file.getParent());
      Files.write(file, kind.of(before));
      Hub.status(root);
      try (Hub hub = Hub.start(root, HubOptions.forTests())) {
        assertThat(hub.status().running()).as("%s %s", kind, name).isTrue();
      }
    }
  }
}
