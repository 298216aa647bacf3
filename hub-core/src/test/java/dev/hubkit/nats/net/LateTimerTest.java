package dev.hubkit.nats.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Runs timers of a connection when they come too late to count: their tasks have begun before they
 * could be cancelled, which a cancellation that has no effect stands for.
 */
final class LateTimerTest {
  private static final Duration LOGIN = Duration.ofSeconds(77);

  /** A clock whose timers of one duration run when the test says so, cancelled or not. */
  private static final class LateTimers implements TimeSource {
    private final TimeSource real = new SystemTimeSource("late-timer-test");
    private final List<Runnable> late = new CopyOnWriteArrayList<>();
    private volatile boolean atOnce;

    @Override
    public long epochNanos() {
      return real.epochNanos();
    }

    @Override
    public long nanoTime() {
      return real.nanoTime();
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
      if (delayNanos != LOGIN.toNanos()) {
        return real.schedule(delayNanos, task);
      }
      if (atOnce) {
        task.run();
      } else {
        late.add(task);
      }
      return () -> {};
    }
  }

  private final LateTimers time = new LateTimers();
  private final NatsServer server =
      NatsServer.start(
          NatsOptions.builder().config(withUser()).authTimeout(LOGIN).timeSource(time).build());

  private static ServerConfig withUser() {
    ServerConfig config = new ServerConfig();
    config.set(Options.PORT, 0);
    config.set(Options.USER, "a");
    config.set(Options.PASSWORD, "b");
    return config;
  }

  @AfterEach
  void stop() {
    server.close();
    ((SystemTimeSource) time.real).close();
  }

  private static String readUntil(Pipe pipe, String end) throws IOException {
    StringBuilder got = new StringBuilder();
    byte[] buffer = new byte[10_000];
    while (got.indexOf(end) < 0) {
      int count = pipe.read(buffer, 0, buffer.length);
      if (count < 0) {
        return got + "(closed)";
      }
      got.append(new String(buffer, 0, count, UTF_8));
    }
    return got.toString();
  }

  private static void send(Pipe pipe, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    pipe.write(bytes, 0, bytes.length);
  }

  @Test
  void aLoginThatCameInTimeIsNotTimedOut() throws IOException {
    try (Pipe pipe = server.connectInProcess()) {
      readUntil(pipe, "\r\n");
      send(pipe, "CONNECT {\"user\":\"a\",\"pass\":\"b\",\"verbose\":false}\r\nPING\r\n");
      assertThat(readUntil(pipe, "PONG\r\n")).endsWith("PONG\r\n");
      assertThat(time.late).hasSize(1);
      time.late.get(0).run();
      send(pipe, "PING\r\n");
      assertThat(readUntil(pipe, "PONG\r\n")).doesNotContain("-ERR").endsWith("PONG\r\n");
    }
  }

  @Test
  void nothingComesBeforeInfo() throws IOException {
    time.atOnce = true;
    try (Pipe pipe = server.connectInProcess()) {
      String all = readUntil(pipe, "never");
      assertThat(all).startsWith("INFO {").endsWith("-ERR 'Authentication Timeout'\r\n(closed)");
    }
  }

  @Test
  void whoComesTooLateIsNotLoggedIn() throws IOException {
    try (Pipe pipe = server.connectInProcess()) {
      readUntil(pipe, "\r\n");
      time.late.get(0).run();
      assertThat(readUntil(pipe, "never")).endsWith("-ERR 'Authentication Timeout'\r\n(closed)");
    }
  }

  @Test
  void aLimitIsEitherMetOrOver() {
    List<String> over = new ArrayList<>();
    TimeLimit limit = new TimeLimit(time, failure -> over.add("failed"));
    limit.set(LOGIN.toNanos(), () -> over.add("first"));
    limit.set(LOGIN.toNanos(), () -> over.add("second"));
    time.late.get(0).run();
    assertThat(over).isEmpty();
    time.late.get(1).run();
    assertThat(over).containsExactly("second");
    assertThat(limit.meet()).isFalse();
    limit.set(LOGIN.toNanos(), () -> over.add("third"));
    assertThat(limit.meet()).isTrue();
    time.late.get(2).run();
    assertThat(over).containsExactly("second");
  }
}
