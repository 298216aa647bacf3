package dev.hubkit.fossil.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.fossil.CFossil;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the client against the original server, over HTTP. */
class FossilClientWithCFossilTest {
  @TempDir Path directory;
  private CFossil fossil;
  private Path file;
  private CFossil.Server server;
  private int port;

  @BeforeEach
  void serve() throws IOException {
    fossil = CFossil.orSkip(directory);
    file = directory.resolve("original.fossil");
    fossil.run(directory, "new", "-A", "tester", file.toString());
    Path work = Files.createDirectory(directory.resolve("work"));
    fossil.run(work, "open", file.toString());
    for (int i = 0; i < 20; i++) {
      Files.writeString(work.resolve("f" + i % 4), ("line " + i + "\n").repeat(100 + i));
      fossil.run(work, "addremove");
      fossil.run(work, "commit", "-m", "change " + i);
    }
    fossil.run(work, "close");
    fossil.run(directory, "user", "new", "jane", "Jane", "secret", "-R", file.toString());
    fossil.run(directory, "user", "capabilities", "jane", "gioy", "-R", file.toString());
    server = fossil.serve(file);
    port = server.port();
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void clonesPullsPushesAndSyncsUnversionedFiles() throws IOException {
    Path cloneFile = directory.resolve("clone.fossil");
    try (FossilClient jane = client("jane:secret@");
        FossilRepository clone = jane.cloneTo(cloneFile, "jane")) {
      assertThat(fossil.run(directory, "test-integrity", "-R", cloneFile.toString()))
          .contains(" 0 errors");
      assertThat(timeline(cloneFile)).isEqualTo(timeline(file));

      clone.commit(
          new Commit("jane", "from afar").onTopOf(tip(clone)).put("f1", FileContent.of("new\n")));
      clone.update(
          t -> {
            byte[] content = "unversioned".getBytes(StandardCharsets.UTF_8);
            new UnversionedFiles(t)
                .receive(
                    new Card.UnversionedFile(
                        "u.txt",
                        1_000_000_000,
                        ArtifactName.sha3(content),
                        content.length,
                        0,
                        content));
          });
      SyncResult pushed = jane.exchange(clone, SyncOptions.sync().withUnversioned());
      assertThat(pushed.progress().artifactsSent()).isEqualTo(3);
      assertThat(timeline(file)).contains("from afar");
      assertThat(fossil.run(directory, "uv", "cat", "u.txt", "-R", file.toString()))
          .isEqualTo("unversioned");

      Path work = Files.createDirectory(directory.resolve("more"));
      fossil.run(work, "open", file.toString());
      Files.writeString(work.resolve("f2"), "changed\n");
      fossil.run(work, "commit", "-m", "by the original");
      assertThat(jane.pull(clone).progress().artifactsReceived()).isEqualTo(2);
      assertThat(timeline(cloneFile)).isEqualTo(timeline(file));
    }
    try (FossilClient nobody = client("");
        FossilRepository clone = FossilRepository.open(cloneFile)) {
      assertThatThrownBy(() -> nobody.push(clone))
          .isInstanceOf(SyncRefusedException.class)
          .hasMessageContaining("not authorized to write");
    }
    try (FossilClient wrong = client("jane:guess@");
        FossilRepository clone = FossilRepository.open(cloneFile)) {
      assertThatThrownBy(() -> wrong.push(clone))
          .isInstanceOf(SyncRefusedException.class)
          .hasMessageContaining("login failed");
    }
  }

  @Test
  void aCloneThatWasCancelledGoesOnWhereItWas() throws IOException {
    String small = "REPLACE INTO config VALUES('max-download',2000,now())";
    fossil.run(directory, "sql", "-R", file.toString(), small);
    Path cloneFile = directory.resolve("clone.fossil");
    try (FossilClient impatient = client("")) {
      impatient.onProgress(
          progress -> {
            if (progress.roundTrips() == 3) {
              impatient.cancel();
            }
          });
      assertThatThrownBy(() -> impatient.cloneTo(cloneFile, "me"))
          .isInstanceOf(CancellationException.class);
    }
    List<SyncProgress> progress = new ArrayList<>();
    try (FossilClient patient = client("").onProgress(progress::add)) {
      patient.cloneTo(cloneFile, "me").close();
    }
    assertThat(timeline(cloneFile)).isEqualTo(timeline(file));
    assertThat(fossil.run(directory, "test-integrity", "-R", cloneFile.toString()))
        .contains(" 0 errors");
    assertThat(progress.get(progress.size() - 1).artifactsReceived()).isPositive().isLessThan(40);
  }

  private FossilClient client(String user) {
    return FossilClient.of(URI.create("http://" + user + "127.0.0.1:" + port + "/"));
  }

  private String timeline(Path of) {
    return fossil.run(directory, "timeline", "-n", "0", "-R", of.toString());
  }

  private static ArtifactName tip(FossilRepository of) {
    return of.<ArtifactName, RuntimeException>read(
        s ->
            new ArtifactName(
                s.session()
                    .text(
                        "SELECT uuid FROM event JOIN blob ON objid=rid WHERE type='ci'"
                            + " ORDER BY event.mtime DESC, rid DESC LIMIT 1")));
  }
}
