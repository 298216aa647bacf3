package dev.hubkit.fossil;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.time.ManualTimeSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Finds and reads versions, and compares with C fossil on the same repository. */
class VersionsTest {
  @TempDir Path directory;

  private final ManualTimeSource time = new ManualTimeSource(Instant.parse("2024-05-06T07:08:09Z"));
  private Path file;
  private FossilRepository repository;
  private ArtifactName first;
  private ArtifactName second;
  private ArtifactName side;
  private ArtifactName merged;

  @BeforeEach
  void makeHistory() throws IOException {
    file = directory.resolve("versions.fossil");
    repository = FossilRepository.create(file, CreateOptions.withAdministrator("root"), time);
    first =
        commit(
            new Commit("root", "One")
                .put("text", FileContent.of("a\nb\nc\nd\ne\n"))
                .put("dir/Ünï code " + "x".repeat(100), FileContent.of("deep"))
                .put("run", Permission.EXECUTABLE, FileContent.of("#!/bin/sh\n"))
                .put("link", Permission.SYMLINK, FileContent.of("text")));
    side =
        commit(
            new Commit("root", "Side")
                .onTopOf(first)
                .branch("side")
                .put("more", FileContent.of("more\n")));
    second =
        commit(
            new Commit("root", "Two")
                .onTopOf(first)
                .tag("v1")
                .put("text", FileContent.of("a\nB\nc\nd\ne\nf")));
    merged =
        commit(
            new Commit("root", "Three")
                .onTopOf(second)
                .merging(side)
                .put("more", FileContent.of("more\n"))
                .rename("text", "words")
                .put("words", FileContent.of("zero\na\nB\nc\nd\nf")));
  }

  @AfterEach
  void close() {
    repository.close();
  }

  private ArtifactName commit(Commit commit) throws IOException {
    time.advance(Duration.ofDays(1));
    return repository.commit(commit);
  }

  @Test
  void namesMeanWhatTheyMeanToCFossil() {
    CFossil fossil = CFossil.orSkip(directory);
    List<String> names =
        List.of(
            "tip",
            "trunk",
            "side",
            "v1",
            "tag:v1",
            "root:side",
            "start:side",
            "root:trunk",
            "start:trunk",
            "merge-in:side",
            first.hex(),
            second.hex().substring(0, 8),
            second.hex().substring(0, 8).toUpperCase(java.util.Locale.ROOT),
            "2024-05-08",
            "date:2024-05-09",
            "2024-05-09 07:08",
            "2024-05-09T07:08:09",
            "20240508",
            "202405090708",
            "trunk:2024-05-08",
            "trunk:2024-05-09 23:59:59",
            "utc:2024-05-08",
            "local:2024-05-08 12:00",
            "2024-05-09 07:08:09.000",
            "20240509070809",
            "trunk:20240508",
            "trunk:2024-05-08 08:00utc",
            "side:2024-05-10T00:00:00",
            "root:tip",
            "root:v1",
            "start:tip",
            "start:" + side.hex(),
            "root:tag:side",
            "merge-in:tag:side",
            "tag:trunk",
            "trunk.",
            "side).",
            "trunk,",
            "[" + first.hex().substring(0, 12) + "]",
            "rid:" + repository.read(snapshot -> snapshot.content().rid(first)));
    for (String name : names) {
      String theirs = fossil.run(directory, "info", name, "-R", file.toString());
      ArtifactName ours = repository.read(snapshot -> snapshot.resolve(name));
      assertThat(theirs).as(name).contains("hash:         " + ours.hex().substring(0, 40));
    }
    for (String name :
        List.of("nothing", "v2", "1999-01-01", "tag:", "ffff", "x:y", "tip!", "v1...")) {
      assertThat(fossil.attempt(directory, "info", name, "-R", file.toString()).status())
          .as(name)
          .isNotZero();
      assertThatThrownBy(() -> repository.read(snapshot -> snapshot.resolve(name)))
          .isInstanceOf(RepositoryException.class)
          .hasMessageContaining("no check-in \"" + name + "\"");
    }
  }

  @Test
  void theTimelineCanBeFiltered() {
    repository.read(
        snapshot -> {
          assertThat(names(snapshot, new TimelineFilter()))
              .containsExactly(merged, second, side, first);
          assertThat(names(snapshot, new TimelineFilter().branch("side"))).containsExactly(side);
          assertThat(names(snapshot, new TimelineFilter().tag("v1"))).containsExactly(second);
          assertThat(names(snapshot, new TimelineFilter().file("text")))
              .containsExactly(merged, second, first);
          assertThat(names(snapshot, new TimelineFilter().containing("THREE")))
              .containsExactly(merged);
          assertThat(names(snapshot, new TimelineFilter().ancestorsOf(second)))
              .containsExactly(second, first);
          assertThat(names(snapshot, new TimelineFilter().descendantsOf(side)))
              .containsExactly(merged, side);
          assertThat(names(snapshot, new TimelineFilter().limit(1).offset(1)))
              .containsExactly(second);
          assertThat(names(snapshot, new TimelineFilter().user("nobody"))).isEmpty();
          TimelineEntry entry = snapshot.timelineEntry(second);
          assertThat(entry.branch()).isEqualTo("trunk");
          assertThat(entry.tags()).containsExactly("trunk", "v1");
          assertThat(snapshot.branches()).extracting(Branch::name).containsExactly("trunk", "side");
          assertThat(snapshot.tags()).extracting(Tag::name).containsExactly("v1");
          return null;
        });
  }

  private static List<ArtifactName> names(Snapshot snapshot, TimelineFilter filter) {
    return snapshot.timeline(filter).stream().map(TimelineEntry::name).toList();
  }

  @Test
  void linesAreAnnotatedAcrossRenames() {
    List<AnnotatedLine> lines =
        repository.read(snapshot -> snapshot.annotate(merged, "words", 100));
    Map<String, ArtifactName> origins = new TreeMap<>();
    for (AnnotatedLine line : lines) {
      TimelineEntry origin = line.origin();
      assertThat(origin).isNotNull();
      origins.put(line.text(), origin.name());
    }
    assertThat(origins)
        .containsEntry("zero", merged)
        .containsEntry("a", first)
        .containsEntry("B", second)
        .containsEntry("f", second)
        .containsEntry("d", first);
  }

  @Test
  void patchUnderstandsOurDiffs() throws IOException, InterruptedException {
    String diff = repository.read(snapshot -> snapshot.diff(first, merged, 3));
    assertThat(diff).contains("--- text\n+++ /dev/null", "+zero", "\\ No newline at end of file");
    byte[] old = repository.read(snapshot -> snapshot.readFile(first, "text"));
    byte[] now = repository.read(snapshot -> snapshot.readFile(merged, "words"));
    assertThat(TextDiff.unified("text", old, "text", now, 3))
        .isEqualTo(
            """
            --- text
            +++ text
            @@ -1,5 +1,6 @@
            +zero
             a
            -b
            +B
             c
             d
            -e
            +f
            \\ No newline at end of file
            """);
  }

  @Test
  void cFossilTakesACheckoutForItsOwn() throws IOException {
    CFossil fossil = CFossil.orSkip(directory);
    Path checkout = directory.resolve("checkout");
    repository.update(transaction -> transaction.set("allow-symlinks", "1"));
    Checkout mine = Checkout.create(repository, checkout, second);
    fossil.run(directory, "settings", "--global", "allow-symlinks", "on");
    assertThat(fossil.run(checkout, "status"))
        .contains("checkout:     " + second.hex().substring(0, 40));
    assertThat(fossil.run(checkout, "changes")).isEmpty();
    assertThat(fossil.run(checkout, "extras")).isEmpty();
    assertThat(checkout.resolve("run")).isExecutable();
    assertThat(Files.readSymbolicLink(checkout.resolve("link")).toString()).isEqualTo("text");

    mine.update(merged);
    assertThat(fossil.run(checkout, "changes")).isEmpty();
    assertThat(checkout.resolve("text")).doesNotExist();
    assertThat(checkout.resolve("words")).exists();

    fossil.run(checkout, "user", "default", "root");
    fossil.run(checkout, "update", "side");
    assertThat(Checkout.open(repository, checkout).checkIn()).isEqualTo(side);
    Files.writeString(checkout.resolve("more"), "changed");
    assertThat(mine.changes()).containsExactly("more");
    assertThatThrownBy(() -> mine.update(first))
        .isInstanceOf(RepositoryException.class)
        .hasMessageContaining("changed in the checkout: more");
    fossil.run(checkout, "close", "--force");
  }

  @Test
  void archivesHoldTheFiles() throws IOException, InterruptedException {
    ByteArrayOutputStream tarball = new ByteArrayOutputStream();
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    repository.<Boolean, IOException>read(
        snapshot -> {
          new Archive(snapshot, first, "top").tarball(tarball);
          new Archive(snapshot, first, "top").zip(zip);
          return true;
        });
    Path packed = Files.write(directory.resolve("first.tgz"), tarball.toByteArray());
    Process tar =
        new ProcessBuilder("tar", "xzf", packed.toString(), "-C", directory.toString())
            .inheritIO()
            .start();
    assertThat(tar.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(tar.exitValue()).isZero();
    Path top = directory.resolve("top");
    assertThat(top.resolve("dir/Ünï code " + "x".repeat(100))).hasContent("deep");
    assertThat(top.resolve("run")).isExecutable();
    assertThat(Files.readSymbolicLink(top.resolve("link")).toString()).isEqualTo("text");

    Map<String, String> entries = new TreeMap<>();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip.toByteArray()))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        entries.put(entry.getName(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    assertThat(entries)
        .containsKeys("top/", "top/dir/")
        .hasSize(6)
        .containsEntry("top/dir/Ünï code " + "x".repeat(100), "deep")
        .containsEntry("top/text", "a\nb\nc\nd\ne\n");
  }

  @Test
  void archivesAreThoseOfCFossil() throws IOException {
    CFossil fossil = CFossil.orSkip(directory);
    repository.update(transaction -> transaction.set("allow-symlinks", "1"));
    Path tarball = directory.resolve("theirs.tar.gz");
    Path zip = directory.resolve("theirs.zip");
    String name = first.hex();
    String at = file.toString();
    fossil.run(directory, "tarball", name, tarball.toString(), "--name", "top", "-R", at);
    fossil.run(directory, "zip", name, zip.toString(), "--name", "top", "-R", at);
    ByteArrayOutputStream ourTarball = new ByteArrayOutputStream();
    ByteArrayOutputStream ourZip = new ByteArrayOutputStream();
    repository.<Boolean, IOException>read(
        snapshot -> {
          new Archive(snapshot, first, "top").tarball(ourTarball);
          new Archive(snapshot, first, "top").zip(ourZip);
          return true;
        });
    assertThat(unzipped(ourTarball.toByteArray())).isEqualTo(unzipped(Files.readAllBytes(tarball)));
    assertThat(entries(Files.write(directory.resolve("ours.zip"), ourZip.toByteArray())))
        .isEqualTo(entries(zip));
  }

  private static String unzipped(byte[] packed) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static Map<String, String> entries(Path zip) throws IOException {
    Map<String, String> entries = new TreeMap<>();
    try (ZipFile file = new ZipFile(zip.toFile())) {
      for (ZipEntry entry : Collections.list(file.entries())) {
        String content =
            new String(file.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
        entries.put(entry.getName(), entry.getTimeLocal() + " " + content);
      }
    }
    return entries;
  }

  @Test
  void usersAndUnversionedFilesAreThoseOfCFossil() {
    CFossil fossil = CFossil.orSkip(directory);
    repository.update(
        transaction -> {
          transaction.putUser("ann", "ei", "Ann");
          transaction.setPassword("ann", "sésame");
          transaction.putUnversioned(
              "notes/a.txt", "n".repeat(500).getBytes(StandardCharsets.UTF_8));
        });
    fossil.run(directory, "user", "new", "bob", "Bob", "pass", "-R", file.toString());
    assertThat(fossil.run(directory, "user", "ls", "-R", file.toString())).contains("ann", "bob");
    assertThat(fossil.run(directory, "uv", "cat", "notes/a.txt", "-R", file.toString()))
        .isEqualTo("n".repeat(500));
    repository.read(
        snapshot -> {
          assertThat(snapshot.users().isPassword("bob", "pass")).isTrue();
          assertThat(snapshot.users().isPassword("bob", "Pass")).isFalse();
          assertThat(snapshot.users().isPassword("ann", "sésame")).isTrue();
          assertThat(snapshot.users().isPassword("nobody", "")).isFalse();
          assertThat(snapshot.unversioned().all())
              .extracting(UnversionedFile::path)
              .containsExactly("notes/a.txt");
          return null;
        });
  }

  @Test
  void whatCannotBeCheckedInIsRefusedAndLeavesNoTrace() {
    Map<String, List<String>> before = Tables.of(file);
    assertRefused(
        new Commit("root", "Fork").onTopOf(first).put("x", FileContent.of("")), "would fork");
    assertRefused(new Commit("root", "Same").onTopOf(merged), "nothing has changed");
    assertRefused(new Commit("root", "None").onTopOf(merged).delete("nope"), "no file \"nope\"");
    assertRefused(
        new Commit("root", "Clash").onTopOf(merged).put("run/x", FileContent.of("")),
        "cannot be a file and the directory of");
    assertRefused(
        new Commit("root", "Old").onTopOf(merged).at(Instant.EPOCH).put("x", FileContent.of("")),
        "is before that of its parent");
    assertThatThrownBy(() -> new Commit("root", "Out").put("../x", FileContent.of("")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Commit("root", "Own").put("a/.fslckout", FileContent.of("")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                repository.commit(
                    new Commit("root", "Broken")
                        .onTopOf(merged)
                        .put("x", FileContent.of("x"))
                        .put(
                            "y",
                            () -> {
                              throw new IOException("unreadable");
                            })))
        .isInstanceOf(IOException.class)
        .hasMessage("unreadable");
    assertThat(Tables.differences(Tables.of(file), before)).isEmpty();
  }

  private void assertRefused(Commit commit, String message) {
    assertThatThrownBy(() -> repository.commit(commit))
        .isInstanceOf(RepositoryException.class)
        .hasMessageContaining(message);
  }
}
