package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * WebSocket (RFC 6455) below a client's connection: the upgrade, frames, and compression without
 * context (RFC 7692). The bytes of all data frames form one stream, as in NATS.
 */
final class WebSocketFilter extends BufferedFilter {
  private static final Log log = Log.of(WebSocketFilter.class);

  private static final int MAX_CONTROL = 125;
  private static final int MAX_FRAME_OUT = 32 * 1024;
  // wsCompressThreshold of nats-server: compressing less does not pay.
  private static final int COMPRESS_FROM = 64;

  /** Waits for the upgrade. */
  interface Upgrading {
    /**
     * Puts something above the filter that uses the connection from now on. On the reading thread.
     */
    void upgraded(UpgradeRequest request);
  }

  private final WebSocketSettings settings;
  private final TimeLimit handshakeLimit;
  // Guarded by the monitor of the output.
  private @Nullable Runnable whenReady;
  private volatile boolean upgraded;
  // Whether the close frame was sent, or has come.
  private volatile boolean closing;
  private volatile @Nullable UpgradeRequest request;
  private volatile boolean compress;
  private boolean masked = true;
  // Whether the connection is a leaf node's, which reads and writes frames itself.
  private volatile boolean transparent;
  private @Nullable Upgrading upgrading;

  // The frame that is being read. On the reading thread.
  private long frameLeft;
  private boolean inFrame;
  private boolean finalFrame;
  private boolean inMessage;
  private boolean compressedMessage;
  private final byte[] mask = new byte[4];
  private int maskAt;
  private final Inflation inflation;

  private final CompressionPool pool;
  // Only a client that has logged in is worth the work.
  private volatile boolean compressing;

  /**
   * Puts WebSocket on a transport.
   *
   * @param mostInflated what a compressed message may come to
   */
  WebSocketFilter(
      Transport below,
      WebSocketSettings settings,
      TimeSource time,
      BufferMemory memory,
      CompressionPool pool,
      long mostInflated) {
    super(below, memory);
    this.settings = settings;
    this.pool = pool;
    this.inflation = new Inflation(pool, mostInflated);
    handshakeLimit = new TimeLimit(time, this::abort);
    handshakeLimit.set(settings.handshakeTimeoutNanos(), () -> close(CloseReason.CLIENT_CLOSED));
  }

  /** Sets what is told of the upgrade; called before anything is read. */
  void upgrading(Upgrading waiting) {
    upgrading = waiting;
  }

  /** Returns whether messages may be compressed in both directions. After the upgrade. */
  boolean compresses() {
    return compress;
  }

  @Override
  ByteBuffer sharedBuffer() {
    return Scratch.SHARED.get();
  }

  @Override
  int mostKept() {
    return UpgradeRequest.MAX_BYTES + MAX_CONTROL;
  }

  // As wsReadLoop and readLoop of nats-server.
  @Override
  void failed(IOException problem) {
    String text = String.valueOf(problem.getMessage());
    if (transparent) {
      log.error("{} - read error: {}", label(), text);
      close(CloseReason.READ_ERROR);
    } else if (upgraded) {
      log.error("{} - read error: {}", label(), text);
      sendClose(CloseFrame.PROTOCOL_ERROR, text);
      close(CloseReason.READ_ERROR);
    } else {
      log.debug("{}: websocket: {}", remoteAddress(), text);
      close(CloseReason.PROTOCOL_VIOLATION);
    }
  }

  @Override
  void use(ByteBuffer input, WorkBatch batch) throws IOException {
    if (!upgraded && !upgrade(input)) {
      return;
    }
    if (transparent) {
      handOn(input, sharedBuffer(), batch);
      return;
    }
    if (inflation.isUnderWay() && !inflate(batch)) {
      return;
    }
    while (!isPaused() && (inFrame || header(input))) {
      int count = (int) Math.min(frameLeft, input.remaining());
      ByteBuffer payload = input.slice(input.position(), count);
      input.position(input.position() + count);
      frameLeft -= count;
      unmask(payload);
      if (compressedMessage) {
        inflation.begin(payload, frameLeft == 0 && finalFrame);
        if (!inflate(batch)) {
          return;
        }
      } else {
        handOn(payload, sharedBuffer(), batch);
        endFrameIfUsed();
      }
      if (inFrame) {
        return;
      }
    }
  }

  private void endFrameIfUsed() {
    if (frameLeft > 0) {
      return;
    }
    inFrame = false;
    if (finalFrame) {
      inMessage = false;
      compressedMessage = false;
    }
  }

  /**
   * Passes on inflated bytes piece by piece, so that a small frame cannot fill the memory; false
   * when what is above takes no more for now, and the rest has to wait.
   */
  private boolean inflate(WorkBatch batch) throws IOException {
    ByteBuffer plain = Scratch.PLAIN.get();
    while (!isPaused()) {
      if (!inflation.next(plain.clear())) {
        endFrameIfUsed();
        return true;
      }
      handOn(plain.flip(), sharedBuffer(), batch);
    }
    inflation.keep();
    return false;
  }

  private boolean upgrade(ByteBuffer input) throws IOException {
    UpgradeRequest read;
    try {
      read = UpgradeRequest.read(input);
      if (read == null) {
        return false;
      }
      read.check(settings);
    } catch (UpgradeRequest.Refusal e) {
      logRefusal(String.valueOf(e.getMessage()));
      send(ByteBuffer.wrap(e.response()));
      input.position(input.limit());
      close(CloseReason.CLIENT_CLOSED);
      return false;
    }
    if (input.hasRemaining()) {
      logRefusal("client sent data before handshake is complete");
      input.position(input.limit());
      close(CloseReason.CLIENT_CLOSED);
      return false;
    }
    compress = settings.compression() && read.wantsCompression();
    masked = !read.wantsNoMasking();
    request = settings.usesCookies() ? read : null;
    send(ByteBuffer.wrap(read.response(settings, compress)));
    return handshakeLimit.meet() && begin(read);
  }

  private void logRefusal(String why) {
    log.error("{} - websocket handshake error: {}", label(), why);
  }

  private boolean begin(UpgradeRequest read) {
    Runnable next;
    synchronized (output) {
      transparent = read.isForLeafNodes();
      upgraded = true;
      next = whenReady;
      whenReady = null;
    }
    notifyIfAwaited();
    Upgrading waiting = upgrading;
    upgrading = null;
    if (waiting != null) {
      waiting.upgraded(read);
    }
    if (next != null) {
      next.run();
    }
    return true;
  }

  @Override
  public void whenReady(Runnable task) {
    synchronized (output) {
      if (!upgraded) {
        whenReady = task;
        return;
      }
    }
    task.run();
  }

  /** Reads the head of a frame of data, and all of the control frames before it. */
  private boolean header(ByteBuffer input) throws IOException {
    while (true) {
      int start = input.position();
      int length = input.remaining() < 2 ? -1 : headerLength(input);
      if (length < 0 || input.remaining() < length) {
        return false;
      }
      int first = input.get() & 0xff;
      int second = input.get() & 0xff;
      FrameHead.check(first, second, compress, masked, inMessage);
      int opcode = FrameHead.opcode(first);
      long payload = second & 0x7f;
      if (payload == 126) {
        payload = input.getShort() & 0xffff;
      } else if (payload == 127) {
        payload = input.getLong();
      }
      if (payload < 0) {
        throw new IOException("invalid 64-bit payload length");
      }
      if ((second & 0x80) != 0) {
        input.get(mask);
      } else {
        mask[0] = 0;
        mask[1] = 0;
        mask[2] = 0;
        mask[3] = 0;
      }
      maskAt = 0;
      if (!FrameHead.isControl(opcode)) {
        inFrame = true;
        frameLeft = payload;
        finalFrame = (first & FrameHead.FINAL) != 0;
        if (opcode != FrameHead.CONTINUATION) {
          inMessage = true;
          compressedMessage = (first & FrameHead.COMPRESSED) != 0;
        }
        return true;
      }
      if (input.remaining() < payload) {
        input.position(start);
        return false;
      }
      byte[] body = new byte[(int) payload];
      input.get(body);
      unmask(ByteBuffer.wrap(body));
      if (!control(opcode, body)) {
        input.position(input.limit());
        return false;
      }
    }
  }

  private static int headerLength(ByteBuffer input) {
    int second = input.get(input.position() + 1);
    int size = second & 0x7f;
    return 2 + (size == 126 ? 2 : size == 127 ? 8 : 0) + ((second & 0x80) != 0 ? 4 : 0);
  }

  private void unmask(ByteBuffer payload) {
    for (int i = payload.position(); i < payload.limit(); i++) {
      payload.put(i, (byte) (payload.get(i) ^ mask[maskAt++ & 3]));
    }
    maskAt &= 3;
  }

  /** Handles a control frame; false when it ended the connection. */
  private boolean control(int opcode, byte[] body) throws IOException {
    switch (opcode) {
      case FrameHead.PING -> send(frame(FrameHead.PONG, ByteBuffer.wrap(body), false));
      case FrameHead.CLOSE -> {
        if (body.length == 1) {
          throw new IOException("close frame payload cannot be 1 byte");
        }
        send(frame(FrameHead.CLOSE, ByteBuffer.wrap(CloseFrame.answer(body)), false));
        closing = true;
        close(CloseReason.CLIENT_CLOSED);
        return false;
      }
      default -> {
        // A pong nobody asked for is allowed.
      }
    }
    return true;
  }

  // ---- Writing.

  @Override
  boolean takesBytes() {
    return upgraded;
  }

  @Override
  void encode(ByteBuffer[] buffers, int count) {
    ByteBuffer gathered = gather(buffers, 0, count);
    if (transparent) {
      append(gathered, false);
    } else {
      append(frame(FrameHead.BINARY, gathered, compressing), true);
    }
  }

  private static ByteBuffer gather(ByteBuffer[] buffers, int from, int count) {
    ByteBuffer chunk = Scratch.CHUNK.get().clear();
    for (int i = from; i < count && chunk.hasRemaining(); i++) {
      int size = Math.min(chunk.remaining(), buffers[i].remaining());
      chunk.put(buffers[i].slice(buffers[i].position(), size));
      buffers[i].position(buffers[i].position() + size);
    }
    return chunk.flip();
  }

  private ByteBuffer frame(int opcode, ByteBuffer payload, boolean mayCompress) {
    ByteBuffer body = payload;
    int bits = FrameHead.FINAL;
    if (mayCompress && payload.remaining() > COMPRESS_FROM) {
      body = deflate(payload);
      bits |= FrameHead.COMPRESSED;
    }
    int length = body.remaining();
    ByteBuffer frame = ByteBuffer.allocate(length + 10);
    frame.put((byte) (bits | opcode));
    if (length < 126) {
      frame.put((byte) length);
    } else if (length < 0x10000) {
      frame.put((byte) 126).putShort((short) length);
    } else {
      frame.put((byte) 127).putLong(length);
    }
    return frame.put(body).flip();
  }

  private ByteBuffer deflate(ByteBuffer payload) {
    Deflater encoder = pool.takeDeflater();
    try {
      encoder.setInput(payload);
      ByteBuffer out = ByteBuffer.allocate(payload.remaining() + payload.remaining() / 10 + 64);
      while (encoder.deflate(out, Deflater.SYNC_FLUSH) > 0 && !out.hasRemaining()) {
        out = ByteBuffer.allocate(out.capacity() * 2).put(out.flip());
      }
      // The four bytes that end a sync flush are not sent (RFC 7692, 7.2.1).
      return out.flip().limit(out.limit() - Inflation.TAIL_BYTES);
    } finally {
      pool.give(encoder);
    }
  }

  private void send(ByteBuffer bytes) throws IOException {
    synchronized (output) {
      append(bytes, true);
      drainSoon();
    }
  }

  private void sendClose(int status, String text) {
    closing = true;
    try {
      send(frame(FrameHead.CLOSE, ByteBuffer.wrap(CloseFrame.body(status, text)), false));
    } catch (IOException e) {
      log.trace("No close frame could be sent", e);
    }
  }

  @Override
  public void announceEnd(CloseReason reason) {
    if (upgraded && !closing && !transparent) {
      sendClose(CloseFrame.status(reason), reason.text());
    }
  }

  @Override
  public void loggedIn() {
    compressing = compress;
    super.loggedIn();
  }

  @Override
  public void close() {
    handshakeLimit.meet();
    inflation.close();
    releaseMemory();
    below.close();
  }

  @Override
  public void abandon(boolean unread) {
    handshakeLimit.meet();
    inflation.close();
    releaseMemory();
    below.abandon(unread);
  }

  @Override
  public ConnectionType type() {
    return ConnectionType.WEBSOCKET;
  }

  @Override
  public ConnectOptions complete(ConnectOptions options) {
    UpgradeRequest asked = request;
    return asked == null
        ? options
        : options.orElse(
            asked.cookie(settings.userCookie()),
            asked.cookie(settings.passwordCookie()),
            asked.cookie(settings.tokenCookie()),
            asked.cookie(settings.jwtCookie()));
  }

  /** Buffers of the thread that is at work. */
  private static final class Scratch {
    private static final ThreadLocal<ByteBuffer> SHARED =
        ThreadLocal.withInitial(() -> ByteBuffer.allocate(64 * 1024));
    private static final ThreadLocal<ByteBuffer> PLAIN =
        ThreadLocal.withInitial(() -> ByteBuffer.allocate(16 * 1024));
    private static final ThreadLocal<ByteBuffer> CHUNK =
        ThreadLocal.withInitial(() -> ByteBuffer.allocate(MAX_FRAME_OUT));
  }
}
