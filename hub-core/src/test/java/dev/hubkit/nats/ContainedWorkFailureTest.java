package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.net.Pipe;
import dev.hubkit.nats.net.RawClient;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.VirtualTimeSource;
import dev.hubkit.work.Injection;
import dev.hubkit.work.Injection.Armed;
import dev.hubkit.work.Injection.Kind;
import dev.hubkit.work.InjectionSource;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.WorkStep;
import dev.hubkit.work.WorkStep.Worker;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A failure of work outside the event loops ends only the operation that it happened in. */
class ContainedWorkFailureTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(25);

  private static void assertThatItCloses(NatsServer server) {
    long begun = System.nanoTime();
    server.close();
    assertThat(System.nanoTime() - begun).isLessThan(CLOSE_NANOS);
  }

  @ParameterizedTest
  @InjectionSource(Worker.PIPE)
  void endsOnePipe(Injection injection) throws Exception {
    NatsServer server = NatsServer.start(NatsOptions.builder().port(0).build());
    Thread self = Thread.currentThread();
    try (Pipe other = server.connectInProcess();
        Pipe pipe = server.connectInProcess()) {
      assertThat(roundTrip(other)).endsWith("PONG\r\n");
      try (Armed armed = injection.arm(thread -> thread == self, 1)) {
        assertThatThrownBy(() -> roundTrip(pipe)).isInstanceOf(IOException.class);
        assertThat(armed.hasFired()).isTrue();
      }
      assertThat(server.clients().all()).hasSize(1);
      assertThat(roundTrip(other)).endsWith("PONG\r\n");
    }
    assertThat(server.health().troubles()).isEmpty();
    assertThatItCloses(server);
  }

  private static String roundTrip(Pipe pipe) throws IOException {
    byte[] ping = "CONNECT {\"verbose\":false}\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII);
    pipe.write(ping, 0, ping.length);
    StringBuilder got = new StringBuilder();
    byte[] buffer = new byte[4096];
    while (got.indexOf("PONG\r\n") < 0) {
      int count = pipe.read(buffer, 0, buffer.length);
      if (count < 0) {
        throw new IOException("closed");
      }
      got.append(new String(buffer, 0, count, StandardCharsets.US_ASCII));
    }
    return got.toString();
  }

  @ParameterizedTest
  @InjectionSource(Worker.TIMER)
  void endsOneClientWhoseTimerFails(Injection injection) throws Exception {
    // It pings before clients have read INFO and logged in, too, as nats-server does.
    NatsServer server =
        NatsServer.start(
            NatsOptions.builder()
                .port(0)
                .pingInterval(Duration.ofMillis(200))
                .maxPingsOut(1_000_000)
                .build());
    try (RawClient one = RawClient.open(server.port());
        RawClient two = RawClient.open(server.port())) {
      assertThat(one.roundTrip()).isEmpty();
      assertThat(two.roundTrip()).isEmpty();
      try (Armed armed = injection.arm("nats-" + server.port() + "-timer")) {
        assertThat(armed.awaitFired(20)).isTrue();
      }
      if (injection.step() == WorkStep.HEARTBEAT_DUE) {
        await().atMost(LONG).until(() -> server.clients().all().size() == 1);
      }
      CountDownLatch next = new CountDownLatch(1);
      server.time().schedule(0, next::countDown);
      assertThat(next.await(20, TimeUnit.SECONDS)).isTrue();
      int open = 0;
      for (RawClient client : new RawClient[] {one, two}) {
        open += client.roundTrip() == null ? 0 : 1;
      }
      int served = open;
      await().atMost(LONG).until(() -> server.clients().all().size() == served);
      assertThat(served).isPositive();
      assertThat(server.health().troubles()).isEmpty();
      assertThatItCloses(server);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void goesOnWithTheNextTimer(Kind kind) throws Exception {
    for (TimeSource time :
        new TimeSource[] {
          new SystemTimeSource("contained-system-" + kind),
          new VirtualTimeSource("contained-virtual-" + kind)
        }) {
      CountDownLatch told = new CountDownLatch(1);
      CountDownLatch ran = new CountDownLatch(1);
      AtomicInteger lost = new AtomicInteger();
      try (Armed armed = new Injection(WorkStep.TIMER_DUE, kind).arm("contained-")) {
        time.schedule(0, new SupervisedTask(lost::incrementAndGet, failure -> told.countDown()));
        assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(armed.hasFired()).isTrue();
        time.schedule(0, ran::countDown);
        assertThat(ran.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(lost).hasValue(0);
      }
      ((AutoCloseable) time).close();
    }
  }

  @ParameterizedTest
  @InjectionSource(Worker.SYSTEM_ACCOUNT)
  void losesOneEvent(Injection injection) throws Exception {
    NatsServer server = NatsServer.start(NatsOptions.builder().port(0).build());
    CountDownLatch heard = new CountDownLatch(1);
    server
        .account(NatsServer.SYSTEM_ACCOUNT)
        .subscribe(
            "$SYS.ACCOUNT.*.DISCONNECT",
            null,
            "1",
            (subscription, message, batch) -> heard.countDown());
    try (Armed armed = injection.arm("nats-" + server.port() + "-system")) {
      comeAndGo(server);
      assertThat(armed.awaitFired(20)).isTrue();
    }
    comeAndGo(server);
    assertThat(heard.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(server.health().troubles()).isEmpty();
    assertThatItCloses(server);
  }

  private static void comeAndGo(NatsServer server) throws Exception {
    try (Connection client = Nats.connect(server.clientUrl())) {
      assertThat(client.RTT()).isPositive();
    }
  }
}
