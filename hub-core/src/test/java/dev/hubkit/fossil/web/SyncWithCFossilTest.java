package dev.hubkit.fossil.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.CFossil;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.fossil.sync.SyncOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the original client against this server. */
class SyncWithCFossilTest {
  @TempDir Path directory;
  private CFossil fossil;
  private Path file;
  private FossilRepository repository;
  private FossilServer server;

  @BeforeEach
  void serve() throws IOException {
    fossil = CFossil.orSkip(directory);
    file = directory.resolve("hub.fossil");
    repository =
        FossilRepository.create(file, CreateOptions.withAdministrator("admin").openedToNobody());
    // The original cannot work on a clone without any check-in.
    repository.commit(
        new Commit("admin", "session base")
            .put("base.txt", FileContent.of("base\n".getBytes(StandardCharsets.UTF_8))));
    server = FossilServer.start(repository, FossilServerOptions.defaults().withPort(0));
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
      repository.close();
    }
  }

  @Test
  void clonesCommitsByAutosyncAndClonesAgain() throws IOException {
    Path first = cloneAndOpen("first");
    write(first, "a.txt", "one\n");
    write(first, "b c/ä.txt", "two\n");
    assertThat(fossil(first, "addremove")).contains("added 2");
    assertThat(fossil(first, "commit", "-m", "the first files")).contains("New_Version");
    append(first, "a.txt", "three\n");
    fossil(first, "commit", "-m", "one more line");

    Path second = cloneAndOpen("second");
    assertThat(second.resolve("a.txt")).hasContent("one\nthree\n");
    assertThat(second.resolve("b c/ä.txt")).hasContent("two\n");
    assertThat(fossil(second, "timeline")).contains("the first files", "one more line");

    append(second, "a.txt", "four\n");
    fossil(second, "commit", "-m", "from the second");
    assertThat(fossil(first, "update")).contains("UPDATE a.txt");
    assertThat(first.resolve("a.txt")).hasContent("one\nthree\nfour\n");

    assertHubIsSound("the first files", "one more line", "from the second");
  }

  @Test
  void tablesOfTheHubAreThoseThatRebuildMakes() throws IOException {
    Path work = cloneAndOpen("work");
    for (int i = 0; i < 5; i++) {
      write(work, "f" + i + ".txt", ("line " + i + "\n").repeat(40));
      append(work, "f0.txt", "more " + i + "\n");
      fossil(work, "addremove");
      fossil(work, "commit", "-m", "change " + i, "--allow-empty");
    }
    fossil(work, "tag", "add", "a-tag", "current");
    String before = tables();
    fossil(directory, "rebuild", file.toString());
    assertThat(before).isEqualTo(tables());
  }

  private String tables() {
    String sql =
        "SELECT 'event',type,uuid,user,comment FROM event JOIN blob ON objid=rid ORDER BY uuid;"
            + "SELECT 'plink',p.uuid,c.uuid,isprim FROM plink JOIN blob p ON p.rid=pid"
            + " JOIN blob c ON c.rid=cid ORDER BY 2,3;"
            + "SELECT 'leaf',uuid FROM leaf JOIN blob USING(rid) ORDER BY 2;"
            + "SELECT 'tag',tagname,tagtype,uuid FROM tagxref JOIN tag USING(tagid)"
            + " JOIN blob USING(rid) ORDER BY 2,4;"
            + "SELECT 'mlink',m.uuid,f.uuid,name FROM mlink JOIN blob m ON m.rid=mid"
            + " JOIN blob f ON f.rid=fid JOIN filename USING(fnid) ORDER BY 2,3,4;";
    return fossil(directory, "sql", "-R", file.toString(), sql);
  }

  @Test
  void refusesTheWrongPasswordAndServesTheRightOne() throws IOException {
    String hub = file.toString();
    fossil(directory, "user", "capabilities", "nobody", "", "-R", hub);
    fossil(directory, "user", "capabilities", "anonymous", "", "-R", hub);
    fossil(directory, "user", "new", "jane", "Jane", "secret", "-R", hub);
    fossil(directory, "user", "capabilities", "jane", "gio", "-R", hub);

    CFossil.Run nobody =
        fossil.attempt(directory, "clone", server.url(), directory.resolve("n.fossil").toString());
    assertThat(nobody.status()).isNotZero();
    assertThat(nobody.output()).contains("not authorized to clone");
    CFossil.Run wrong =
        fossil.attempt(
            directory, "clone", url("jane", "guess"), directory.resolve("w.fossil").toString());
    assertThat(wrong.status()).isNotZero();
    assertThat(wrong.output()).contains("login failed");

    Path clone = directory.resolve("jane.fossil");
    fossil(directory, "clone", url("jane", "secret"), clone.toString());
    fossil(directory, "settings", "autosync", "off", "-R", clone.toString());
    Path work = open(clone, "jane");
    write(work, "by-jane.txt", "hello\n");
    fossil(work, "add", "by-jane.txt");
    fossil(work, "commit", "-m", "signed");
    fossil(work, "push", url("jane", "secret"));
    assertThat(fossil(directory, "timeline", "-R", hub)).contains("signed");
    assertThat(
            fossil(directory, "sql", "-R", hub, "SELECT login FROM rcvfrom JOIN user USING(uid)"))
        .contains("jane");
  }

  @Test
  void saysWhoMayOnlyPull() throws IOException {
    fossil(directory, "user", "capabilities", "nobody", "go", "-R", file.toString());
    Path work = cloneAndOpen("reader");
    write(work, "mine.txt", "x\n");
    fossil(work, "add", "mine.txt");
    assertThat(fossil.attempt(work, "commit", "-m", "not for all").output())
        .contains("not authorized");
    assertThat(fossil(directory, "timeline", "-R", file.toString())).doesNotContain("not for all");
    assertThat(fossil(work, "pull")).contains("Pull done");
  }

  @Test
  void aLostRaceWouldForkAndAMergeResolvesIt() throws IOException {
    Path first = cloneAndOpen("first");
    Path second = cloneAndOpen("second");
    write(first, "x.txt", "x\n");
    fossil(first, "add", "x.txt");
    fossil(first, "commit", "-m", "the winner");
    write(second, "y.txt", "y\n");
    fossil(second, "add", "y.txt");
    CFossil.Run lost = fossil.attempt(second, "commit", "-m", "the loser");
    assertThat(lost.status()).isNotZero();
    assertThat(lost.output()).containsIgnoringCase("would fork");
    fossil(second, "update");
    fossil(second, "commit", "-m", "the loser, after all");
    assertHubIsSound("the winner", "the loser, after all");

    fossil(first, "update");
    fossil(first, "branch", "new", "side", "trunk");
    fossil(first, "update", "side");
    append(first, "x.txt", "side\n");
    fossil(first, "commit", "-m", "on the side");
    fossil(first, "update", "trunk");
    fossil(first, "merge", "side");
    fossil(first, "commit", "-m", "merged");
    fossil(second, "update");
    assertThat(second.resolve("x.txt")).hasContent("x\nside\n");
    assertHubIsSound("on the side", "merged");
  }

  @Test
  void whoCommitsToWhatAnotherHasLockedIsTold() throws IOException {
    Path work = cloneAndOpen("work");
    try (FossilClient client = FossilClient.of(URI.create(server.url()));
        FossilRepository other = client.cloneTo(directory.resolve("other.fossil"), "other")) {
      ArtifactName tip = other.<ArtifactName, RuntimeException>read(s -> s.resolve("tip"));
      SyncOptions locking =
          SyncOptions.pull().locking(new SyncOptions.CheckInLock(tip, "1".repeat(40)));
      assertThat(client.exchange(other, locking).lockedBy()).isNull();
    }
    write(work, "new.txt", "x\n");
    fossil(work, "add", "new.txt");
    CFossil.Run run = fossil.attempt(work, "commit", "-m", "at the same place");
    assertThat(run.output()).contains("Might fork due to a check-in race");
    assertThat(fossil(directory, "timeline", "-R", file.toString()))
        .doesNotContain("at the same place");
  }

  @Test
  void theOriginalMayUseTheRepositoryAtTheSameTime() throws Exception {
    Path work = Files.createDirectory(directory.resolve("direct"));
    fossil(work, "open", file.toString());
    fossil(work, "user", "default", "admin");
    ExecutorService aside = Executors.newSingleThreadExecutor();
    try {
      Future<ArtifactName> ours =
          aside.submit(
              () -> {
                ArtifactName tip =
                    repository.<ArtifactName, RuntimeException>read(s -> s.resolve("tip"));
                for (int i = 0; i < 30; i++) {
                  tip =
                      repository.commit(
                          new Commit("admin", "ours " + i)
                              .onTopOf(tip)
                              .branch("ours-" + i)
                              .put("ours", FileContent.of("ours " + i + "\n")));
                }
                return tip;
              });
      for (int i = 0; i < 6; i++) {
        write(work, "theirs", "theirs\n".repeat(i + 1));
        fossil(work, "addremove");
        CFossil.Run run = fossil.attempt(work, "commit", "-m", "theirs " + i);
        // The client reads before it writes, and gives up when another writer got in between.
        while (run.status() != 0) {
          assertThat(run.output()).contains("database is locked");
          run = fossil.attempt(work, "commit", "-m", "theirs " + i);
        }
      }
      ours.get();
    } finally {
      aside.shutdown();
    }
    assertHubIsSound("ours 0", "ours 29", "theirs 0", "theirs 5");
    String before = tables();
    fossil(directory, "rebuild", file.toString());
    assertThat(before).isEqualTo(tables());
  }

  @Test
  void wikiTicketsTagsAndUnversionedFilesTravel() throws IOException {
    fossil(directory, "user", "capabilities", "nobody", "gijorzy", "-R", file.toString());
    Path first = cloneAndOpen("first");
    Path second = cloneAndOpen("second");
    write(first, "page.wiki", "Welcome to <b>wiki</b>\n");
    fossil(first, "wiki", "create", "Home", "page.wiki");
    fossil(first, "ticket", "add", "title", "A bug", "status", "Open");
    fossil(first, "tag", "add", "v1", "current");
    write(first, "u.bin", "unversioned");
    // The newer of two changes wins, and times count in seconds: the removal below must not fall
    // into the second of this change.
    fossil(first, "uv", "add", "u.bin", "--mtime", "2026-01-01 00:00:00");
    fossil(first, "uv", "sync");
    fossil(first, "sync");

    fossil(second, "sync");
    fossil(second, "uv", "sync");
    assertThat(fossil(second, "wiki", "export", "Home")).contains("Welcome");
    assertThat(
            fossil(
                second, "ticket", "show", "0", "-R", directory.resolve("second.fossil").toString()))
        .contains("A bug");
    assertThat(fossil(second, "tag", "list")).contains("v1");
    assertThat(fossil(second, "uv", "list")).contains("u.bin");
    assertThat(fossil(second, "uv", "cat", "u.bin")).isEqualTo("unversioned");

    fossil(second, "uv", "rm", "u.bin");
    fossil(second, "uv", "sync");
    fossil(first, "uv", "sync");
    assertThat(fossil(first, "uv", "list")).doesNotContain("u.bin");
    assertHubIsSound();
  }

  @Test
  void aFullDiskIsToldAndLaterTheSamePushIsTaken() throws IOException {
    Path work = cloneAndOpen("work");
    fossil(work, "settings", "autosync", "off");
    byte[] noise = new byte[600_000];
    new Random(3).nextBytes(noise);
    Files.write(work.resolve("noise"), noise);
    fossil(work, "add", "noise");
    fossil(work, "commit", "--no-warnings", "-m", "more than there is room for");
    List<String> before = names();
    long pages =
        repository.<Long, RuntimeException>read(s -> s.session().number("PRAGMA page_count", 0));
    repository.update(t -> t.session().script("PRAGMA max_page_count=" + (pages + 30)));

    assertThat(fossil.attempt(work, "push").output()).contains("database or disk is full");
    assertThat(names()).isEqualTo(before);
    assertHubIsSound("session base");

    repository.update(t -> t.session().script("PRAGMA max_page_count=1000000"));
    assertThat(fossil(work, "push")).contains("Push done");
    assertHubIsSound("more than there is room for");
  }

  private List<String> names() {
    return repository.<List<String>, RuntimeException>read(
        s -> s.session().list("SELECT uuid FROM blob ORDER BY rid", row -> row.text(1)));
  }

  @Test
  void privateBranchesOnlyTravelByName() throws IOException {
    String hub = file.toString();
    fossil(directory, "user", "new", "jane", "Jane", "secret", "-R", hub);
    fossil(directory, "user", "capabilities", "jane", "giox", "-R", hub);
    Path clone = directory.resolve("jane.fossil");
    fossil(directory, "clone", url("jane", "secret"), clone.toString());
    fossil(directory, "settings", "autosync", "off", "-R", clone.toString());
    Path work = open(clone, "jane");
    write(work, "secret.txt", "s\n");
    fossil(work, "add", "secret.txt");
    fossil(work, "commit", "-m", "hidden work", "--private");
    assertThat(fossil(directory, "timeline", "-R", hub)).doesNotContain("hidden work");
    fossil(work, "sync", "--private", url("jane", "secret"));
    assertThat(fossil(directory, "timeline", "-R", hub)).contains("hidden work");

    fossil(directory, "clone", server.url(), directory.resolve("open.fossil").toString());
    assertThat(fossil(directory, "timeline", "-R", directory.resolve("open.fossil").toString()))
        .doesNotContain("hidden work");
    // The original asks for private content as the user only where a clone has to log in.
    fossil(directory, "user", "capabilities", "nobody", "", "-R", hub);
    fossil(directory, "user", "capabilities", "anonymous", "", "-R", hub);
    fossil(
        directory,
        "clone",
        "--private",
        url("jane", "secret"),
        directory.resolve("private.fossil").toString());
    assertThat(fossil(directory, "timeline", "-R", directory.resolve("private.fossil").toString()))
        .contains("hidden work");
    assertHubIsSound();
  }

  @Test
  void configurationIsPulledByAllAndPushedByAdministrators() throws IOException {
    String hub = file.toString();
    fossil(directory, "user", "new", "jane", "Jane", "secret", "-R", hub);
    fossil(directory, "user", "capabilities", "jane", "a", "-R", hub);
    fossil(
        directory, "sql", "-R", hub, "REPLACE INTO config VALUES('project-name','It''s a hub',1)");
    Path clone = directory.resolve("jane.fossil");
    fossil(directory, "clone", url("jane", "secret"), clone.toString());
    fossil(directory, "config", "pull", "project", url("jane", "secret"), "-R", clone.toString());
    assertThat(projectName(clone)).contains("It''s a hub");

    fossil(
        directory,
        "sql",
        "-R",
        clone.toString(),
        "REPLACE INTO config VALUES('project-name','Renamed; DROP TABLE blob',now())");
    fossil(directory, "config", "push", "project", url("jane", "secret"), "-R", clone.toString());
    assertThat(projectName(file)).contains("Renamed; DROP TABLE blob");
    fossil(directory, "config", "pull", "user", url("jane", "secret"), "-R", clone.toString());
    assertThat(fossil(directory, "user", "list", "-R", clone.toString())).contains("jane");
  }

  private String projectName(Path at) {
    return fossil(
        directory,
        "sql",
        "-R",
        at.toString(),
        "SELECT value FROM config WHERE name='project-name'");
  }

  @Test
  void clustersAreMadeAndUnderstood() throws IOException {
    Path first = cloneAndOpen("first");
    for (int i = 0; i < 130; i++) {
      write(first, "many/" + i + ".txt", "content " + i + "\n");
    }
    fossil(first, "addremove");
    fossil(first, "commit", "-m", "many files");
    Path second = cloneAndOpen("second");
    append(first, "many/7.txt", "more\n");
    fossil(first, "commit", "-m", "after the cluster");
    fossil(second, "update");
    assertThat(second.resolve("many/7.txt")).hasContent("content 7\nmore\n");
    assertThat(
            fossil(
                directory,
                "sql",
                "-R",
                file.toString(),
                "SELECT count(*)>0 AND (SELECT count(*)<100 FROM unclustered)"
                    + " FROM tagxref WHERE tagid=7"))
        .isEqualTo("1\n");
    fossil(second, "pull", "--verily");
    assertHubIsSound("many files", "after the cluster");
  }

  @Test
  void tenClientsPushAtOnce() throws Exception {
    List<Path> clients = new ArrayList<>();
    Path clone = directory.resolve("clone.fossil");
    fossil(directory, "clone", server.url(), clone.toString());
    fossil(directory, "settings", "autosync", "off", "-R", clone.toString());
    for (int i = 0; i < 10; i++) {
      Path work = open(Files.copy(clone, directory.resolve(i + ".fossil")), "client" + i);
      write(work, "by-" + i + ".txt", "content of " + i + "\n");
      fossil(work, "add", "by-" + i + ".txt");
      fossil(work, "commit", "-m", "work of " + i, "--branch", "branch-" + i);
      clients.add(work);
    }
    ExecutorService together = Executors.newFixedThreadPool(clients.size());
    try {
      List<Callable<String>> pushes = new ArrayList<>();
      for (Path work : clients) {
        pushes.add(() -> fossil(work, "push"));
      }
      for (Future<String> push : together.invokeAll(pushes)) {
        assertThat(push.get()).contains("Push done");
      }
    } finally {
      together.shutdown();
    }
    assertHubIsSound("work of 0", "work of 4", "work of 9");
    Path all = cloneAndOpen("all");
    assertThat(fossil(all, "branch", "list")).contains("branch-0", "branch-9");
  }

  // ----

  private Path cloneAndOpen(String name) throws IOException {
    Path clone = directory.resolve(name + ".fossil");
    fossil(directory, "clone", server.url(), clone.toString());
    return open(clone, name);
  }

  private Path open(Path clone, String name) throws IOException {
    Path work = Files.createDirectory(directory.resolve(name));
    fossil(work, "open", clone.toString());
    return work;
  }

  private String url(String user, String password) {
    return "http://" + user + ":" + password + "@127.0.0.1:" + server.port() + "/";
  }

  private void assertHubIsSound(String... comments) {
    assertThat(fossil(directory, "test-integrity", "-R", file.toString())).contains(" 0 errors");
    String timeline = fossil(directory, "timeline", "-n", "0", "-R", file.toString());
    assertThat(List.of(comments)).allSatisfy(comment -> assertThat(timeline).contains(comment));
  }

  private String fossil(Path at, String... arguments) {
    return fossil.run(at, arguments);
  }

  private static void write(Path work, String name, String content) throws IOException {
    Path target = work.resolve(name);
    Files.createDirectories(target.getParent());
    Files.writeString(target, content);
  }

  private static void append(Path work, String name, String content) throws IOException {
    Files.writeString(work.resolve(name), content, StandardOpenOption.APPEND);
  }
}
