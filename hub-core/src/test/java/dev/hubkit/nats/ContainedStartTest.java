package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.hubkit.FixedPort;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.work.Injection;
import dev.hubkit.work.Injection.Armed;
import dev.hubkit.work.InjectionSource;
import dev.hubkit.work.WorkStep;
import dev.hubkit.work.WorkStep.Worker;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;

/** A start or a close that fails at any step leaves nothing behind. */
@Execution(ExecutionMode.CONCURRENT)
class ContainedStartTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  // The server abandons a part that hangs after 30 s at most.
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(25);
  // A start or a close has fewer steps than this.
  private static final int MOST_STEPS = 40;

  @TempDir private Path directory;

  @ParameterizedTest
  @InjectionSource(Worker.SERVER)
  void leavesNothingBehind(Injection injection) throws Exception {
    int port = FixedPort.free();
    int fired = 0;
    for (int passed = 0; passed < MOST_STEPS && fired == passed; passed++) {
      if (injection.step() == WorkStep.SHUTDOWN) {
        fired += closes(injection, port, passed) ? 1 : 0;
      } else {
        fired += fails(injection, port, passed) ? 1 : 0;
      }
    }
    assertThat(fired).as("steps that the server reaches").isBetween(1, MOST_STEPS - 1);
    if (injection.step() == WorkStep.START) {
      assertThat(fired).isGreaterThan(6);
    } else if (injection.step() == WorkStep.SHUTDOWN) {
      assertThat(fired).isGreaterThan(10);
    }
  }

  /** Returns whether the start reached the step, and so failed there. */
  private boolean fails(Injection injection, int port, int passed) throws Exception {
    Thread self = Thread.currentThread();
    String key = "nats-" + port + "-key";
    Predicate<Thread> threads = thread -> thread == self || thread.getName().equals(key);
    NatsServer started = null;
    Throwable failure;
    boolean fired;
    long end = System.nanoTime() + LONG.toNanos();
    do {
      try (Armed armed = injection.armAfter(passed, threads)) {
        NatsServer[] result = {null};
        failure = catchThrowable(() -> result[0] = NatsServer.start(options(port)));
        started = result[0];
        fired = armed.hasFired();
      } finally {
        if (started != null) {
          started.close();
        }
      }
    } while (!fired && isTaken(failure) && System.nanoTime() < end);
    if (!fired) {
      assertThat(failure).isNull();
      return false;
    }
    assertThat(failure).isNotNull();
    assertThat(started).isNull();
    assertThatNothingIsLeft(port);
    return true;
  }

  // A process that another test starts holds, for a moment, the socket that looked whether the port
  // is free; see FixedPort.awaitFree.
  private static boolean isTaken(@Nullable Throwable failure) {
    return failure instanceof NatsException
        && String.valueOf(failure.getMessage()).contains("address already in use");
  }

  private NatsServer startOn(int port) throws Exception {
    NatsServer[] result = {null};
    await()
        .atMost(LONG)
        .until(
            () -> {
              Throwable failure = catchThrowable(() -> result[0] = NatsServer.start(options(port)));
              if (failure != null && !isTaken(failure)) {
                throw new AssertionError(failure);
              }
              return failure == null;
            });
    return result[0];
  }

  /** Returns whether the close reached the step. */
  private boolean closes(Injection injection, int port, int passed) throws Exception {
    NatsServer server = startOn(port);
    String closers = "nats-" + port + "-close";
    boolean fired;
    try (Armed armed = injection.armAfter(passed, thread -> thread.getName().equals(closers))) {
      long begun = System.nanoTime();
      server.close();
      assertThat(System.nanoTime() - begun).isLessThan(CLOSE_NANOS);
      assertThat(server.closed()).isDone();
      fired = armed.hasFired();
    }
    assertThatNothingIsLeft(port);
    return fired;
  }

  private NatsOptions options(int port) throws Exception {
    Path file = directory.resolve("server.conf");
    Files.writeString(
        file,
        "server_name: one\nhttp: 127.0.0.1:-1\n"
            + "websocket { listen: 127.0.0.1:-1, no_tls: true }\n"
            + "cluster { name: c, listen: 127.0.0.1:-1 }\n"
            + "jetstream { store_dir: "
            + directory.resolve("store")
            + " }\n");
    ServerConfig config = ConfigFile.read(file.toString(), variable -> null);
    return NatsOptions.of(config).toBuilder().port(port).build();
  }

  private static void assertThatNothingIsLeft(int port) {
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(threads("nats-" + port + "-")).as("threads").isEmpty());
    await().atMost(LONG).until(() -> FixedPort.isFree(port));
  }

  private static List<String> threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith(prefix))
        .toList();
  }

  @Test
  void closesThoughATimerHangs() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    NatsServer server = NatsServer.start(NatsOptions.builder().port(0).build());
    try {
      server
          .time()
          .schedule(
              0,
              () -> {
                hanging.countDown();
                awaitUninterruptibly(end);
              });
      assertThat(hanging.await(10, TimeUnit.SECONDS)).isTrue();
      long begun = System.nanoTime();
      server.close();
      assertThat(System.nanoTime() - begun).isLessThan(CLOSE_NANOS);
      assertThat(server.closed()).isDone();
    } finally {
      end.countDown();
    }
  }

  @Test
  void closesThoughASubscriberHangs() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    NatsServer server = NatsServer.start(NatsOptions.builder().port(0).eventLoops(1).build());
    try {
      ServerAccess.defaultAccount(server)
          .subscribe(
              "hang",
              null,
              "1",
              (subscription, message, batch) -> {
                hanging.countDown();
                awaitUninterruptibly(end);
              });
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        client
            .getOutputStream()
            .write("CONNECT {}\r\nPUB hang 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(hanging.await(10, TimeUnit.SECONDS)).isTrue();
        long begun = System.nanoTime();
        server.close();
        assertThat(System.nanoTime() - begun).isLessThan(CLOSE_NANOS);
      }
    } finally {
      end.countDown();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean hangs = true;
    while (hangs) {
      try {
        latch.await();
        hangs = false;
      } catch (InterruptedException e) {
        // A part that hangs ignores interrupts.
        hangs = true;
      }
    }
  }
}
