package dev.hubkit.nats.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.work.MemoryBudget;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TransportFilterTest {
  /** A filter that changes nothing. */
  private static final class Plain extends TransportFilter {
    Plain() {
      super(
          (Transport)
              Proxy.newProxyInstance(
                  Transport.class.getClassLoader(),
                  new Class<?>[] {Transport.class},
                  (proxy, method, arguments) -> null),
          new BufferMemory(new MemoryBudget(1 << 20)));
    }

    @Override
    void use(ByteBuffer input, WorkBatch batch) throws IOException {
      handOn(input, sharedBuffer(), batch);
    }

    @Override
    int mostKept() {
      return 0;
    }

    @Override
    void failed(IOException problem) {
      throw new AssertionError(problem);
    }

    @Override
    ByteBuffer sharedBuffer() {
      return ByteBuffer.allocate(16);
    }

    @Override
    public boolean write(ByteBuffer[] buffers, int count) {
      return true;
    }

    @Override
    public void awaitWritable() {}

    @Override
    public void writable() {}

    @Override
    public void close() {}
  }

  /** A handler that takes no more input, like a connection that another thread has closed. */
  private static final class Closed implements InboundHandler {
    private final ByteBuffer full = ByteBuffer.allocate(0);

    @Override
    public ByteBuffer inputBuffer(ByteBuffer shared) {
      return full;
    }

    @Override
    public void received(ByteBuffer buffer, WorkBatch batch) {}

    @Override
    public boolean proceed(WorkBatch batch) {
      return false;
    }

    @Override
    public void writable() {}

    @Override
    public void close(CloseReason reason) {}

    @Override
    public String label() {
      return "closed";
    }

    @Override
    public void abort(Throwable failure) {}
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void dropsWhatIsLeftWhenNothingIsTakenAnyMore() {
    Plain layer = new Plain();
    layer.above(new Closed());
    ByteBuffer input = ByteBuffer.allocate(16);
    input.position(10);
    layer.received(input, new WorkBatch());
    assertThat(input.remaining()).isZero();
  }
}
