package dev.hubkit.nats.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.time.VirtualTimeSource;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.WorkStep;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a connection to another server, a route or a leaf node, ends with something to write. */
class PeerWriterTest {
  private static final String THREAD = "peer-writer-test-out";
  private static final byte[] LAST = "-ERR 'Authorization Violation'\r\n".getBytes(UTF_8);
  private static final long PATIENCE_SECONDS = 30;

  private final VirtualTimeSource time = new VirtualTimeSource("peer-writer-test");
  private final PeerOutput output = new PeerOutput(MemoryBudget.BUFFERS);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final CountDownLatch held = new CountDownLatch(1);

  private static final class Connection implements PeerWriter.Owner {
    @Override
    public void close(String reason) {}

    @Override
    public void broken(Throwable failure) {
      throw new AssertionError(failure);
    }
  }

  @BeforeEach
  void freeze() {
    time.freeze();
  }

  @AfterEach
  void end() {
    goOn.countDown();
    time.close();
  }

  private PeerWriter writer(OutputStream out) {
    return new PeerWriter(new Connection(), output, out, closed::countDown, time, () -> {}, THREAD);
  }

  private void hold() {
    held.countDown();
    boolean interrupted = false;
    boolean done = false;
    while (!done) {
      try {
        done = goOn.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean await(CountDownLatch latch) throws InterruptedException {
    return latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void theLastWordIsSaidHoweverLateTheThreadGetsToIt() throws Exception {
    WorkStep.Injector late =
        step -> {
          if (step == WorkStep.ROUTE_WRITE && Thread.currentThread().getName().equals(THREAD)) {
            hold();
          }
        };
    WorkStep.inject(late);
    try {
      ByteArrayOutputStream told = new ByteArrayOutputStream();
      PeerWriter writer = writer(told);
      writer.start();
      assertThat(await(held)).isTrue();
      output.append(LAST);
      writer.end();
      time.advance(Duration.ofSeconds(5));
      assertThat(closed.getCount()).isEqualTo(1);
      goOn.countDown();
      writer.join();
      assertThat(told.toByteArray()).isEqualTo(LAST);
      assertThat(closed.getCount()).isZero();
    } finally {
      WorkStep.remove(late);
    }
  }

  @Test
  void nobodyWaitsForOneThatAcceptsNothing() throws Exception {
    PeerWriter writer =
        writer(
            new OutputStream() {
              @Override
              public void write(int one) {
                hold();
              }

              @Override
              public void write(byte[] source, int offset, int length) {
                hold();
              }
            });
    writer.start();
    output.append(LAST);
    writer.end();
    assertThat(await(held)).isTrue();
    time.advance(Duration.ofMillis(900));
    assertThat(closed.getCount()).isEqualTo(1);
    time.advance(Duration.ofMillis(100));
    assertThat(closed.getCount()).isZero();
    goOn.countDown();
    writer.join();
  }
}
