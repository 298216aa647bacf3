package dev.hubkit.nats.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.work.Injection;
import dev.hubkit.work.Injection.Armed;
import dev.hubkit.work.InjectionSource;
import dev.hubkit.work.WorkStep.Worker;
import io.nats.client.Connection;
import io.nats.client.Subscription;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Whatever is thrown while a server works for a route ends only that route, and the servers open it
 * again; the clients of both servers go on.
 */
@Execution(ExecutionMode.CONCURRENT)
class ContainedRouteFailureTest extends ServersOfACluster {
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(25);

  @ParameterizedTest
  @InjectionSource(Worker.ROUTE)
  void isMadeAnew(Injection injection) throws Exception {
    NatsServer one = start("one", "name: c", "");
    NatsServer two = start("two", to(one), "");
    awaitRoutes(1, one, two);
    Connection here = connect(one);
    Connection there = connect(two);
    Subscription wanted = here.subscribe("wanted");
    here.flush(PATIENCE);

    String first = "nats-" + one.port() + "-";
    String second = "nats-" + two.port() + "-";
    try (Armed armed =
        injection.arm(
            thread -> thread.getName().startsWith(first) || thread.getName().startsWith(second),
            1)) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!armed.hasFired() && System.nanoTime() < end) {
        stir(one, two, there);
      }
      assertThat(armed.hasFired()).as("a worker reached the step").isTrue();
    }

    awaitRoutes(1, one, two);
    awaitInterest(two, "wanted");
    there.publish("wanted", bytes("at last"));
    there.flush(PATIENCE);
    await()
        .atMost(PATIENCE)
        .until(() -> "at last".equals(text(wanted.nextMessage(Duration.ofSeconds(1)))));
    assertThat(here.getStatus()).isEqualTo(Connection.Status.CONNECTED);
    assertThat(there.getStatus()).isEqualTo(Connection.Status.CONNECTED);
    assertThat(one.health().troubles()).isEmpty();
    assertThat(two.health().troubles()).isEmpty();
    for (NatsServer server : new NatsServer[] {one, two}) {
      long begun = System.nanoTime();
      server.close();
      assertThat(System.nanoTime() - begun).isLessThan(CLOSE_NANOS);
    }
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(
                        thread ->
                            thread.getName().startsWith(first)
                                || thread.getName().startsWith(second)));
  }

  /** Makes the servers do everything that they do for a route, including opening and closing it. */
  private void stir(NatsServer one, NatsServer two, Connection there) throws Exception {
    there.publish("wanted", bytes("some"));
    Subscription other = there.subscribe("other");
    there.flush(PATIENCE);
    other.unsubscribe();
    ServerAccess.routes(one).forEach(route -> route.fail("to see what becomes of it"));
    awaitRoutes(1, one, two);
    awaitInterest(two, "wanted");
  }
}
