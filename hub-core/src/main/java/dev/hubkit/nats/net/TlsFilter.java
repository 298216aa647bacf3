package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.tls.PinnedKeys;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.SupervisedTask;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS below a client's connection. In NATS, the server sends INFO in clear and the handshake
 * follows, unless the listener wants the handshake first.
 */
final class TlsFilter extends BufferedFilter {
  private static final Log log = Log.of(TlsFilter.class);
  private static final byte HANDSHAKE_RECORD = 0x16;
  // A record of TLS (RFC 8446, 5.2) and a little more.
  private static final int RECORD = 17 * 1024 + 512;
  // The memory of an engine before it has seen a byte, ...
  private static final int ENGINE = 8 * 1024;
  // ... and then: a record in each direction, and the keys.
  private static final int RECORDS = 40 * 1024;
  private static final double DEFAULT_TIMEOUT_SECONDS = 2;

  /** How far the other side has come. */
  private enum Phase {
    /** INFO may be sent in clear; then the handshake begins. */
    CLEAR,
    /** Whether INFO is sent in clear depends on whether the client begins a handshake. */
    UNDECIDED,
    HANDSHAKE,
    OPEN,
    /** The client did not want TLS, and need not. */
    WITHOUT
  }

  /** Whether memory is reserved for records beside what {@link #footprint} tells. */
  private enum Records {
    NONE,
    RESERVED,
    OVER
  }

  private final SSLEngine engine;
  private final TlsContext context;
  private final TimeSource time;
  private final boolean optional;
  private final BufferMemory memory;
  private final AtomicReference<Records> records = new AtomicReference<>(Records.NONE);
  private volatile Phase phase;
  private boolean begun;
  private @Nullable Timer timeout;
  private @Nullable Timer fallback;

  TlsFilter(
      Transport below,
      TlsContext context,
      TimeSource time,
      BufferMemory memory,
      boolean optional,
      boolean alwaysFirst) {
    super(below, memory);
    this.memory = memory;
    this.context = context;
    this.engine = context.serverEngine();
    this.time = time;
    this.optional = optional;
    boolean first = alwaysFirst || context.settings().handshakeFirst();
    boolean perhaps = first && !alwaysFirst && context.settings().fallbackNanos() > 0;
    phase = perhaps ? Phase.UNDECIDED : first ? Phase.HANDSHAKE : Phase.CLEAR;
  }

  /** Begins, when INFO has been handed over for writing. On the reading thread. */
  void start() throws IOException {
    double seconds = context.settings().timeoutSeconds();
    long nanos = (long) ((seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1e9);
    timeout = time.schedule(nanos, new SupervisedTask(this::timedOut, this::abort));
    if (phase == Phase.UNDECIDED) {
      fallback =
          time.schedule(
              context.settings().fallbackNanos(), new SupervisedTask(this::fallBack, this::abort));
    } else {
      handshake();
    }
  }

  private void handshake() throws IOException {
    phase = Phase.HANDSHAKE;
    engine.beginHandshake();
  }

  private void timedOut() {
    if (phase != Phase.OPEN && phase != Phase.WITHOUT) {
      log.debug("{}: TLS handshake timed out", remoteAddress());
      close(CloseReason.TLS_HANDSHAKE_ERROR);
    }
  }

  // The client has not begun: it waits for INFO.
  private void fallBack() {
    synchronized (output) {
      if (phase != Phase.UNDECIDED) {
        return;
      }
      phase = Phase.CLEAR;
    }
    notifyIfAwaited();
    synchronized (output) {
      try {
        handshake();
      } catch (IOException e) {
        failed(e);
      }
    }
  }

  @Override
  ByteBuffer sharedBuffer() {
    return Scratch.SHARED.get();
  }

  @Override
  int mostKept() {
    return RECORD;
  }

  @Override
  void use(ByteBuffer input, WorkBatch batch) throws IOException {
    if (phase == Phase.UNDECIDED) {
      synchronized (output) {
        if (phase == Phase.UNDECIDED) {
          handshake();
        }
      }
    }
    if (!begun && input.hasRemaining()) {
      begun = true;
      if (optional && phase == Phase.HANDSHAKE) {
        if (isClear(input)) {
          phase = Phase.WITHOUT;
          finished();
        } else {
          reserveRecords();
        }
      }
    }
    ByteBuffer shared = sharedBuffer();
    if (phase == Phase.WITHOUT) {
      handOn(input, shared, batch);
      return;
    }
    while (!isPaused()) {
      ByteBuffer plain = Scratch.BUFFER.get().clear();
      SSLEngineResult result = engine.unwrap(input, plain);
      plain.flip();
      if (plain.hasRemaining()) {
        handOn(plain, shared, batch);
      }
      switch (result.getStatus()) {
        case CLOSED -> {
          close(CloseReason.CLIENT_CLOSED);
          return;
        }
        case BUFFER_UNDERFLOW -> {
          return;
        }
        case BUFFER_OVERFLOW -> throw new IOException("a TLS record is too large");
        case OK -> {
          if (!advance(result) && result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
            return;
          }
        }
      }
    }
  }

  // For a client that may do without TLS, nothing is reserved.
  private void reserveRecords() throws IOException {
    if (!memory.reserveConnection(RECORDS)) {
      throw new IOException("no memory for another handshake");
    }
    if (!records.compareAndSet(Records.NONE, Records.RESERVED)) {
      MemoryBudget.CONNECTIONS.release(RECORDS); // closed meanwhile
    }
  }

  private void releaseRecords() {
    if (records.getAndSet(Records.OVER) == Records.RESERVED) {
      MemoryBudget.CONNECTIONS.release(RECORDS);
    }
  }

  private static boolean isClear(ByteBuffer input) {
    return input.get(input.position()) != HANDSHAKE_RECORD;
  }

  /** Does this side's part of the handshake; returns whether there may be more to unwrap. */
  private boolean advance(SSLEngineResult last) throws IOException {
    HandshakeStatus status = last.getHandshakeStatus();
    while (true) {
      switch (status) {
        case NEED_TASK -> {
          for (Runnable task = engine.getDelegatedTask();
              task != null;
              task = engine.getDelegatedTask()) {
            task.run();
          }
          status = engine.getHandshakeStatus();
        }
        case NEED_WRAP -> {
          SSLEngineResult result = wrapNothing();
          status = result.getHandshakeStatus();
          if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new IOException("TLS handshake failed");
          }
        }
        case FINISHED -> {
          opened();
          status = engine.getHandshakeStatus();
        }
        case NOT_HANDSHAKING -> {
          if (phase == Phase.HANDSHAKE) {
            opened();
          }
          return true;
        }
        default -> {
          return status == HandshakeStatus.NEED_UNWRAP || last.bytesConsumed() > 0;
        }
      }
    }
  }

  private SSLEngineResult wrapNothing() throws IOException {
    synchronized (output) {
      SSLEngineResult result = wrap(new ByteBuffer[0], 0);
      drainSoon();
      return result;
    }
  }

  private void opened() throws IOException {
    if (phase == Phase.HANDSHAKE) {
      checkPinned();
      phase = Phase.OPEN;
      finished();
    }
  }

  private void checkPinned() throws IOException {
    if (!PinnedKeys.allow(context.settings(), engine.getSession())) {
      throw new IOException("the client's certificate is not among those pinned");
    }
  }

  private void finished() {
    finishedTimers();
    notifyIfAwaited();
  }

  @Override
  void failed(IOException problem) {
    log.debug("{}: TLS: {}", remoteAddress(), problem.getMessage());
    synchronized (output) {
      alert();
    }
    close(phase == Phase.OPEN ? CloseReason.READ_ERROR : CloseReason.TLS_HANDSHAKE_ERROR);
  }

  // Tells the other side why, as far as it still listens.
  private void alert() {
    try {
      engine.closeOutbound();
      for (int i = 0; i < 4 && !engine.isOutboundDone(); i++) {
        wrap(new ByteBuffer[0], 0);
        drain();
      }
    } catch (IOException e) {
      log.trace("No alert could be sent", e);
    }
  }

  // ---- Writing.

  @Override
  boolean takesBytes() {
    return phase != Phase.UNDECIDED && phase != Phase.HANDSHAKE;
  }

  @Override
  public boolean write(ByteBuffer[] buffers, int count) throws IOException {
    synchronized (output) {
      return (phase == Phase.CLEAR || phase == Phase.WITHOUT)
          ? below.write(buffers, count)
          : super.write(buffers, count);
    }
  }

  @Override
  void encode(ByteBuffer[] buffers, int count) throws IOException {
    if (wrap(buffers, count).getStatus() == SSLEngineResult.Status.CLOSED) {
      throw new IOException("TLS is closed");
    }
  }

  /** Encrypts one record and queues it behind what waits. */
  private SSLEngineResult wrap(ByteBuffer[] buffers, int count) throws IOException {
    ByteBuffer target = Scratch.OUTPUT.get().clear();
    SSLEngineResult result = engine.wrap(buffers, 0, count, target);
    append(target.flip(), false);
    return result;
  }

  @Override
  public void close() {
    finishedTimers();
    releaseMemory();
    releaseRecords();
    try {
      if (phase == Phase.OPEN) {
        synchronized (output) {
          alert();
        }
      }
    } finally {
      below.close();
    }
  }

  @Override
  public int footprint() {
    return below.footprint() + (optional ? ENGINE : ENGINE + RECORDS);
  }

  @Override
  public void abandon(boolean unread) {
    finishedTimers();
    releaseMemory();
    releaseRecords();
    // Whole records have been taken out of the socket.
    below.abandon(false);
  }

  private void finishedTimers() {
    if (timeout != null) {
      timeout.cancel();
    }
    if (fallback != null) {
      fallback.cancel();
    }
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return phase == Phase.OPEN ? engine.getSession() : null;
  }

  /** Buffers of the thread that is at work. */
  private static final class Scratch {
    private static final ThreadLocal<ByteBuffer> BUFFER =
        ThreadLocal.withInitial(() -> ByteBuffer.allocate(RECORD));
    private static final ThreadLocal<ByteBuffer> SHARED =
        ThreadLocal.withInitial(() -> ByteBuffer.allocate(64 * 1024));
    private static final ThreadLocal<ByteBuffer> OUTPUT =
        ThreadLocal.withInitial(() -> ByteBuffer.allocate(RECORD));
  }
}
