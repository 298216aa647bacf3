package dev.hubkit.fossil;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.artifact.Attachment;
import dev.hubkit.fossil.artifact.ForumPost;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.artifact.TagChange;
import dev.hubkit.fossil.artifact.TechNote;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.time.ManualTimeSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checks that the tables that Hub derives from artifacts equal those that {@code fossil rebuild}
 * makes.
 */
class DerivedTablesTest {
  @TempDir Path directory;

  private final ManualTimeSource time =
      new ManualTimeSource(Instant.parse("2024-05-06T07:08:09.123Z"));

  @Test
  void everyKindOfArtifactIsLinkedAsByRebuild() throws IOException {
    CFossil fossil = CFossil.orSkip(directory);
    Path file = directory.resolve("all.fossil");
    try (FossilRepository repository =
        FossilRepository.create(file, CreateOptions.withAdministrator("root"), time)) {
      ArtifactName tip = checkIns(repository);
      controls(repository, tip);
      texts(repository, tip);
    }
    assertThat(differences(fossil, file)).isEmpty();
    fossil.run(directory, "test-integrity", "--parse", "-R", file.toString());
    Path copy = Files.copy(file, directory.resolve("copy.fossil"));
    try (FossilRepository repository = FossilRepository.open(copy, time)) {
      repository.rebuild();
    }
    assertThat(Tables.differences(Tables.of(copy), Tables.of(file))).isEmpty();
  }

  private List<String> differences(CFossil fossil, Path file) {
    return Tables.differences(Tables.of(file), Tables.rebuiltByFossil(fossil, file, directory));
  }

  private void tick() {
    time.advance(Duration.ofSeconds(5));
  }

  private ArtifactName commit(FossilRepository repository, Commit commit) throws IOException {
    tick();
    return repository.commit(commit);
  }

  private static String text(String word) {
    return (word + " is what this line is about\n").repeat(40);
  }

  private ArtifactName checkIns(FossilRepository repository) throws IOException {
    Commit base = new Commit("root", "Base");
    for (String name : List.of("a", "b", "c", "dir/d", "dir/e", "gone")) {
      base.put(name, FileContent.of(text(name)));
    }
    ArtifactName first = commit(repository, base);
    ArtifactName second =
        commit(
            repository,
            new Commit("root", "Second, after [" + first.abbreviated() + "]")
                .onTopOf(first)
                .put("a", FileContent.of(text("a") + "more"))
                .rename("b", "dir/b")
                .setPermission("c", Permission.EXECUTABLE)
                .delete("gone"));
    ArtifactName side =
        commit(
            repository,
            new Commit("root", "On a side branch")
                .onTopOf(first)
                .branch("side")
                .put("side", FileContent.of(text("side")))
                .put("b", FileContent.of(text("b") + "side")));
    ArtifactName picked =
        commit(
            repository,
            new Commit("root", "Picked")
                .onTopOf(second)
                .cherrypicking(side)
                .tag("v1.0")
                .put("c", FileContent.of(text("c") + "picked")));
    ArtifactName merged =
        commit(
            repository,
            new Commit("root", "Merged")
                .onTopOf(picked)
                .merging(side)
                .put("side", FileContent.of(text("side")))
                .put("dir/b", FileContent.of(text("b") + "side")));
    ArtifactName delta =
        commit(
            repository,
            new Commit("root", "As a delta")
                .onTopOf(merged)
                .asDeltaManifest()
                .put("new", FileContent.of(text("new")))
                .delete("c"));
    ArtifactName delta2 =
        commit(
            repository,
            new Commit("root", "As another delta")
                .onTopOf(delta)
                .asDeltaManifest()
                .delete("new")
                .put("c", FileContent.of(text("c"))));
    ArtifactName full =
        commit(
            repository,
            new Commit("root", "In full again")
                .onTopOf(delta2)
                .put("dir/e", FileContent.of(text("e") + "e")));
    commit(
        repository,
        new Commit("root", "Kept private")
            .onTopOf(full)
            .branch("secret")
            .asPrivate()
            .put("secret", FileContent.of(text("secret"))));
    return full;
  }

  private void controls(FossilRepository repository, ArtifactName tip) {
    List<TagChange> changes =
        List.of(
            new TagChange(TagChange.Kind.SINGLE, "comment", tip, "Amended <b>comment</b>"),
            new TagChange(TagChange.Kind.SINGLE, "user", tip, "some one"),
            new TagChange(TagChange.Kind.PROPAGATE, "bgcolor", tip, "#ff8080"),
            new TagChange(TagChange.Kind.SINGLE, "sym-v2.0", tip, null),
            new TagChange(TagChange.Kind.SINGLE, "closed", tip, "because"),
            new TagChange(TagChange.Kind.SINGLE, "date", tip, "2001-02-03T04:05:06"),
            new TagChange(TagChange.Kind.SINGLE, "own", tip, "a 'value'"));
    for (TagChange change : changes) {
      tick();
      repository.update(transaction -> transaction.changeTags("root", List.of(change)));
    }
    tick();
    repository.update(
        transaction ->
            transaction.changeTags(
                "root",
                List.of(
                    new TagChange(TagChange.Kind.CANCEL, "closed", tip, null),
                    new TagChange(TagChange.Kind.CANCEL, "sym-v2.0", tip, null))));
    tick();
    repository.update(
        transaction ->
            transaction.changeTags(
                "root",
                List.of(
                    new TagChange(TagChange.Kind.PROPAGATE, "branch", tip, "moved"),
                    new TagChange(TagChange.Kind.PROPAGATE, "sym-moved", tip, null),
                    new TagChange(TagChange.Kind.CANCEL, "sym-trunk", tip, null))));
  }

  private void texts(FossilRepository repository, ArtifactName tip) {
    ArtifactName attached =
        repository.write(t -> t.content().nameFor("file".getBytes(StandardCharsets.UTF_8)));
    repository.update(t -> t.content().put("file".getBytes(StandardCharsets.UTF_8), false));
    for (String text : List.of("First\n", "See [" + tip.abbreviated() + "|that] and more\n", "")) {
      tick();
      repository.update(t -> t.writeWiki("root", "A Page", null, text));
    }
    tick();
    repository.update(
        t ->
            t.writeWiki(
                "root",
                "Marked down",
                "text/x-markdown",
                "[x](/info/" + tip.hex() + ") `[abcd]`\n"));
    tick();
    String ticket =
        repository.write(
            t ->
                t.changeTicket(
                    "root",
                    null,
                    Map.of(
                        "title",
                        "It <fails>",
                        "status",
                        "Open",
                        "comment",
                        "In [" + tip.hex().substring(0, 12) + "]")));
    tick();
    repository.update(t -> t.changeTicket("root", ticket, Map.of("status", "Closed")));
    tick();
    repository.update(
        t ->
            t.changeTicket(
                "root",
                ticket,
                Map.of("icomment", "note", "+comment", " more", "private_contact", "a@b.c")));
    ArtifactName noteId = ArtifactName.sha1("note".getBytes(StandardCharsets.UTF_8));
    ArtifactName note = null;
    for (String text : List.of("Note", "Note two")) {
      tick();
      List<ArtifactName> parents = note == null ? List.of() : List.of(note);
      note =
          repository.write(
              t ->
                  t.add(
                      new TechNote(
                          "The note",
                          time.now(),
                          time.now(),
                          noteId,
                          null,
                          parents,
                          List.of(TagChange.onSelf(TagChange.Kind.SINGLE, "bgcolor", "#aabbcc")),
                          "root",
                          text)));
    }
    for (String target : List.of("A Page", ticket, noteId.hex())) {
      tick();
      repository.update(
          t ->
              t.add(
                  new Attachment("f & g.txt", target, attached, "See", time.now(), null, "root")));
      tick();
      repository.update(
          t -> t.add(new Attachment("f & g.txt", target, null, null, time.now(), null, "root")));
    }
    tick();
    ArtifactName thread =
        repository.write(
            t ->
                t.add(
                    new ForumPost(
                        time.now(),
                        null,
                        "Subject",
                        null,
                        null,
                        List.of(),
                        "root",
                        "Hi [" + tip.abbreviated() + "]")));
    tick();
    ArtifactName reply =
        repository.write(
            t ->
                t.add(
                    new ForumPost(
                        time.now(), thread, null, thread, null, List.of(), "root", "Re")));
    tick();
    repository.update(
        t ->
            t.add(
                new ForumPost(
                    time.now(), thread, null, thread, null, List.of(reply), "root", "Ree")));
    tick();
    repository.update(
        t ->
            t.add(
                new ForumPost(
                    time.now(),
                    thread,
                    "New subject",
                    null,
                    null,
                    List.of(thread),
                    "root",
                    "Hi!")));
  }
}
