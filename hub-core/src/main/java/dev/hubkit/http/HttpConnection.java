package dev.hubkit.http;

import dev.hubkit.log.Log;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One connection: reads a request, passes it to a handler, sends what the peer was slow to take,
 * and reads the next. All of it happens on the loop's thread, but for what {@link Exchange.Peer}
 * says.
 */
final class HttpConnection implements SelectorLoop.Turn, Exchange.Peer {
  private static final Log log = Log.of(HttpConnection.class);
  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int READS_A_TURN = 8;

  private enum Phase {
    HEAD,
    BODY,
    /** A worker decides whether a large body may come. */
    ADMITTING,
    HANDLING,
    /** The answer is complete, and not yet sent. */
    DRAINING,
    /** All has been sent, and the peer is to close. */
    LINGERING,
    CLOSED
  }

  /** What follows an answer. */
  private enum After {
    NEXT_REQUEST,
    LINGER,
    CLOSE
  }

  private final HttpConnections home;
  private final SocketChannel channel;
  private final Transport transport;
  private final SocketWriter out;
  private final InetSocketAddress remote;
  private final InetSocketAddress local;
  private final HeadReader headReader;
  private final Patience patience;
  private final UnreadInput unread;
  // Made beforehand: a worker that has run out of memory still has to tell the loop.
  private final SupervisedTask nextRequest;
  private final SupervisedTask lastAnswered;
  private final SupervisedTask answerBroken;
  private @Nullable SelectionKey key;
  private Phase phase = Phase.HEAD;
  private After after = After.LINGER;
  private @Nullable Intake intake;
  private boolean taskRuns;
  private volatile boolean closesSoon;

  HttpConnection(HttpConnections home, SocketChannel channel, Transport transport)
      throws IOException {
    this.home = home;
    this.channel = channel;
    this.transport = transport;
    this.remote = (InetSocketAddress) channel.getRemoteAddress();
    this.local = (InetSocketAddress) channel.getLocalAddress();
    this.headReader = new HeadReader(home.options().sizes(), home.requestSpace());
    SupervisedTask wantsToDrain = task(this::updateInterest);
    this.out = home.socketWriter(transport, () -> toLoop(wantsToDrain));
    this.nextRequest = task(() -> answerEnded(After.NEXT_REQUEST));
    this.lastAnswered = task(() -> answerEnded(After.LINGER));
    this.answerBroken = task(() -> answerEnded(After.CLOSE));
    this.unread = new UnreadInput(home.requestSpace());
    this.patience = new Patience(home.options().times());
  }

  /** Begins to read. */
  void register() throws ClosedChannelException {
    key = channel.register(home.loop().selector(), SelectionKey.OP_READ, this);
  }

  SocketWriter out() {
    return out;
  }

  /** Returns whether it only waits for a next request, which may never come. */
  boolean isIdle() {
    return phase == Phase.HEAD && headReader.isEmpty() && patience.hasServed();
  }

  /** Returns whether a request is being answered. */
  boolean isBusy() {
    return phase == Phase.HANDLING || phase == Phase.DRAINING;
  }

  private void enter(Phase next) {
    boolean was = isBusy();
    phase = next;
    if (was != isBusy()) {
      home.busy(was ? -1 : 1);
    }
  }

  // ---- the loop

  @Override
  public void ready() throws IOException {
    try {
      if (!out.isEmpty()) {
        drain();
      }
      if (isReading()) {
        read();
      }
      updateInterest();
    } catch (BadRequestException e) {
      refuse(e.status(), e.line());
    } catch (IOException e) {
      log.debug("Lost {}", remote, e);
      close();
    }
  }

  @Override
  public void failed(Throwable failure) {
    boolean isReceiving = phase == Phase.HEAD || phase == Phase.BODY || phase == Phase.ADMITTING;
    boolean answered = false;
    try {
      if (isReceiving && out.isEmpty()) {
        refuse(500, "500 " + Status.reason(500));
        answered = true;
      }
    } finally {
      if (!answered) {
        close();
      }
    }
  }

  private boolean isReading() {
    return !taskRuns && (phase == Phase.HEAD || phase == Phase.BODY || phase == Phase.LINGERING);
  }

  private void drain() throws IOException {
    WorkStep.HTTP_DRAIN.reach();
    if (out.drain(home.loop().writeBuffer()) && phase == Phase.DRAINING) {
      sent();
    }
  }

  private void read() throws IOException {
    for (int i = 0; i < READS_A_TURN; i++) {
      WorkStep.HTTP_READ.reach();
      ByteBuffer input = home.loop().readBuffer().clear();
      int count = transport.read(input);
      if (count < 0) {
        ended();
        return;
      }
      if (count == 0) {
        runTask();
        return;
      }
      use(input.flip());
      if (!isReading()) {
        return;
      }
    }
    if (transport.hasReceived()) {
      toLoop(task(this::goOn));
    }
  }

  private void runTask() {
    Runnable task = transport.task();
    if (task != null) {
      taskRuns = true;
      SupervisedTask done = task(this::taskDone);
      home.dispatcher()
          .run(
              "a TLS handshake",
              () -> {
                task.run();
                toLoop(done);
              },
              failure -> closeSoon());
    }
  }

  private void taskDone() {
    taskRuns = false;
    goOn();
  }

  /** Takes a turn that the selector did not call for. */
  private void goOn() {
    if (phase != Phase.CLOSED) {
      home.loop().serve(this);
    }
  }

  private void ended() throws IOException {
    if (phase == Phase.HEAD && !headReader.isEmpty()) {
      throw BadRequestException.malformed();
    }
    close();
  }

  private void use(ByteBuffer input) throws IOException {
    while (input.hasRemaining()) {
      switch (phase) {
        case HEAD -> head(input);
        case BODY -> body(input);
        case LINGERING, CLOSED -> input.position(input.limit());
        default -> {
          keep(input);
          return;
        }
      }
    }
  }

  // With no room for what comes before the answer, the peer sends it again on another connection.
  private void keep(ByteBuffer input) {
    if (!unread.keep(input)) {
      after = After.LINGER;
      patience.last();
    }
  }

  private void useUnread() throws IOException {
    ByteBuffer kept = unread.take();
    if (kept != null) {
      use(kept);
    }
  }

  private void head(ByteBuffer input) throws IOException {
    if (headReader.isEmpty()) {
      patience.headBegins();
    }
    if (!headReader.feed(input)) {
      return;
    }
    WorkStep.HTTP_PARSE.reach();
    RequestHead head = headReader.head();
    headReader.close();
    if (head.uri().getPath().equals("*")) {
      star(head);
      return;
    }
    Intake begun = new Intake(head, home.options(), home.requestSpace());
    intake = begun;
    if (begun.isComplete()) {
      dispatch(begun);
      return;
    }
    enter(Phase.BODY);
    patience.bodyBegins();
    if (head.expectsContinue()) {
      out.write(CONTINUE, 0, CONTINUE.length);
    }
  }

  // As in Go: about the server as a whole there is nothing to tell.
  private void star(RequestHead head) throws IOException {
    if (!head.method().equals("OPTIONS") || head.bodyLength() != 0) {
      throw BadRequestException.malformed();
    }
    byte[] answer =
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    enter(Phase.HANDLING);
    out.write(answer, 0, answer.length);
    answered(head.keepAlive());
  }

  private void body(ByteBuffer input) throws IOException {
    Intake present = intake();
    patience.bodyComesOn(input.remaining());
    switch (present.feed(input)) {
      case MORE -> {
        // The rest has not come.
      }
      case COMPLETE -> dispatch(present);
      case ASK -> ask(present);
    }
  }

  private Intake intake() {
    Intake present = intake;
    if (present == null) {
      throw new IllegalStateException("There is no request");
    }
    return present;
  }

  private void ask(Intake present) {
    enter(Phase.ADMITTING);
    SupervisedTask unanswered = task(() -> admitted(present, 0));
    home.dispatcher()
        .run(
            present,
            () -> {
              long most = present.ask();
              toLoop(task(() -> admitted(present, most)));
            },
            failure -> toLoop(unanswered));
  }

  private void admitted(Intake present, long most) {
    if (phase != Phase.ADMITTING) {
      return;
    }
    if (!present.admit(most)) {
      refuse(413, "413 " + Status.reason(413));
      return;
    }
    enter(Phase.BODY);
    patience.bodyBegins();
    goOnWithUnread();
  }

  private void goOnWithUnread() {
    try {
      useUnread();
      if (isReading() && transport.hasReceived()) {
        read();
      }
      updateInterest();
    } catch (BadRequestException e) {
      refuse(e.status(), e.line());
    } catch (IOException e) {
      log.debug("Lost {}", remote, e);
      close();
    } catch (Throwable e) {
      home.supervisor().failed(this, e, this);
    }
  }

  private void dispatch(Intake complete) {
    enter(Phase.HANDLING);
    boolean dispatched = false;
    try {
      home.dispatcher().dispatch(complete.head(), complete.body(), out, this);
      dispatched = true;
    } finally {
      if (!dispatched) {
        enter(Phase.BODY);
      }
    }
  }

  /** Answers a request that no handler sees, and closes. */
  private void refuse(int status, String line) {
    String text =
        "HTTP/1.1 "
            + line
            + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
            + line;
    log.debug("Answered {} with {}", remote, status);
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      enter(Phase.DRAINING);
      dropRequest();
      after = After.LINGER;
      out.write(bytes, 0, bytes.length);
      if (out.isEmpty()) {
        sent();
      }
      updateInterest();
    } catch (IOException e) {
      log.debug("Lost {}", remote, e);
      close();
    }
  }

  private void answerEnded(After next) {
    if (phase != Phase.HANDLING) {
      return;
    }
    dropRequest();
    after = patience.isLast() && next == After.NEXT_REQUEST ? After.LINGER : next;
    enter(Phase.DRAINING);
    goOnDraining();
  }

  private void goOnDraining() {
    try {
      if (out.isEmpty()) {
        sent();
      }
      updateInterest();
    } catch (IOException e) {
      log.debug("Lost {}", remote, e);
      close();
    } catch (Throwable e) {
      home.supervisor().failed(this, e, this);
    }
  }

  private void sent() throws IOException {
    switch (after) {
      case NEXT_REQUEST -> {
        enter(Phase.HEAD);
        patience.idleBegins();
        goOnWithUnread();
      }
      case LINGER -> {
        enter(Phase.LINGERING);
        patience.lingeringBegins();
        unread.close();
        transport.end();
      }
      case CLOSE -> close();
    }
  }

  private void dropRequest() {
    headReader.close();
    Intake held = intake;
    intake = null;
    if (held != null) {
      held.close();
    }
  }

  private void updateInterest() {
    SelectionKey registered = key;
    if (phase == Phase.CLOSED || registered == null || !registered.isValid()) {
      return;
    }
    int ops = isReading() ? SelectionKey.OP_READ : 0;
    boolean waits = !out.isEmpty();
    try {
      waits |= !transport.flush();
    } catch (IOException e) {
      log.debug("Lost {}", remote, e);
      close();
      return;
    }
    registered.interestOps(waits ? ops | SelectionKey.OP_WRITE : ops);
  }

  /** Closes when a time limit is over. */
  void tick(long now) {
    boolean over =
        closesSoon
            || out.isStalled(now, home.options().times().write().toNanos())
            || switch (phase) {
              case HEAD -> patience.isHeadOver(now, headReader.isEmpty());
              case LINGERING -> patience.isLingeringOver(now);
              default -> false;
            };
    if (over) {
      log.debug("Closing {}, which is too slow", remote);
      close();
    } else if (phase == Phase.BODY && patience.isBodyOver(now)) {
      refuse(408, "408 " + Status.reason(408));
    }
  }

  /** Closes at once. */
  void close() {
    if (phase == Phase.CLOSED) {
      return;
    }
    enter(Phase.CLOSED);
    try {
      WorkStep.HTTP_CLOSE.reach();
    } finally {
      home.forget(this);
      release();
    }
  }

  // Each whatever becomes of the others, the socket first.
  private void release() {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("Closing {} failed", remote, e);
    } finally {
      try {
        out.cut();
      } finally {
        try {
          dropRequest();
        } finally {
          unread.close();
        }
      }
    }
  }

  // ---- any thread

  /** Closes it soon; allocates nothing. */
  void closeSoon() {
    closesSoon = true;
    home.loop().wakeup();
  }

  // Whatever becomes of the task, this is open no longer than it is of use.
  private SupervisedTask task(Runnable task) {
    return new SupervisedTask(task, this);
  }

  private void toLoop(SupervisedTask task) {
    try {
      home.loop().execute(task);
    } catch (OutOfMemoryError e) {
      closeSoon();
      throw e;
    }
  }

  @Override
  public void answered(boolean keepAlive) {
    toLoop(keepAlive ? nextRequest : lastAnswered);
  }

  @Override
  public void brokenOff() {
    toLoop(answerBroken);
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return remote;
  }

  @Override
  public InetSocketAddress localAddress() {
    return local;
  }

  @Override
  public String toString() {
    return "connection of " + remote;
  }
}
