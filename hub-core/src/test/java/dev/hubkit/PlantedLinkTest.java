package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plants symbolic links where a hub is about to put its files. */
class PlantedLinkTest {
  private static final int NOBODY = 65534;

  @TempDir Path root;
  @TempDir Path elsewhere;

  @BeforeEach
  void assumeOwners() {
    assumeTrue(
        FileSystems.getDefault().supportedFileAttributeViews().contains("unix"),
        "this file system knows no owners");
  }

  private void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private Path plant(String entry) throws IOException {
    Path link = root.resolve(entry);
    Files.createDirectories(link.getParent());
    return Files.createSymbolicLink(link, elsewhere.resolve("target"));
  }

  private void assertRefused(Path link) throws IOException {
    for (int start = 0; start < 2; start++) {
      assertThatThrownBy(() -> Hub.start(root, HubOptions.forTests()).close())
          .isInstanceOf(HubException.class)
          .hasMessageContaining(link.toRealPath(LinkOption.NOFOLLOW_LINKS).toString())
          .hasMessageContaining("remove it");
      try (Stream<Path> written = Files.list(elsewhere)) {
        assertThat(written.filter(path -> !path.endsWith("target"))).isEmpty();
      }
      assertThat(elsewhere.resolve("target")).doesNotExist();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hub.log",
        "hub.log.1",
        "hub.fossil",
        "hub.fossil-wal",
        "hub.fossil-journal",
        "hub.json",
        "hub.lock",
        "ports",
        "progress",
        "pids",
        "hub-nats-url",
        "hub-fossil-url",
        "nats-store",
        "nats-store/jetstream",
        "nats-store/jetstream/$G/streams/S/msgs"
      })
  void whereEverybodyCanWriteNoneIsFollowed(String entry) throws Exception {
    Path link = plant(".orchestrator/" + entry);
    mode(link.getParent(), "rwxrwxrwx");
    assertRefused(link);
  }

  @ParameterizedTest
  @ValueSource(strings = {".orchestrator/hub.log", ".orchestrator/nats-store", ".orchestrator"})
  void thatOfAnotherUserIsNotFollowed(String entry) throws Exception {
    Path link = plant(entry);
    try {
      Files.setAttribute(link, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
    } catch (FileSystemException e) {
      assumeTrue(false, "only root can give files to another user");
    }
    assertRefused(link);
  }

  @Test
  void thatOfTheRootIsNotFollowedWhereEverybodyCanWrite() throws Exception {
    Path link = plant(".orchestrator");
    mode(root, "rwxrwxrwx");
    assertRefused(link);
  }

  @ParameterizedTest
  @ValueSource(strings = {".orchestrator", ".orchestrator/nats-store", ".orchestrator/hub.log"})
  void onesOwnIsFollowed(String entry) throws Exception {
    Path link = plant(entry);
    Path target = elsewhere.resolve("target");
    if (!entry.endsWith("log")) {
      Files.createDirectory(target);
    }
    try (Hub hub = Hub.start(root, HubOptions.forTests())) {
      FileModesTest.use(hub.natsUrl());
    }
    assertThat(link).isSymbolicLink();
    assertThat(target).exists();
    if (Files.isDirectory(target)) {
      assertThat(target).isNotEmptyDirectory();
    } else {
      assertThat(Files.size(target)).isPositive();
    }
  }

  @Test
  void aDirectoryThatWasOpenToOthersIsClosed() throws Exception {
    Path directory = Files.createDirectory(root.resolve(".orchestrator"));
    mode(directory, "rwxrwxrwx");
    Hub.start(root, HubOptions.forTests()).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
  }

  @Test
  void aTemporaryFilesNameIsNoWayOut() throws Exception {
    Path directory = Files.createDirectory(root.resolve(".orchestrator"));
    mode(directory, "rwx------");
    for (String name : List.of("hub.json", "ports", "hub-nats-url")) {
      Files.createSymbolicLink(
          directory.resolve("." + name + "." + ProcessHandle.current().pid() + ".tmp"),
          elsewhere.resolve("target"));
    }
    Hub.start(root, HubOptions.forTests()).close();
    assertThat(elsewhere.resolve("target")).doesNotExist();
  }
}
