package dev.hubkit.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.workspace.WorkspaceException.Reason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnershipTest {
  private static final Instant NOW = Instant.parse("2026-05-04T10:11:12Z");

  @TempDir Path root;

  /** Takes the workspace, says so, and holds it until its input ends. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      Optional<Ownership> ownership = Workspace.of(Path.of(arguments[0])).acquire();
      if (ownership.isPresent()) {
        ownership.get().announce(NOW, "test");
        ownership.get().publish(null, null, Ports.NONE);
      }
      System.out.println(ownership.isPresent() ? "owner" : "refused");
      if (System.in.read() >= 0) {
        ownership.orElseThrow().close();
      }
    }
  }

  private Process launchHolder() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName(),
            root.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static String firstLine(Process process) throws IOException {
    return new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
        .readLine();
  }

  private static Optional<Owner> liveOwner(Workspace workspace) {
    return workspace.isOwned() ? workspace.owner() : Optional.empty();
  }

  @Test
  void oneOwnerInThisProcess() throws Exception {
    Workspace workspace = Workspace.of(root);
    assertThat(workspace.isOwned()).isFalse();
    assertThat(workspace.exists()).isFalse();
    try (Ownership first = workspace.acquire().orElseThrow()) {
      assertThat(workspace.acquire()).isEmpty();
      assertThat(workspace.isOwned()).isTrue();
      long self = ProcessHandle.current().pid();
      assertThat(workspace.lockHolder().orElse(self)).isEqualTo(self);
      first.announce(NOW, "1");
      assertThat(liveOwner(workspace)).map(Owner::state).contains(Owner.State.STARTING);
      assertThat(liveOwner(workspace).flatMap(Owner::process)).contains(ProcessHandle.current());
    }
    assertThat(workspace.isOwned()).isFalse();
    assertThat(workspace.owner()).isEmpty();
    workspace.acquire().orElseThrow().close();
  }

  @Test
  void theLockOfAnotherProcessOutlivesEveryLookAtIt() throws Exception {
    Workspace workspace = Workspace.of(root);
    Process holder = launchHolder();
    try {
      assertThat(firstLine(holder)).isEqualTo("owner");
      for (int i = 0; i < 3; i++) {
        assertThat(workspace.isOwned()).isTrue();
        assertThat(workspace.acquire()).isEmpty();
      }
      assertThat(liveOwner(workspace).orElseThrow().pid()).isEqualTo(holder.pid());
      Process second = launchHolder();
      assertThat(firstLine(second)).isEqualTo("refused");
      second.getOutputStream().close();
      assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(workspace.isOwned()).isTrue();
    } finally {
      holder.destroyForcibly();
      holder.waitFor();
    }
    // The holder was killed: its record is still there, but no longer counts.
    assertThat(workspace.owner()).isPresent();
    assertThat(workspace.owner().flatMap(Owner::process)).isEmpty();
    assertThat(liveOwner(workspace)).isEmpty();
    workspace.acquire().orElseThrow().close();
    assertThat(workspace.owner()).isEmpty();
  }

  @Test
  void anotherProcessSeesTheLockOfThisOne() throws Exception {
    Workspace workspace = Workspace.of(root);
    try (Ownership ownership = workspace.acquire().orElseThrow()) {
      ownership.announce(NOW, "1");
      // Reading around the lock must not lose it; see fcntl(2) on closing descriptors.
      assertThat(workspace.isOwned()).isTrue();
      assertThat(liveOwner(workspace)).isPresent();
      Process second = launchHolder();
      assertThat(firstLine(second)).isEqualTo("refused");
      second.getOutputStream().close();
      second.waitFor();
    }
  }

  @Test
  void aReusedPidIsNotTheOwner() throws Exception {
    Workspace workspace = Workspace.of(root);
    Owner written;
    try (Ownership ownership = workspace.acquire().orElseThrow()) {
      written = ownership.announce(NOW, "1");
    }
    Owner earlier =
        new Owner(
            written.instance(),
            written.pid(),
            Instant.parse("2001-01-01T00:00:00Z"),
            written.user(),
            written.root(),
            null,
            Owner.State.READY,
            NOW,
            "1",
            new Endpoint("http://127.0.0.1:1/", null, false),
            new Endpoint("nats://127.0.0.1:2", "ID", true));
    earlier.write(workspace.ownerFile());
    Owner read = workspace.owner().orElseThrow();
    assertThat(read).isEqualTo(earlier);
    assertThat(read.process()).isEmpty();
    Files.writeString(workspace.ownerFile(), "{\"state\":\"nonsense\"}");
    assertThat(workspace.owner()).isEmpty();
    Files.writeString(workspace.ownerFile(), "not json");
    assertThat(workspace.owner()).isEmpty();
  }

  @Test
  void publishesAndCleansUp() throws Exception {
    Workspace workspace = Workspace.of(root);
    Ownership ownership = workspace.acquire().orElseThrow();
    Files.writeString(workspace.directory().resolve("hub.fossil.seeding-1"), "half");
    ownership.announce(NOW, "1");
    assertThat(workspace.directory().resolve("hub.fossil.seeding-1")).doesNotExist();
    ownership.publish(
        new Endpoint("http://127.0.0.1:81/", "p", false),
        new Endpoint("nats://elsewhere:4222", null, true),
        new Ports(81, 0));
    assertThat(workspace.fossilPid().path()).hasContent(ProcessHandle.current().pid() + "\n");
    assertThat(workspace.natsPid().path()).doesNotExist();
    assertThat(workspace.fossilUrlFile()).hasContent("http://127.0.0.1:81/\n");
    assertThat(workspace.natsUrlFile()).hasContent("nats://elsewhere:4222\n");
    ownership.recordStopping();
    assertThat(workspace.owner()).map(Owner::state).contains(Owner.State.STOPPING);
    ownership.close();
    ownership.close();
    assertThat(workspace.directory())
        .isDirectoryNotContaining(path -> path.getFileName().toString().startsWith("hub-"));
    assertThat(workspace.directory().resolve("pids")).isEmptyDirectory();
    assertThat(workspace.lastPorts()).isEqualTo(new Ports(81, 0));
  }

  @Test
  void anAbandonedFirstStartLeavesNothing() throws Exception {
    Workspace workspace = Workspace.of(root);
    Ownership ownership = workspace.acquire().orElseThrow();
    ownership.announce(NOW, "1");
    Files.createDirectories(workspace.natsStore().resolve("a"));
    ownership.abandon();
    assertThat(root).isEmptyDirectory();

    workspace.acquire().orElseThrow().close();
    Ownership later = workspace.acquire().orElseThrow();
    later.announce(NOW, "1");
    later.abandon();
    assertThat(workspace.directory()).isNotEmptyDirectory();
    assertThat(workspace.owner()).isEmpty();
  }

  @Test
  void leavesAloneWhatALaterOwnerPutInItsPlace() throws Exception {
    Workspace workspace = Workspace.of(root);
    Ownership first = workspace.acquire().orElseThrow();
    first.announce(NOW, "1");
    Workspace.deleteTree(workspace.directory());
    Process second = launchHolder();
    try {
      assertThat(firstLine(second)).isEqualTo("owner");
      first.close();
      assertThat(liveOwner(workspace).orElseThrow().pid()).isEqualTo(second.pid());
    } finally {
      second.getOutputStream().write('\n');
      second.getOutputStream().close();
      second.waitFor();
    }
    assertThat(workspace.owner()).isEmpty();
  }

  @Test
  void refusesWhatIsNoDirectory() throws Exception {
    Path file = Files.writeString(root.resolve("file"), "");
    assertThatThrownBy(() -> Workspace.of(file))
        .isInstanceOfSatisfying(
            WorkspaceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INACCESSIBLE));
    Files.writeString(root.resolve(Workspace.DIRECTORY), "");
    assertThatThrownBy(() -> Workspace.of(root).acquire())
        .isInstanceOf(WorkspaceException.class)
        .hasMessageContaining("cannot write");
  }
}
