package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The PROXY protocol below a client's connection: what comes first tells the client's address. A
 * client without such a header is served as any other.
 */
final class ProxyProtocolFilter extends TransportFilter {
  /** What comes behind the header. */
  interface Continuation {
    /** Hears that the client has sent something, be it of the header or not. */
    default void touched() throws IOException {}

    /** Begins, when the header has been read. */
    void begin() throws IOException;
  }

  private static final Log log = Log.of(ProxyProtocolFilter.class);
  // proxyProtoReadTimeout of nats-server: for the first bytes, and again for the rest.
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final ThreadLocal<ByteBuffer> SHARED =
      ThreadLocal.withInitial(() -> ByteBuffer.allocate(64 * 1024));

  private final TimeLimit limit;
  private final Duration firstPatience;
  private final Duration nothingPatience;
  private final ProxyHeader header = new ProxyHeader();
  private @Nullable Continuation next;
  private volatile boolean begun;
  private volatile boolean passed;
  private volatile @Nullable InetSocketAddress client;

  // Guarded by this object's monitor.
  private boolean awaitsRest;

  /**
   * Makes the filter.
   *
   * @param sniffing how long the server waits beforehand for whether the client begins with TLS;
   *     zero where it does not
   */
  ProxyProtocolFilter(Transport below, TimeSource time, BufferMemory memory, Duration sniffing) {
    super(below, memory);
    firstPatience = sniffing.isZero() ? PATIENCE : sniffing;
    nothingPatience = sniffing.isZero() ? Duration.ZERO : PATIENCE;
    limit = new TimeLimit(time, this::abort);
  }

  /** Waits for the header, and then has {@code following} begin. On the reading thread. */
  void start(Continuation following) {
    next = following;
    await(firstPatience, this::firstBytesOverdue);
  }

  private void await(Duration patience, Runnable overdue) {
    limit.set(patience.toNanos(), overdue);
    if (passed) {
      limit.meet();
    }
  }

  // As in nats-server, the whole header has as long again, whatever has arrived (createClientEx in
  // server.go).
  private void firstBytesOverdue() {
    if (begun) {
      awaitRest();
    } else if (nothingPatience.isZero()) {
      nothingCame();
    } else {
      await(nothingPatience, this::nothingCame);
    }
  }

  private void nothingCame() {
    if (begun) {
      awaitRest();
    } else {
      failed(new IOException("failed to read protocol version: EOF"));
    }
  }

  private void awaitRest() {
    synchronized (this) {
      if (awaitsRest) {
        return;
      }
      awaitsRest = true;
    }
    await(PATIENCE, () -> failed(new IOException("failed to read the header: i/o timeout")));
  }

  @Override
  void use(ByteBuffer input, WorkBatch batch) throws IOException {
    if (!passed) {
      Continuation following = next;
      if (!begun && input.hasRemaining()) {
        begun = true;
        if (following != null) {
          following.touched();
        }
      }
      if (!header.read(input)) {
        if (header.isVersionKnown()) {
          awaitRest();
        }
        return;
      }
      client = header.client();
      passed = true;
      limit.meet();
      if (following != null) {
        following.begin();
      }
    }
    handOn(input, sharedBuffer(), batch);
  }

  @Override
  int mostKept() {
    return ProxyHeader.LONGEST_LINE;
  }

  @Override
  ByteBuffer sharedBuffer() {
    return SHARED.get();
  }

  @Override
  void failed(IOException problem) {
    if (passed) {
      log.debug("{}: {}", remoteAddress(), problem.getMessage());
      super.close(CloseReason.READ_ERROR);
      return;
    }
    limit.meet();
    InetSocketAddress proxy = below.remoteAddress();
    log.warn(
        "Error reading PROXY protocol header from {}: {}",
        proxy == null ? "" : HostPort.of(proxy),
        problem.getMessage());
    super.close(CloseReason.PROTOCOL_VIOLATION);
  }

  @Override
  public void close(CloseReason reason) {
    if (!passed && reason == CloseReason.CLIENT_CLOSED) {
      failed(new IOException("failed to read the header: EOF"));
    } else {
      super.close(reason);
    }
  }

  @Override
  public @Nullable InetSocketAddress remoteAddress() {
    InetSocketAddress told = client;
    return told == null ? below.remoteAddress() : told;
  }

  // INFO comes before the header, and must not tell the client the address of the proxy.
  @Override
  public @Nullable InetSocketAddress disclosedAddress() {
    return passed ? remoteAddress() : null;
  }

  @Override
  public boolean write(ByteBuffer[] buffers, int count) throws IOException {
    return below.write(buffers, count);
  }

  @Override
  public void awaitWritable() {
    below.awaitWritable();
  }

  @Override
  public void writable() {
    above().writable();
  }

  @Override
  public void close() {
    limit.meet();
    releaseMemory();
    below.close();
  }

  @Override
  public void abandon(boolean unread) {
    limit.meet();
    releaseMemory();
    below.abandon(unread);
  }
}
