package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ResolverConfig;
import dev.hubkit.nats.config.ResolverConfig.Kind;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.time.ManualTimeSource;
import io.nats.client.Connection;
import io.nats.client.NKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Damages the files in the directory of a resolver in all kinds of ways. */
class DamagedResolverTest {
  private static final Logger LOGGER = Logger.getLogger(AccountResolver.class.getName());

  @TempDir Path directory;

  private final ManualTimeSource time = new ManualTimeSource(Instant.EPOCH);
  private final Random random = new Random(5);
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          String text = entry.getMessage() + Arrays.toString(entry.getParameters());
          // The servers of other tests log here, too.
          if (entry.getLevel().intValue() >= Level.WARNING.intValue()
              && text.contains(directory.toString())) {
            warnings.add(text);
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private NKey operator;
  private NKey damaged;
  private NKey sound;

  @BeforeEach
  void begin() throws Exception {
    LOGGER.addHandler(handler);
    operator = NKey.createOperator(null);
    damaged = NKey.createAccount(null);
    sound = NKey.createAccount(null);
    Files.createDirectories(directory.resolve("jwt"));
    Files.writeString(file(damaged), token(damaged));
    Files.writeString(file(sound), token(sound));
  }

  @AfterEach
  void end() {
    LOGGER.removeHandler(handler);
  }

  private Path file(NKey account) throws Exception {
    return directory.resolve("jwt").resolve(OperatorTest.key(account) + ".jwt");
  }

  private String token(NKey account) throws Exception {
    return OperatorTest.token(
        operator, account, "", "\"type\":\"account\",\"limits\":{\"conn\":-1,\"subs\":-1}");
  }

  private AccountResolver open(Kind kind, long limit) {
    return open(kind, limit, Duration.ZERO);
  }

  private AccountResolver open(Kind kind, long limit, Duration timeToLive) {
    return new AccountResolver(
        new ResolverConfig(
            kind, directory.resolve("jwt").toString(), true, false, limit, timeToLive.toNanos(), 0),
        Map.of(),
        time,
        null);
  }

  /** As CacheDirAccResolver of nats-server, to which the time begins anew when it starts. */
  @Test
  void forgetsAccountsThatNobodyHasAskedFor() throws Exception {
    Files.writeString(file(damaged), token(damaged));
    AccountResolver cache = open(Kind.CACHE, 0, Duration.ofMinutes(1));
    time.advance(Duration.ofSeconds(40));
    assertThat(cache.stored(OperatorTest.key(sound))).isNotNull();
    time.advance(Duration.ofSeconds(40));
    assertThat(cache.all()).containsOnlyKeys(OperatorTest.key(sound));
    assertThat(file(damaged)).doesNotExist();
    time.advance(Duration.ofSeconds(40));
    assertThat(cache.find(OperatorTest.key(sound))).isNull();
    assertThat(file(sound)).doesNotExist();
    assertThat(warnings).isEmpty();
  }

  private enum Damage {
    EMPTY,
    CUT,
    BIT,
    ZEROS,
    GARBAGE,
    ANOTHER_ACCOUNTS,
    A_USERS,
    HUGE,
    A_DIRECTORY
  }

  private void damage(Damage kind, Path file) throws Exception {
    byte[] content = token(damaged).getBytes(UTF_8);
    int at = random.nextInt(content.length - 2);
    switch (kind) {
      case EMPTY -> content = new byte[0];
      case CUT -> content = Arrays.copyOf(content, at);
      case BIT -> content[at] ^= (byte) (1 << random.nextInt(8));
      case ZEROS -> Arrays.fill(content, at, content.length, (byte) 0);
      case GARBAGE -> random.nextBytes(content);
      case ANOTHER_ACCOUNTS -> content = Files.readAllBytes(file(sound));
      case A_USERS ->
          content =
              OperatorTest.token(damaged, NKey.createUser(null), "", "\"type\":\"user\"")
                  .getBytes(UTF_8);
      case HUGE -> content = Arrays.copyOf(content, 3 << 20);
      case A_DIRECTORY -> {
        Files.delete(file);
        Files.createDirectory(file);
        return;
      }
    }
    Files.write(file, content);
  }

  @ParameterizedTest
  @EnumSource(Damage.class)
  void noneOfThemIsTakenAndEachIsReportedOnceAndLeftAlone(Damage kind) throws Exception {
    String key = OperatorTest.key(damaged);
    String other = OperatorTest.key(sound);
    for (int round = 0; round < 20; round++) {
      for (Kind directoryKind : List.of(Kind.FULL, Kind.CACHE)) {
        Path file = file(damaged);
        Files.deleteIfExists(file);
        Files.writeString(file, token(damaged));
        damage(kind, file);
        byte[] content = kind == Damage.A_DIRECTORY ? null : Files.readAllBytes(file);
        warnings.clear();
        AccountResolver resolver = open(directoryKind, 2);
        assertThat(warnings).as("warnings at the start").hasSize(1);
        assertThat(warnings.get(0)).contains(file.toString());
        assertThat(resolver.find(key)).isNull();
        assertThat(resolver.stored(key)).isNull();
        assertThat(resolver.all().keySet()).containsExactly(other);
        assertThat(warnings).as("warnings after the lookups").hasSize(1);
        AccountClaims claims = resolver.find(other);
        assertThat(claims).isNotNull();
        assertThat(claims.jwt().subject()).isEqualTo(other);
        if (content != null) {
          assertThat(Files.readAllBytes(file)).isEqualTo(content);
          // A token that is pushed again replaces the damaged one.
          resolver.store(OperatorTest.key(damaged), token(damaged));
          assertThat(resolver.stored(key)).isNotNull();
          assertThat(open(directoryKind, 2).find(key)).isNotNull();
        }
      }
    }
  }

  @Test
  void oneThatIsGoneIsUnknown() throws Exception {
    Files.delete(file(damaged));
    AccountResolver resolver = open(Kind.FULL, 0);
    assertThat(resolver.find(OperatorTest.key(damaged))).isNull();
    assertThat(resolver.stored(OperatorTest.key(damaged))).isNull();
    assertThat(resolver.all()).containsOnlyKeys(OperatorTest.key(sound));
    assertThat(warnings).isEmpty();
  }

  @Test
  void aFullCacheGivesUpNoneOfThem() throws Exception {
    damage(Damage.CUT, file(damaged));
    Files.setLastModifiedTime(file(damaged), FileTime.fromMillis(1_000_000));
    AccountResolver resolver = open(Kind.CACHE, 1);
    NKey third = NKey.createAccount(null);
    resolver.store(OperatorTest.key(third), token(third));
    assertThat(file(damaged)).exists();
    assertThat(file(sound)).doesNotExist();
    assertThat(resolver.all()).containsOnlyKeys(OperatorTest.key(third));
  }

  @Test
  void usersOfTheOthersGetIn() throws Exception {
    damage(Damage.ANOTHER_ACCOUNTS, file(damaged));
    NKey system = NKey.createAccount(null);
    Files.writeString(file(system), token(system));
    String text =
        "operator: "
            + OperatorTest.token(operator, operator, "", "\"type\":\"operator\"")
            + "\nsystem_account: "
            + OperatorTest.key(system)
            + "\nresolver { type: full, dir: '"
            + directory.resolve("jwt")
            + "' }\n";
    try (NatsServer server = ConfiguredServer.start(directory, text)) {
      try (Connection connection = OperatorTest.connect(server.port(), sound, "")) {
        connection.flush(Duration.ofSeconds(5));
      }
      assertThat(OperatorTest.answerToLogin(server.port(), damaged))
          .isEqualTo("-ERR 'Authorization Violation'");
    }
  }
}
