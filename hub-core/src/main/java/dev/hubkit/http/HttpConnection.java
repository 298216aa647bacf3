package dev.hubkit.http;

import dev.hubkit.http.AnswerSignal.Next;
import dev.hubkit.http.ConnectionState.Phase;
import dev.hubkit.log.Log;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One connection: reads a request, passes it to a handler, sends what the peer was slow to take,
 * and reads the next. For the loop's thread, except {@link #closeSoon()}.
 */
final class HttpConnection implements SelectorLoop.Turn {
  private static final Log log = Log.of(HttpConnection.class);
  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int READS_A_TURN = 8;

  private final HttpConnections home;
  private final SocketTransport transport;
  private final SocketWriter out;
  private final HttpSocket socket;
  private final RequestReader requests;
  private final Patience patience;
  private final LoopTasks tasks;
  private final HandshakeTasks handshake;
  private final AnswerSignal signal;
  private final ConnectionState state;
  private Next after = Next.LINGER;

  HttpConnection(HttpConnections home, SocketChannel channel, SocketTransport transport)
      throws IOException {
    this.home = home;
    this.transport = transport;
    this.requests = new RequestReader(home.options(), home.requestSpace());
    this.tasks = new LoopTasks(home.loop(), this);
    SupervisedTask wantsToDrain = tasks.of(this::updateInterest);
    this.out = home.socketWriter(transport, () -> tasks.submit(wantsToDrain));
    this.socket = new HttpSocket(channel, transport, out);
    this.handshake = new HandshakeTasks(transport, home.dispatcher(), tasks);
    this.signal = new AnswerSignal(socket, tasks, this::answerEnded);
    this.patience = new Patience(home.options().times());
    this.state = new ConnectionState(patience, home::busy);
  }

  /** Begins to read. */
  void register() throws ClosedChannelException {
    socket.register(home.loop().selector(), this);
  }

  InetSocketAddress remoteAddress() {
    return socket.remote();
  }

  SocketWriter out() {
    return out;
  }

  /** Returns whether the connection only waits for a next request, which may never come. */
  boolean isIdle() {
    return state.isIdle(requests.isHeadEmpty());
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
      lost(e);
    }
  }

  @Override
  public void failed(Throwable failure) {
    boolean answered = false;
    try {
      if (state.isReceiving() && out.isEmpty()) {
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
    return !handshake.isRunning() && state.isReading();
  }

  private void drain() throws IOException {
    WorkStep.HTTP_DRAIN.reach();
    if (out.drain(home.loop().writeBuffer()) && state.is(Phase.DRAINING)) {
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
        handshake.run(this::serveAgain);
        return;
      }
      use(input.flip());
      if (!isReading()) {
        return;
      }
    }
    if (transport.hasReceived()) {
      tasks.submit(tasks.of(this::serveAgain));
    }
  }

  /** Takes a turn that the selector did not call for. */
  private void serveAgain() {
    if (!state.is(Phase.CLOSED)) {
      home.loop().serve(this);
    }
  }

  private void ended() throws IOException {
    if (state.is(Phase.HEAD) && !requests.isHeadEmpty()) {
      throw BadRequestException.malformed();
    }
    close();
  }

  private void use(ByteBuffer input) throws IOException {
    while (input.hasRemaining()) {
      switch (state.phase()) {
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

  // When there is no room for input that comes before the answer, this connection ends after the
  // answer, and the peer sends the input again on another one.
  private void keep(ByteBuffer input) {
    if (!requests.keep(input)) {
      after = Next.LINGER;
      patience.last();
    }
  }

  private void useUnread() throws IOException {
    ByteBuffer kept = requests.takeKept();
    if (kept != null) {
      use(kept);
    }
  }

  private void head(ByteBuffer input) throws IOException {
    if (requests.isHeadEmpty()) {
      patience.headBegins();
    }
    RequestHead head = requests.head(input);
    if (head == null) {
      return;
    }
    if (head.uri().getPath().equals("*")) {
      star(head);
      return;
    }
    Intake begun = requests.begin(head);
    if (begun.isComplete()) {
      dispatch(begun);
      return;
    }
    state.enter(Phase.BODY);
    patience.bodyBegins();
    if (head.expectsContinue()) {
      out.write(CONTINUE, 0, CONTINUE.length);
    }
  }

  // As in Go, there is nothing to say about the server as a whole.
  private void star(RequestHead head) throws IOException {
    if (!head.method().equals("OPTIONS") || head.bodyLength() != 0) {
      throw BadRequestException.malformed();
    }
    byte[] answer =
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    state.enter(Phase.HANDLING);
    out.write(answer, 0, answer.length);
    signal.answered(head.keepAlive());
  }

  private void body(ByteBuffer input) throws IOException {
    Intake present = requests.intake();
    patience.bodyComesOn(input.remaining());
    switch (present.feed(input)) {
      case MORE -> {
        // The rest has not arrived yet.
      }
      case COMPLETE -> dispatch(present);
      case ASK -> ask(present);
    }
  }

  private void ask(Intake present) {
    state.enter(Phase.ADMITTING);
    SupervisedTask unanswered = tasks.of(() -> admitted(present, 0));
    home.dispatcher()
        .run(
            present,
            () -> {
              long most = present.ask();
              tasks.submit(tasks.of(() -> admitted(present, most)));
            },
            failure -> tasks.submit(unanswered));
  }

  private void admitted(Intake present, long most) {
    if (!state.is(Phase.ADMITTING)) {
      return;
    }
    if (!present.allow(most)) {
      refuse(413, "413 " + Status.reason(413));
      return;
    }
    state.enter(Phase.BODY);
    patience.bodyBegins();
    goOn();
  }

  /** Sends what is left of an answer, or reads what the peer has sent meanwhile. */
  private void goOn() {
    try {
      if (state.is(Phase.DRAINING)) {
        endAnswerIfSent();
      } else {
        useUnread();
        if (isReading() && transport.hasReceived()) {
          read();
        }
      }
      updateInterest();
    } catch (BadRequestException e) {
      refuse(e.status(), e.line());
    } catch (IOException e) {
      lost(e);
    } catch (Throwable e) {
      home.supervisor().failed(this, e, this);
    }
  }

  private void dispatch(Intake complete) {
    state.enter(Phase.HANDLING);
    boolean dispatched = false;
    try {
      home.dispatcher().dispatch(complete.head(), complete.body(), out, signal);
      dispatched = true;
    } finally {
      if (!dispatched) {
        state.enter(Phase.BODY);
      }
    }
  }

  /** Answers a request that no handler sees, and closes the connection. */
  private void refuse(int status, String line) {
    log.debug("Answered {} with {}", socket.remote(), status);
    try {
      byte[] answer = Status.refusal(line);
      state.enter(Phase.DRAINING);
      requests.dropRequest();
      after = Next.LINGER;
      out.write(answer, 0, answer.length);
      endAnswerIfSent();
      updateInterest();
    } catch (IOException e) {
      lost(e);
    }
  }

  private void answerEnded(Next next) {
    if (!state.is(Phase.HANDLING)) {
      return;
    }
    requests.dropRequest();
    after = patience.isLast() && next == Next.REQUEST ? Next.LINGER : next;
    state.enter(Phase.DRAINING);
    goOn();
  }

  private void endAnswerIfSent() throws IOException {
    if (out.isEmpty()) {
      sent();
    }
  }

  private void sent() throws IOException {
    switch (after) {
      case REQUEST -> {
        state.enter(Phase.HEAD);
        patience.idleBegins();
        goOn();
      }
      case LINGER -> {
        state.enter(Phase.LINGERING);
        patience.lingeringBegins();
        requests.dropKept();
        transport.end();
      }
      case CLOSE -> close();
    }
  }

  private void updateInterest() {
    if (state.is(Phase.CLOSED)) {
      return;
    }
    try {
      socket.updateInterest(isReading());
    } catch (IOException e) {
      lost(e);
    }
  }

  private void lost(IOException cause) {
    log.debug("Lost {}", socket.remote(), cause);
    close();
  }

  /** Closes the connection when a time limit has passed. */
  void tick(long now) {
    boolean over =
        tasks.closesSoon()
            || out.isStalled(now, home.options().times().write().toNanos())
            || state.isOver(now, requests.isHeadEmpty());
    if (over) {
      log.debug("Closing {}, which is too slow", socket.remote());
      close();
    } else if (state.isBodyOver(now)) {
      refuse(408, "408 " + Status.reason(408));
    }
  }

  /** Closes the connection at once. */
  void close() {
    if (state.is(Phase.CLOSED)) {
      return;
    }
    state.enter(Phase.CLOSED);
    try {
      WorkStep.HTTP_CLOSE.reach();
    } finally {
      home.forget(this);
      // The socket first; the rest even when closing it fails.
      try {
        socket.close();
      } finally {
        requests.close();
      }
    }
  }

  // ---- any thread

  /** Closes the connection soon; allocates nothing. */
  void closeSoon() {
    tasks.closeSoon();
  }

  @Override
  public String toString() {
    return "connection of " + socket.remote();
  }
}
