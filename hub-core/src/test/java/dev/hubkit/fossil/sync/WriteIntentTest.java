package dev.hubkit.fossil.sync;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Checks which messages the server answers in a write transaction; it decides before it begins one.
 */
class WriteIntentTest {
  private static final String HASH = "a".repeat(40);

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "'', 'pull CODE CODE', false",
    "'', 'push CODE CODE', false",
    "'', 'pull CODE CODE|push CODE CODE', false",
    "oi, 'pull CODE CODE|push CODE CODE', true",
    "oi, 'push CODE HASH', false",
    "oi, 'bad card|push CODE CODE', false",
    "oi, 'login nosuch HASH HASH|push CODE CODE', false",
    "g, 'clone 3 1', false",
    "oi, 'gimme HASH|igot HASH|file HASH 0', false",
    "oi, 'private', false",
    "x, 'private', true",
    "oi, 'uvfile name 1 - 0 1', false",
    "y, 'uvfile name 1 - 0 1', true",
    "oi, 'config /config 0', false",
    "a, 'config /config 0', true",
    "oi, 'pragma ci-lock HASH client', true",
    "oi, 'pragma ci-lock nohash client', false",
    "oi, 'pragma ci-unlock client', false",
    "oi, 'pragma client-version 22100|reqconfig /project|uvgimme name|cookie c', false",
  })
  void messagesThatChangeNothingAreAnsweredFromASnapshot(
      String capabilities, String cards, boolean writes) throws Exception {
    try (FossilRepository repository = repository(capabilities)) {
      byte[] message = message(repository, cards);
      assertThat(writes(repository, message)).isEqualTo(writes);
      SyncServer server = new SyncServer(repository, 1 << 20);
      repository.<SyncReply, Exception>write(
          transaction -> {
            if (writes) {
              return answer(server, message);
            }
            // The answer waits for no other writer.
            return CompletableFuture.supplyAsync(() -> answer(server, message))
                .get(30, TimeUnit.SECONDS);
          });
    }
  }

  @Test
  void aPullThatMakesClustersWrites() throws Exception {
    try (FossilRepository repository = repository("o")) {
      Commit commit = new Commit("admin", "many");
      for (int i = 0; i < 120; i++) {
        commit.put("file" + i, FileContent.of("content " + i));
      }
      repository.commit(commit);
      byte[] message = message(repository, "pull CODE CODE");
      assertThat(writes(repository, message)).isTrue();
      answer(new SyncServer(repository, 1 << 20), message);
      assertThat(writes(repository, message)).isFalse();
    }
  }

  @Test
  void aCheckInLockIsReleasedByWriting() throws Exception {
    try (FossilRepository repository = repository("oi")) {
      String checkIn =
          repository.commit(new Commit("admin", "base").put("base", FileContent.of("base"))).hex();
      byte[] lock = message(repository, "pragma ci-lock " + checkIn + " client");
      answer(new SyncServer(repository, 1 << 20), lock);
      assertThat(writes(repository, message(repository, "pragma ci-unlock client"))).isTrue();
    }
  }

  private FossilRepository repository(String capabilities) {
    FossilRepository repository =
        FossilRepository.create(
            directory.resolve("r.fossil"), CreateOptions.withAdministrator("admin"));
    repository.update(
        transaction -> {
          transaction.session().run("UPDATE user SET cap='' WHERE login<>'admin'");
          transaction.session().run("UPDATE user SET cap=? WHERE login='nobody'", capabilities);
        });
    return repository;
  }

  private static byte[] message(FossilRepository repository, String cards) {
    String code = repository.<String, RuntimeException>read(snapshot -> snapshot.projectCode());
    return (cards.replace("CODE", code).replace("HASH", HASH).replace('|', '\n') + "\n")
        .getBytes(UTF_8);
  }

  private static boolean writes(FossilRepository repository, byte[] message) throws IOException {
    try (MessageSpool spool = MessageSpool.of(new ByteArrayInputStream(message))) {
      return repository.<Boolean, IOException>read(
          snapshot -> WriteIntent.of(spool, new LoginVerifier(spool), snapshot));
    }
  }

  private static SyncReply answer(SyncServer server, byte[] message) {
    try {
      return server.answer(
          MessageFormat.UNCOMPRESSED, new ByteArrayInputStream(message), "127.0.0.1");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
