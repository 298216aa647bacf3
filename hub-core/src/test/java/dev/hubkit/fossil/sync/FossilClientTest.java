package dev.hubkit.fossil.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Users;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.nats.security.TestCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the client against the server of this package, without sockets. */
class FossilClientTest {
  @TempDir Path directory;
  private FossilRepository hub;
  private SyncServer server;
  private final List<FossilRepository> open = new ArrayList<>();

  @BeforeEach
  void create() throws IOException {
    hub =
        FossilRepository.create(
            directory.resolve("hub.fossil"),
            CreateOptions.withAdministrator("admin").openedToNobody());
    hub.commit(new Commit("admin", "base").put("base.txt", FileContent.of("base\n")));
    server = new SyncServer(hub, 1 << 28);
    open.add(hub);
  }

  @AfterEach
  void close() {
    open.forEach(FossilRepository::close);
  }

  @Test
  void whatOneCloneCommitsTheOtherGets() throws IOException {
    FossilRepository first = cloneAs("first");
    FossilRepository second = cloneAs("second");
    assertThat(names(first)).isEqualTo(names(hub));
    ArtifactName base = tip(first);
    ArtifactName commit =
        first.commit(
            new Commit("first", "more")
                .onTopOf(base)
                .put("more.txt", FileContent.of("more\n".repeat(100))));

    SyncResult pushed = FossilClient.of(server).sync(first);
    assertThat(pushed.progress().artifactsSent()).isEqualTo(2);
    assertThat(pushed.pushRefused()).isFalse();
    SyncResult pulled = FossilClient.of(server).pull(second);
    assertThat(pulled.progress().artifactsReceived()).isEqualTo(2);
    assertThat(tip(second)).isEqualTo(commit);
    assertThat(names(second)).isEqualTo(names(first)).isEqualTo(names(hub));

    SyncResult again = FossilClient.of(server).sync(first);
    assertThat(again.progress().roundTrips()).isEqualTo(1);
    assertThat(again.progress().artifactsSent()).isZero();
  }

  @Test
  void aLongHistoryTakesSeveralRoundsAndReportsThem() throws IOException {
    hub.update(t -> t.set("max-download", "20000"));
    Random random = new Random(1);
    for (int i = 0; i < 30; i++) {
      byte[] noise = new byte[5000];
      random.nextBytes(noise);
      hub.commit(
          new Commit("admin", "change " + i)
              .onTopOf(tip(hub))
              .put("f" + i % 5, FileContent.of(noise)));
    }
    List<SyncProgress> progress = new ArrayList<>();
    FossilRepository clone =
        FossilClient.of(server)
            .onProgress(progress::add)
            .cloneTo(directory.resolve("c.fossil"), "me");
    open.add(clone);
    assertThat(names(clone)).isEqualTo(names(hub));
    assertThat(progress).hasSizeGreaterThan(5);
    assertThat(progress.get(progress.size() - 1).artifactsReceived())
        .isGreaterThanOrEqualTo(names(hub).size());
    assertThat(clone.<String, RuntimeException>read(s -> s.projectCode()))
        .isEqualTo(hub.<String, RuntimeException>read(s -> s.projectCode()));
  }

  @Test
  void aCloneThatWasCancelledGoesOnWhereItWas() throws IOException {
    aHistoryOf(30);
    Path file = directory.resolve("c.fossil");
    FossilClient impatient = FossilClient.of(server);
    impatient.onProgress(
        progress -> {
          if (progress.roundTrips() == 3) {
            impatient.cancel();
          }
        });
    assertThatThrownBy(() -> impatient.cloneTo(file, "me"))
        .isInstanceOf(CancellationException.class);

    List<SyncProgress> progress = new ArrayList<>();
    FossilRepository clone = FossilClient.of(server).onProgress(progress::add).cloneTo(file, "me");
    open.add(clone);
    assertThat(names(clone)).isEqualTo(names(hub));
    assertThat(progress.get(progress.size() - 1).artifactsReceived()).isLessThan(names(hub).size());
    assertThatThrownBy(() -> FossilClient.of(server).cloneTo(file, "me"))
        .hasMessageContaining("exists already");
  }

  @Test
  void aRoundThatBreaksOffLeavesWhatCameBefore() throws IOException {
    aHistoryOf(30);
    Path file = directory.resolve("c.fossil");
    SyncTransport whole = new LocalTransport(server);
    SyncTransport broken =
        new SyncTransport() {
          private int left = 3;

          @Override
          public Answer exchange(MessageFormat format, Body body) throws IOException {
            Answer answer = whole.exchange(format, body);
            if (left-- > 0) {
              return answer;
            }
            try (InputStream in = answer.body()) {
              return new Answer(
                  answer.format(), new java.io.ByteArrayInputStream(in.readNBytes(9000)));
            }
          }

          @Override
          public void cancel() {}

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> FossilClient.over(broken).cloneTo(file, "me"))
        .isInstanceOf(SyncProtocolException.class);
    FossilRepository clone = FossilClient.of(server).cloneTo(file, "me");
    open.add(clone);
    assertThat(names(clone)).isEqualTo(names(hub));
  }

  @Test
  void overHttpsOnlyTrustedServersAreSpokenTo() throws Exception {
    TestCertificate certificate =
        TestCertificate.make(directory, "server", "CN=localhost", "ip:127.0.0.1");
    SSLContext tls = certificate.trusting(certificate);
    HttpsServer https =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(tls));
    https.createContext(
        "/",
        exchange -> {
          MessageFormat format =
              MessageFormat.of(exchange.getRequestHeaders().getFirst("Content-Type"));
          SyncReply reply = server.answer(format, exchange.getRequestBody(), "127.0.0.1");
          exchange.getResponseHeaders().set("Content-Type", reply.format().contentType());
          exchange.sendResponseHeaders(200, reply.length());
          try (OutputStream out = exchange.getResponseBody()) {
            reply.writeTo(out);
          }
        });
    https.start();
    try {
      URI url = URI.create("https://127.0.0.1:" + https.getAddress().getPort() + "/");
      try (FossilClient trusting = FossilClient.of(url, tls)) {
        FossilRepository clone = trusting.cloneTo(directory.resolve("s.fossil"), "me");
        open.add(clone);
        assertThat(names(clone)).isEqualTo(names(hub));
        clone.commit(
            new Commit("me", "over tls").onTopOf(tip(clone)).put("x", FileContent.of("x")));
        assertThat(trusting.push(clone).progress().artifactsSent()).isEqualTo(2);
        assertThat(names(hub)).isEqualTo(names(clone));
        try (FossilClient wary = FossilClient.of(url)) {
          assertThatThrownBy(() -> wary.pull(clone)).isInstanceOf(SSLException.class);
        }
      }
    } finally {
      https.stop(0);
    }
  }

  @Test
  void loginsAreSignedAndChecked() throws IOException {
    FossilRepository clone = cloneAs("jane");
    hub.update(
        t -> {
          t.session().run("UPDATE user SET cap='' WHERE login IN ('nobody','anonymous')");
          t.session()
              .run(
                  "INSERT INTO user(login,pw,cap,info) VALUES('jane',?,'gio','')",
                  Users.sharedSecret(t.projectCode(), "jane", "secret"));
        });
    clone.commit(
        new Commit("jane", "hers").onTopOf(tip(clone)).put("j.txt", FileContent.of("j\n")));
    assertThatThrownBy(() -> FossilClient.of(server).push(clone))
        .isInstanceOf(SyncRefusedException.class)
        .hasMessage("not authorized to write");
    assertThatThrownBy(() -> FossilClient.of(server).loggedIn("jane", "guess").push(clone))
        .isInstanceOf(SyncRefusedException.class)
        .hasMessage("login failed");
    FossilClient.of(server).loggedIn("jane", "secret").push(clone);
    assertThat(names(hub)).isEqualTo(names(clone));
    FossilRepository second =
        FossilClient.of(server)
            .loggedIn("jane", "secret")
            .cloneTo(directory.resolve("second.fossil"), "jane");
    open.add(second);
    assertThat(names(second)).isEqualTo(names(clone));
  }

  @Test
  void whoMayOnlyReadIsToldSo() throws IOException {
    FossilRepository clone = cloneAs("guest");
    hub.update(t -> t.session().run("UPDATE user SET cap='go' WHERE login='nobody'"));
    SyncResult result = FossilClient.of(server).sync(clone);
    assertThat(result.pushRefused()).isTrue();
    assertThat(result.messages()).containsExactly("pull only - not authorized to push");
  }

  @Test
  void anotherProjectIsRefused() {
    FossilRepository other =
        FossilRepository.create(
            directory.resolve("o.fossil"), CreateOptions.withAdministrator("me"));
    open.add(other);
    assertThatThrownBy(() -> FossilClient.of(server).pull(other))
        .isInstanceOf(SyncRefusedException.class)
        .hasMessage("wrong project");
  }

  @Test
  void theSecondToLockACheckInIsToldWhoHasIt() throws IOException {
    FossilRepository clone = cloneAs("c");
    ArtifactName base = tip(clone);
    SyncOptions mine = locking(base, "1");
    assertThat(FossilClient.of(server).exchange(clone, mine).lockedBy()).isNull();
    assertThat(FossilClient.of(server).exchange(clone, mine).lockedBy()).isNull();
    assertThat(FossilClient.of(server).exchange(clone, locking(base, "2")).lockedBy())
        .isEqualTo("anonymous");
    clone.commit(new Commit("me", "c").onTopOf(base).put("x", FileContent.of("x")));
    FossilClient.of(server).push(clone);
    assertThat(FossilClient.of(server).exchange(clone, locking(tip(clone), "2")).lockedBy())
        .isNull();
  }

  private static SyncOptions locking(ArtifactName checkIn, String digit) {
    return SyncOptions.pull().locking(new SyncOptions.CheckInLock(checkIn, digit.repeat(40)));
  }

  @Test
  void unversionedFilesGoBothWaysAndTheNewerWins() throws IOException {
    hub.update(t -> t.session().run("UPDATE user SET cap=cap||'y' WHERE login='nobody'"));
    FossilRepository first = cloneAs("first");
    FossilRepository second = cloneAs("second");
    SyncOptions unversioned = SyncOptions.nothing().withUnversioned();
    put(first, "a.bin", 100, "first a");
    put(second, "a.bin", 200, "second a");
    put(second, "b.bin", 100, "second b".repeat(1000));
    FossilClient.of(server).exchange(first, unversioned);
    FossilClient.of(server).exchange(second, unversioned);
    FossilClient.of(server).exchange(first, unversioned);
    assertThat(content(first, "a.bin")).isEqualTo("second a");
    assertThat(content(first, "b.bin")).isEqualTo("second b".repeat(1000));
    assertThat(content(hub, "a.bin")).isEqualTo("second a");

    first.update(t -> new UnversionedFiles(t).markDeleted("a.bin", 300));
    FossilClient.of(server).exchange(first, unversioned);
    FossilClient.of(server).exchange(second, unversioned);
    assertThat(content(second, "a.bin")).isEqualTo("");

    put(second, "b.bin", 900, "mine");
    put(second, "c.bin", 900, "only mine");
    FossilClient.of(server).exchange(second, SyncOptions.nothing().revertingUnversioned());
    assertThat(content(second, "b.bin")).isEqualTo("second b".repeat(1000));
    assertThat(content(second, "c.bin")).isEqualTo("");
  }

  private static void put(FossilRepository to, String name, long mtime, String text) {
    byte[] content = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    to.update(
        t ->
            new UnversionedFiles(t)
                .receive(
                    new Card.UnversionedFile(
                        name, mtime, ArtifactName.sha3(content), content.length, 0, content)));
  }

  private static String content(FossilRepository of, String name) {
    return of.<String, RuntimeException>read(
        s -> {
          byte[] content = s.unversioned().read(name);
          return content == null
              ? ""
              : new String(content, java.nio.charset.StandardCharsets.UTF_8);
        });
  }

  // ----

  private void aHistoryOf(int checkIns) throws IOException {
    hub.update(t -> t.set("max-download", "20000"));
    Random random = new Random(1);
    for (int i = 0; i < checkIns; i++) {
      byte[] noise = new byte[5000];
      random.nextBytes(noise);
      hub.commit(
          new Commit("admin", "change " + i)
              .onTopOf(tip(hub))
              .put("f" + i % 5, FileContent.of(noise)));
    }
  }

  private FossilRepository cloneAs(String name) throws IOException {
    FossilRepository clone =
        FossilClient.of(server).cloneTo(directory.resolve(name + ".fossil"), name);
    open.add(clone);
    return clone;
  }

  private static Set<String> names(FossilRepository of) {
    return of.<Set<String>, RuntimeException>read(
        s -> {
          assertThat(s.session().exists("SELECT 1 FROM phantom")).isFalse();
          List<Long> rids = s.session().list("SELECT rid FROM blob", r -> r.number(1));
          Set<String> names = new java.util.TreeSet<>();
          for (long rid : rids) {
            ArtifactName name = s.content().name(rid);
            assertThat(name.names(s.content().read(rid))).isTrue();
            names.add(name.hex());
          }
          return names;
        });
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
