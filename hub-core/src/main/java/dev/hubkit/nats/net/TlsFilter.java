package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.tls.PinnedKeys;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsProblem;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.Workers;
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
  private static final byte ALERT_RECORD = 0x15;
  private static final String FOREIGN = "tls: first record does not look like a TLS handshake";
  // A record of TLS (RFC 8446, 5.2) and a little more.
  private static final int RECORD = 17 * 1024 + 512;
  // The memory of an engine before it has seen a byte, ...
  private static final int ENGINE = 8 * 1024;
  // ... and then: a record in each direction, and the keys.
  private static final int RECORDS = 40 * 1024;
  private static final Supervisor SUPERVISOR = new Supervisor("tls");

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
  private final Workers workers;
  private final boolean optional;
  private final BufferMemory memory;
  private final AtomicReference<Records> records = new AtomicReference<>(Records.NONE);
  private final TimeLimit handshakeLimit;
  private final TimeLimit fallback;
  private volatile Phase phase;
  private volatile boolean beforeInfo;
  // Whether the client may still go on without TLS: not where its handshake comes first.
  private volatile boolean choice;
  // Whether the first that the client has sent is no record of TLS.
  private boolean foreign;
  private volatile boolean working;
  // Whether the client has sent something. Guarded by the monitor of the output.
  private boolean begun;
  // What waits for the end of the handshake. Guarded by the monitor of the output.
  private @Nullable Runnable whenReady;

  TlsFilter(
      Transport below,
      TlsContext context,
      TimeSource time,
      Workers workers,
      BufferMemory memory,
      boolean optional,
      boolean alwaysFirst) {
    super(below, memory);
    this.memory = memory;
    this.context = context;
    this.engine = context.serverEngine();
    this.workers = workers;
    this.handshakeLimit = new TimeLimit(time, this::abort);
    this.fallback = new TimeLimit(time, this::abort);
    this.optional = optional;
    boolean first = alwaysFirst || context.settings().handshakeFirst();
    boolean perhaps = first && !alwaysFirst && context.settings().fallbackNanos() > 0;
    beforeInfo = first;
    choice = optional && !first;
    phase = perhaps ? Phase.UNDECIDED : first ? Phase.HANDSHAKE : Phase.CLEAR;
  }

  /** Begins, when INFO has been handed over for writing. On the reading thread. */
  void start() throws IOException {
    handshakeLimit.set(context.settings().handshakeNanos(), this::timedOut);
    if (phase == Phase.UNDECIDED) {
      fallback.set(context.settings().fallbackNanos(), this::fallBack);
    } else {
      handshake();
    }
  }

  /**
   * Returns what begins behind the header of a proxy. As in nats-server, a header that comes before
   * the client's time is over means that the client begins with the handshake.
   */
  ProxyProtocolFilter.Continuation behindProxy() {
    if (phase == Phase.UNDECIDED) {
      fallback.set(context.settings().fallbackNanos(), this::fallBack);
    }
    return new ProxyProtocolFilter.Continuation() {
      @Override
      public void touched() throws IOException {
        beginIfUndecided();
      }

      @Override
      public void begin() throws IOException {
        handshakeLimit.set(context.settings().handshakeNanos(), TlsFilter.this::timedOut);
        if (phase != Phase.HANDSHAKE || !isEngineBegun()) {
          handshake();
        }
      }
    };
  }

  private boolean isEngineBegun() {
    return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
  }

  private void beginIfUndecided() throws IOException {
    synchronized (output) {
      if (phase == Phase.UNDECIDED) {
        handshake();
      }
    }
  }

  private void handshake() throws IOException {
    log.debug("{} - Starting TLS client connection handshake", label());
    engine.beginHandshake();
    phase = Phase.HANDSHAKE;
  }

  private void timedOut() {
    boolean silent;
    synchronized (output) {
      silent = choice && !begun;
      if (silent) {
        begun = true;
        phase = Phase.WITHOUT;
      }
    }
    if (silent) {
      finished();
    } else {
      log.debug("{} - TLS handshake timeout", label());
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
      beforeInfo = false;
      choice = optional;
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
      beginIfUndecided();
    }
    if (working) {
      // Something else has resumed reading.
      pauseReading();
      return;
    }
    if (input.hasRemaining() && isFirst() && phase == Phase.HANDSHAKE) {
      boolean clear = isClear(input);
      if (clear && choice) {
        phase = Phase.WITHOUT;
        finished();
      } else {
        foreign = clear && input.get(input.position()) != ALERT_RECORD;
        if (optional) {
          reserveRecords();
        }
      }
    }
    ByteBuffer shared = sharedBuffer();
    if (phase == Phase.WITHOUT) {
      handOn(input, shared, batch);
      return;
    }
    if (phase == Phase.HANDSHAKE) {
      advance(engine.getHandshakeStatus(), 0);
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
          if (!advance(result.getHandshakeStatus(), result.bytesConsumed())
              && result.bytesConsumed() == 0
              && result.bytesProduced() == 0) {
            return;
          }
        }
      }
    }
  }

  /** Notes that the client has sent something; returns whether that is the first. */
  private boolean isFirst() {
    synchronized (output) {
      boolean first = !begun;
      begun = true;
      return first;
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
  private boolean advance(HandshakeStatus last, int consumed) throws IOException {
    HandshakeStatus status = last;
    while (true) {
      switch (status) {
        case NEED_TASK -> {
          if (phase == Phase.HANDSHAKE) {
            delegate();
            return false;
          }
          runTasks();
          status = engine.getHandshakeStatus();
        }
        case NEED_WRAP -> {
          SSLEngineResult result = wrapNothing();
          status = result.getHandshakeStatus();
          if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new IOException("EOF");
          }
        }
        case FINISHED -> {
          opened();
          status = engine.getHandshakeStatus();
        }
        case NOT_HANDSHAKING -> {
          // Before the first record of the client, the engine is in no handshake either.
          if (phase == Phase.HANDSHAKE && consumed > 0) {
            opened();
          }
          return true;
        }
        default -> {
          return status == HandshakeStatus.NEED_UNWRAP || consumed > 0;
        }
      }
    }
  }

  // Signatures and key agreements take milliseconds, for which the other connections of this loop
  // would wait.
  private void delegate() {
    working = true;
    pauseReading();
    workers.execute(() -> SUPERVISOR.run(this, this::work, this::abort));
  }

  private void work() {
    runTasks();
    working = false;
    resumeReading();
  }

  private void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
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
    if (phase == Phase.HANDSHAKE && handshakeLimit.meet()) {
      checkPinned();
      phase = Phase.OPEN;
      logSession();
      finished();
    }
  }

  private void logSession() {
    SSLSession session = engine.getSession();
    log.debug("{} - TLS handshake complete", label());
    log.debug(
        "{} - TLS version {}, cipher suite {}",
        label(),
        session.getProtocol().replace("TLSv", ""),
        session.getCipherSuite());
  }

  private void checkPinned() throws IOException {
    if (!PinnedKeys.allow(context.settings(), engine.getSession())) {
      // ErrCertNotPinned of nats-server.
      throw new IOException("certificate not pinned");
    }
  }

  private void finished() {
    endLimits();
    Runnable next;
    synchronized (output) {
      next = whenReady;
      whenReady = null;
    }
    notifyIfAwaited();
    if (next != null) {
      next.run();
    }
  }

  @Override
  public void whenReady(Runnable task) {
    synchronized (output) {
      if (phase != Phase.OPEN && phase != Phase.WITHOUT) {
        whenReady = task;
        return;
      }
    }
    task.run();
  }

  /** Ends a handshake that the other side leaves. */
  @Override
  public void close(CloseReason reason) {
    if (phase == Phase.HANDSHAKE && reason == CloseReason.CLIENT_CLOSED && hasBegun()) {
      log.error("{} - TLS handshake error: EOF", label());
      super.close(CloseReason.TLS_HANDSHAKE_ERROR);
    } else {
      super.close(reason);
    }
  }

  private boolean hasBegun() {
    synchronized (output) {
      return begun || !choice;
    }
  }

  @Override
  void failed(IOException problem) {
    if (foreign && phase == Phase.HANDSHAKE) {
      log.error("{} - TLS handshake error: {}", label(), FOREIGN);
      close(CloseReason.TLS_HANDSHAKE_ERROR);
      return; // as in Go, somebody who does not speak TLS is told nothing in TLS
    }
    if (phase == Phase.OPEN) {
      log.error("{} - read error: {}", label(), TlsProblem.text(problem));
    } else if (TlsProblem.isProbe(problem)) {
      log.debug("{} - TLS handshake error: {}", label(), TlsProblem.text(problem));
    } else {
      log.error("{} - TLS handshake error: {}", label(), TlsProblem.text(problem));
    }
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
    endLimits();
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
    endLimits();
    releaseMemory();
    releaseRecords();
    // Whole records have been taken out of the socket.
    below.abandon(false);
  }

  private void endLimits() {
    handshakeLimit.meet();
    fallback.meet();
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return phase == Phase.OPEN ? engine.getSession() : null;
  }

  @Override
  public boolean isPending() {
    return !takesBytes();
  }

  @Override
  public boolean isTlsFirst() {
    return beforeInfo && phase == Phase.OPEN;
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
