package dev.hubkit.fossil.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.time.SystemTimeSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentStoreTest {
  @TempDir Path directory;
  private Database database;

  @BeforeEach
  void create() {
    database =
        Database.create(directory.resolve("content.fossil"), new SystemTimeSource("content-test"));
  }

  @AfterEach
  void close() {
    database.close();
  }

  private interface Work<R> {
    R run(ContentStore content);
  }

  private <R> R write(Work<R> work) {
    return database.write(
        session -> {
          ContentStore content = new ContentStore(database, session);
          R result = work.run(content);
          content.verify();
          return result;
        });
  }

  private byte @Nullable [] contentOf(ArtifactName name) {
    return database.read(session -> new ContentStore(database, session).read(name));
  }

  private byte @Nullable [] contentOf(long rid) {
    return database.read(session -> new ContentStore(database, session).read(rid));
  }

  private long rid(ArtifactName name) {
    return database.read(session -> new ContentStore(database, session).rid(name));
  }

  private boolean isAvailable(long rid) {
    return database.read(session -> new ContentStore(database, session).isAvailable(rid));
  }

  private static byte[] version(int number) {
    StringBuilder text = new StringBuilder();
    for (int line = 0; line < 60; line++) {
      text.append("line ").append(line == number % 60 ? number : 0).append(" of it\n");
    }
    return text.append(number).toString().getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aChainOfThousandsOfDeltasIsReadBack() {
    int length = 3000;
    write(
        content -> {
          long newer = content.put(version(length), false);
          for (int i = length - 1; i >= 0; i--) {
            byte[] delta = Delta.create(version(i + 1), version(i));
            newer = content.putDelta(ArtifactName.sha3(version(i)), delta, newer, false);
          }
          return newer;
        });
    assertThat(contentOf(ArtifactName.sha3(version(0)))).isEqualTo(version(0));
    assertThat(contentOf(ArtifactName.sha3(version(1234)))).isEqualTo(version(1234));
  }

  @Test
  void contentThatIsNotWhatItsNameSaysUndoesTheTransaction() {
    ArtifactName name = ArtifactName.sha3(version(1));
    assertThatThrownBy(() -> write(content -> content.put(name, version(2), false)))
        .isInstanceOf(MalformedContentException.class)
        .hasMessageContaining("content does not hash to its name");
    assertThat(rid(name)).isZero();
    write(content -> content.put(version(2), false));
    assertThat(contentOf(ArtifactName.sha3(version(2)))).isEqualTo(version(2));
  }

  @Test
  void aDeltaWaitsForItsSource() {
    ArtifactName source = ArtifactName.sha3(version(1));
    ArtifactName target = ArtifactName.sha3(version(2));
    long rid =
        write(
            content ->
                content.putDelta(
                    target,
                    Delta.create(version(1), version(2)),
                    content.phantom(source, false),
                    false));
    assertThat(isAvailable(rid)).isFalse();
    assertThat(contentOf(rid)).isNull();
    write(content -> content.put(version(1), false));
    assertThat(isAvailable(rid)).isTrue();
    assertThat(contentOf(rid)).isEqualTo(version(2));
  }

  @Test
  void deltasDoNotGoInCircles() {
    ArtifactName one = ArtifactName.sha3(version(1));
    ArtifactName two = ArtifactName.sha3(version(2));
    assertThatThrownBy(
            () ->
                write(
                    content -> {
                      long phantom = content.phantom(one, false);
                      long rid =
                          content.putDelta(
                              two, Delta.create(version(1), version(2)), phantom, false);
                      return content.putDelta(
                          one, Delta.create(version(2), version(1)), rid, false);
                    }))
        .isInstanceOf(MalformedContentException.class)
        .hasMessageContaining("is a delta against itself");
  }

  @Test
  void theOlderBecomesADeltaButNoPublicOneStandsOnAPrivateOne() {
    write(
        content -> {
          long old = content.put(version(1), false);
          long now = content.put(version(2), true);
          assertThat(content.deltify(old, now)).isFalse();
          content.setPrivate(now, false);
          assertThat(content.deltify(old, now)).isTrue();
          assertThat(content.source(old)).isEqualTo(now);
          assertThat(content.deltify(now, old)).isTrue(); // turns the older one into full text
          assertThat(content.source(old)).isZero();
          return true;
        });
    assertThat(contentOf(ArtifactName.sha3(version(1)))).isEqualTo(version(1));
    assertThat(contentOf(ArtifactName.sha3(version(2)))).isEqualTo(version(2));
  }

  @Test
  void readersSeeTheirSnapshotWhileAnotherWrites() throws InterruptedException {
    CountDownLatch written = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(1);
    ArtifactName name = ArtifactName.sha3(version(1));
    Thread writer =
        new Thread(
            () -> {
              try {
                started.await();
                write(content -> content.put(version(1), false));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } finally {
                written.countDown();
              }
            });
    writer.start();
    boolean seen =
        database.<Boolean, InterruptedException>read(
            session -> {
              ContentStore content = new ContentStore(database, session);
              boolean before = content.rid(name) != 0;
              started.countDown();
              written.await();
              return before || content.rid(name) != 0;
            });
    writer.join();
    assertThat(seen).isFalse();
    assertThat(rid(name)).isPositive();
  }

  @Property(tries = 300)
  void damagedBlobsAreRefused(@ForAll Random random) {
    byte[] content = new byte[random.nextInt(400)];
    random.nextBytes(content);
    byte[] packed = CompressedBlob.pack(content);
    assertThat(CompressedBlob.unpack(packed)).isEqualTo(content);
    byte[] damaged =
        random.nextBoolean()
            ? Arrays.copyOf(packed, random.nextInt(packed.length))
            : packed.clone();
    if (damaged.length > 0) {
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 + random.nextInt(255));
    }
    try {
      CompressedBlob.unpack(damaged, 1 << 20);
    } catch (MalformedContentException e) {
      assertThat(e.getMessage()).startsWith("compressed blob");
    }
  }

  @Test
  void aBombIsRefusedBeforeItTakesMemory() {
    byte[] bomb = CompressedBlob.pack(new byte[50_000_000]);
    assertThatThrownBy(() -> CompressedBlob.unpack(bomb, 1_000_000))
        .hasMessageContaining("content of 50000000 bytes is beyond the limit of 1000000");
    byte[] lying = bomb.clone();
    lying[0] = 0x30; // claims 800 MB
    assertThatThrownBy(() -> CompressedBlob.unpack(lying)).hasMessageContaining("cannot hold");
    byte[] small = bomb.clone();
    small[0] = 0;
    small[1] = 0;
    assertThatThrownBy(() -> CompressedBlob.unpack(small)).hasMessageContaining("does not end");
  }
}
