package dev.hubkit.nats.security;

import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.work.Injection;
import dev.hubkit.work.InjectionSource;
import dev.hubkit.work.WorkStep;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Many clients try wrong passwords next to clients that have the right one. */
class WrongPasswordsTest {
  private static final String VIOLATION = "-ERR 'Authorization Violation'";
  private static final byte[] IPV6_LOOPBACK = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  @TempDir Path directory;

  private final List<Attempt> attempts = new ArrayList<>();
  private final CountDownLatch gate = new CountDownLatch(1);
  private final AtomicInteger compared = new AtomicInteger();
  private final WorkStep.Injector hold = this::reached;
  private volatile String ownThreads = "none";

  private static String bcrypt(int cost, String password) {
    return BCrypt.withDefaults().hashToString(cost, password.toCharArray());
  }

  @AfterEach
  void end() throws IOException {
    WorkStep.remove(hold);
    gate.countDown();
    for (Attempt attempt : attempts) {
      attempt.socket.close();
    }
  }

  /** Makes all comparisons with hashes wait for the gate. */
  private void holdComparisons() {
    WorkStep.inject(hold);
  }

  private void reached(WorkStep step) {
    // Tests with servers of their own run at the same time.
    if (step == WorkStep.LOGIN_CHECK && Thread.currentThread().getName().startsWith(ownThreads)) {
      compared.incrementAndGet();
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private NatsServer users(String hash) throws IOException {
    return ConfiguredServer.start(directory, usersText(hash));
  }

  private static String usersText(String hash) {
    return "authorization { users: [{user: me, password: \""
        + hash
        + "\"}, {user: plain, password: plain}] }";
  }

  /** A client that has sent CONNECT and PING. */
  private static final class Attempt {
    private final Socket socket;
    private final BufferedReader in;

    Attempt(InetAddress host, int port, String user, String password) throws IOException {
      socket = new Socket(host, port);
      socket.setSoTimeout(60_000);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      assertThat(in.readLine()).startsWith("INFO ");
      String connect =
          "CONNECT {\"verbose\":false,\"user\":\""
              + user
              + "\",\"pass\":\""
              + password
              + "\"}\r\nPING\r\n";
      socket.getOutputStream().write(connect.getBytes(StandardCharsets.UTF_8));
    }

    String answer() throws IOException {
      String line = in.readLine();
      return line != null && line.startsWith("INFO ") ? in.readLine() : line;
    }

    boolean isAnswered() throws IOException {
      return in.ready();
    }
  }

  private Attempt attempt(NatsServer server, String user, String password) throws IOException {
    return attempt(InetAddress.getLoopbackAddress(), server, user, password);
  }

  private Attempt attempt(InetAddress host, NatsServer server, String user, String password)
      throws IOException {
    ownThreads = "nats-" + server.port() + "-login-";
    Attempt made = new Attempt(host, server.port(), user, password);
    attempts.add(made);
    return made;
  }

  /**
   * Opens {@code count} clients, whose comparisons wait at the gate or queue behind those that do.
   */
  private List<Attempt> hold(NatsServer server, int count) throws IOException {
    List<Attempt> held = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      held.add(attempt(server, "me", "wrong" + i));
    }
    int most = Math.min(count, PROCESSORS);
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> compared.get() >= most);
    return held;
  }

  @Test
  void doNotHoldUpThatOneBehindThem() throws Exception {
    holdComparisons();
    try (NatsServer server = users(bcrypt(10, "secret"))) {
      List<Attempt> wrong = hold(server, 50);
      Attempt right = attempt(server, "me", "secret");
      // Clients whose password is not hashed do not wait at all.
      assertThat(attempt(server, "plain", "plain").answer()).isEqualTo("PONG");
      assertThat(attempt(server, "plain", "hash").answer()).isEqualTo(VIOLATION);
      int before = compared.get();
      gate.countDown();
      assertThat(right.answer()).isEqualTo("PONG");
      // The server compares the newest first: of those in the queue, it compares only a few before
      // it answers the right one.
      assertThat(compared.get() - before).isLessThan(25);
      for (Attempt one : wrong) {
        assertThat(one.answer()).isEqualTo(VIOLATION);
      }
    }
  }

  @Test
  void ofOneAddressDoNotHoldUpThoseOfAnother() throws Exception {
    holdComparisons();
    try (NatsServer server =
        ConfiguredServer.start(directory, "host: \"::\"\n" + usersText(bcrypt(10, "secret")))) {
      hold(server, PROCESSORS);
      InetAddress other = InetAddress.getByAddress(IPV6_LOOPBACK);
      Attempt right = attempt(other, server, "me", "secret");
      List<Attempt> wrong = hold(server, 60);
      gate.countDown();
      assertThat(right.answer()).isEqualTo("PONG");
      int answered = 0;
      for (Attempt one : wrong) {
        answered += one.isAnswered() ? 1 : 0;
      }
      assertThat(answered).isLessThan(30);
    }
  }

  @Test
  void comeAfterThatOneWhenItComesAgain() throws Exception {
    holdComparisons();
    try (NatsServer server = users(bcrypt(10, "secret"))) {
      hold(server, PROCESSORS);
      Attempt first = attempt(server, "me", "secret");
      for (int i = 0; i < 60; i++) {
        attempt(server, "me", "guess" + i);
      }
      first.socket.close();
      Attempt again = attempt(server, "me", "secret");
      for (int i = 60; i < 120; i++) {
        attempt(server, "me", "guess" + i);
      }
      // This login comes after all others and the same thread answers it, so the others are queued
      // by now.
      assertThat(attempt(server, "plain", "plain").answer()).isEqualTo("PONG");
      gate.countDown();
      assertThat(again.answer()).isEqualTo("PONG");
      assertThat(compared.get()).isLessThan(60);
    }
  }

  @Test
  void areForgottenWithTheirClients() throws Exception {
    holdComparisons();
    try (NatsServer server = users(bcrypt(10, "secret"))) {
      for (Attempt one : hold(server, 200)) {
        one.socket.close();
      }
      // The server drops even the clients whose comparison has begun and cannot end.
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.clients().all().isEmpty());
      Attempt right = attempt(server, "me", "secret");
      gate.countDown();
      assertThat(right.answer()).isEqualTo("PONG");
      assertThat(compared.get()).isLessThanOrEqualTo(PROCESSORS + 1);
    }
  }

  @Test
  void aMultitudeIsNoReasonToTurnAwayTheRightOne() throws Exception {
    holdComparisons();
    try (NatsServer server = users(bcrypt(4, "secret"))) {
      List<Attempt> right = new ArrayList<>();
      hold(server, PROCESSORS);
      for (int i = 0; i < 1200; i++) {
        right.add(attempt(server, "me", "secret"));
      }
      gate.countDown();
      for (Attempt one : right) {
        assertThat(one.answer()).isEqualTo("PONG");
      }
      // One comparison serves all of them. Each thread may have taken up one login before it found
      // that another thread had begun that comparison.
      assertThat(compared.get()).isLessThanOrEqualTo(2 * PROCESSORS);
    }
  }

  @Test
  void leaveThoseInThatHaveBeenInBefore() throws Exception {
    try (NatsServer server = users(bcrypt(10, "secret"))) {
      assertThat(attempt(server, "me", "secret").answer()).isEqualTo("PONG");
      assertThat(attempt(server, "me", "often").answer()).isEqualTo(VIOLATION);
      holdComparisons();
      hold(server, 20);
      assertThat(attempt(server, "me", "secret").answer()).isEqualTo("PONG");
      assertThat(attempt(server, "me", "often").answer()).isEqualTo(VIOLATION);
      assertThat(attempt(server, "me", "secret ").isAnswered()).isFalse();
    }
  }

  @Test
  void thatWaitAreDecidedOnByANewConfiguration() throws Exception {
    holdComparisons();
    try (NatsServer server = users(bcrypt(4, "secret"))) {
      Attempt changed = attempt(server, "me", "changed");
      Attempt old = attempt(server, "me", "secret");
      hold(server, PROCESSORS);
      Path file = directory.resolve("changed.conf");
      Files.writeString(file, "port: -1\n" + usersText(bcrypt(4, "changed")));
      server.reload(NatsOptions.of(ConfigFile.read(file.toString(), name -> null)));
      gate.countDown();
      assertThat(changed.answer()).isEqualTo("PONG");
      assertThat(old.answer()).isEqualTo(VIOLATION);
    }
  }

  @Test
  void whatWasSentBehindConnectIsNotLost() throws Exception {
    holdComparisons();
    try (NatsServer server = users(bcrypt(4, "secret"))) {
      Attempt right = attempt(server, "me", "secret");
      hold(server, PROCESSORS);
      StringBuilder more = new StringBuilder("SUB a 1\r\n");
      int messages = 2000;
      for (int i = 0; i < messages; i++) {
        more.append("PUB a 5\r\n").append(String.format("%05d", i)).append("\r\n");
        if (i % 10 == 0) {
          right.socket.getOutputStream().write(more.toString().getBytes(StandardCharsets.UTF_8));
          more.setLength(0);
        }
      }
      right.socket.getOutputStream().write(more.toString().getBytes(StandardCharsets.UTF_8));
      gate.countDown();
      assertThat(right.answer()).isEqualTo("PONG");
      for (int i = 0; i < messages; i++) {
        assertThat(right.in.readLine()).isEqualTo("MSG a 1 5");
        assertThat(right.in.readLine()).isEqualTo(String.format("%05d", i));
      }
    }
  }

  @ParameterizedTest
  @InjectionSource(WorkStep.Worker.LOGIN)
  void anErrorIsNoVerdict(Injection injection) throws Exception {
    try (NatsServer server = users(bcrypt(4, "secret"))) {
      int errors = 2 * PROCESSORS;
      String threads = "nats-" + server.port();
      try (Injection.Armed armed =
          injection.arm(thread -> thread.getName().startsWith(threads), errors)) {
        for (int i = 0; i < errors; i++) {
          assertThat(attempt(server, "me", "secret").answer())
              .isEqualTo("-ERR 'Authentication Timeout'");
        }
        assertThat(armed.hasFired()).isTrue();
        assertThat(attempt(server, "me", "secret").answer()).isEqualTo("PONG");
      }
    }
  }
}
