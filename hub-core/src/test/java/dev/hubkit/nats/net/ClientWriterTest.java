package dev.hubkit.nats.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.time.VirtualTimeSource;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ClientWriterTest {
  private static final byte[] LINE = "+OK\r\n".getBytes(StandardCharsets.US_ASCII);

  private final VirtualTimeSource time = new VirtualTimeSource("client-writer-test");
  private final Socket socket = new Socket();
  private final Client client = new Client();

  @BeforeEach
  void freeze() {
    time.freeze();
  }

  @AfterEach
  void close() {
    time.close();
  }

  // One thread has written everything when another thread begins to write and blocks. The deadline
  // belongs to the second thread, so the first must not cancel it.
  @Test
  void aDeadlineOutlivesAWriteThatEndedBefore() {
    ClientWriter writer = writer();
    socket.full = true;
    writer.append(LINE);
    writer.flush();
    assertThat(time.pendingTimers()).isEqualTo(1);

    socket.full = false;
    client.whenAsked =
        () -> {
          socket.full = true;
          writer.append(LINE);
          writer.flush();
        };
    writer.writable();

    assertThat(time.pendingTimers()).isEqualTo(1);
    time.advance(Duration.ofSeconds(10));
    assertThat(client.closed).containsExactly(CloseReason.SLOW_CONSUMER_WRITE_DEADLINE);
  }

  @Test
  void aWriteThatGoesThroughEndsItsDeadline() {
    ClientWriter writer = writer();
    socket.full = true;
    writer.append(LINE);
    writer.flush();
    socket.full = false;
    writer.writable();
    assertThat(time.pendingTimers()).isZero();
  }

  // handleWriteTimeout of nats-server.
  @Test
  void allThatWaitsMustBeWrittenInTime() {
    ClientWriter writer = writer();
    socket.full = true;
    socket.some = 1;
    writer.append(new byte[100]);
    writer.flush();
    for (int i = 0; i < 3; i++) {
      assertThat(client.closed).isEmpty();
      time.advance(Duration.ofSeconds(4));
      writer.writable();
    }
    assertThat(client.closed).containsExactly(CloseReason.SLOW_CONSUMER_WRITE_DEADLINE);
  }

  @Test
  void aClientThatAcceptsSomeStaysWhereWritesAreTriedAgain() {
    client.keepsSlow = true;
    ClientWriter writer = writer();
    socket.full = true;
    socket.some = 1;
    writer.append(new byte[100]);
    writer.flush();
    time.advance(Duration.ofSeconds(4));
    writer.writable();
    time.advance(Duration.ofSeconds(6));
    assertThat(client.closed).isEmpty();
    assertThat(client.slow).isEqualTo(1);
    // Nothing is taken any more.
    time.advance(Duration.ofSeconds(10));
    assertThat(client.slow).isEqualTo(1);
    assertThat(client.closed).containsExactly(CloseReason.SLOW_CONSUMER_WRITE_DEADLINE);
  }

  @Test
  void aClientThatIsBehindMissesMessagesWhereNoProducerIsToStall() {
    ClientWriter writer = writer();
    socket.full = true;
    writer.append(new byte[751]);
    assertThat(writer.isSkipped()).isFalse();
    client.stalls = false;
    assertThat(writer.isSkipped()).isTrue();
    writer.flush();
    socket.full = false;
    writer.writable();
    assertThat(writer.isSkipped()).isFalse();
  }

  private ClientWriter writer() {
    try (NatsServer server = NatsServer.start(NatsOptions.builder().port(0).build());
        Pipe pipe = server.connectInProcess()) {
      Connection any = server.clients().all().iterator().next();
      assertThat(pipe).isNotNull();
      ClientContext context =
          new ClientContext(
              time, client.limits(), Authenticator.open(any.user()), any.server(), null, null);
      return new ClientWriter(client, any, context, socket, new ClientIdentity(client, time));
    }
  }

  private static final class Socket implements Transport {
    private boolean full;
    // What it accepts even if it is full.
    private int some;

    @Override
    public boolean write(ByteBuffer[] buffers, int count) {
      if (full) {
        if (buffers[0].remaining() > some) {
          buffers[0].position(buffers[0].position() + some);
        }
        return false;
      }
      for (int i = 0; i < count; i++) {
        buffers[i].position(buffers[i].limit());
      }
      return true;
    }

    @Override
    public void awaitWritable() {}

    @Override
    public void pauseReading() {}

    @Override
    public void resumeReading() {}

    @Override
    public void close() {}

    @Override
    public @Nullable InetSocketAddress remoteAddress() {
      return null;
    }
  }

  private static final class Client implements ConnectionControl {
    private final List<CloseReason> closed = new ArrayList<>();
    private int slow;
    private boolean keepsSlow;
    private boolean stalls = true;
    private Runnable whenAsked = () -> {};

    @Override
    public boolean isOpen() {
      Runnable once = whenAsked;
      whenAsked = () -> {};
      once.run();
      return true;
    }

    @Override
    public Limits limits() {
      Duration tenSeconds = Duration.ofSeconds(10);
      Duration pings = Duration.ofMinutes(2);
      return new Limits(
          1024, 1024, 1000, 0, 0, 0, pings, pings, 2, tenSeconds, tenSeconds, keepsSlow, stalls, 0);
    }

    @Override
    public void close(CloseReason reason) {
      closed.add(reason);
    }

    @Override
    public void fail(CloseReason reason, String error) {
      closed.add(reason);
    }

    @Override
    public void slow() {
      slow++;
    }

    @Override
    public void slow(CloseReason reason) {
      closed.add(reason);
    }

    @Override
    public void broken(Throwable failure) {
      throw new AssertionError(failure);
    }

    @Override
    public void failed(Throwable failure) {
      throw new AssertionError(failure);
    }

    @Override
    public void release() {}

    @Override
    public void resumeReading() {}

    @Override
    public void remove(Subscription subscription) {}
  }
}
