package dev.hubkit.nats.route;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.Congestion;
import dev.hubkit.nats.account.Flushable;
import dev.hubkit.nats.account.Neighbor;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.credential.Password;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.time.Timer;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one other server of the cluster. One thread reads from it, and one writes; what
 * is to be written is appended by whoever publishes.
 *
 * <p>The server that is connected to begins with INFO. The other, if it wants this route, answers
 * with CONNECT, its own INFO and PING; the PONG tells it that the route holds.
 */
public final class Route implements Neighbor, Flushable {
  private static final Logger log = LoggerFactory.getLogger(Route.class);
  private static final byte[] PING = ascii("PING\r\n");
  private static final byte[] PONG = ascii("PONG\r\n");
  private static final int LINE_BEFORE_LOGIN = 32 * 1024;
  private static final int LINE_AFTER_LOGIN = 1024 * 1024;
  // How long what a client does not take holds up what comes from another server.
  private static final long CONGESTION_PATIENCE_MILLIS = 2;
  // How long another server may take to take what is left when a route is closed.
  private static final Duration END_PATIENCE = Duration.ofSeconds(1);
  private static final String ACK = "$JS.ACK.";
  private static final int DOTS_OF_ACK = 8;

  private final long id;
  private final Cluster cluster;
  private final RouteSettings settings;
  private final Socket socket;
  private final @Nullable URI target;
  private final boolean configured;
  private final RouteOutput output = new RouteOutput();
  private final RouteInput input;
  private final Thread writer;
  private final Consumer<byte[]> interestListener = this::say;
  private final ConcurrentHashMap<String, Wanted> wanted = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable String> closed = new AtomicReference<>();
  private final long started;
  private final long startedNanos;

  private volatile @Nullable RouteInfo remote;
  private volatile boolean established;
  private boolean introduced;
  private final Batch batch = new Batch();
  // The account of the last message: most come in rows.
  private byte[] accountName = {};
  private @Nullable Account account;

  private @Nullable Timer loginTimer;
  private @Nullable Timer pingTimer;
  private @Nullable Timer stallTimer;
  private int pingsOut;
  private long pingSentAt;
  private volatile long roundTripNanos;
  private volatile long lastActivity;
  private final AtomicLong inMessages = new AtomicLong();
  private final AtomicLong inBytes = new AtomicLong();
  // Of the watching timer.
  private long roundsSeen;
  private int looksStuck;

  /** What clients of the other server subscribe to. */
  private record Wanted(Account account, Subscription subscription) {
    void end() {
      account.unsubscribe(subscription);
    }
  }

  /**
   * Takes over a socket that is connected, and secured if it is to be.
   *
   * @param target whom this server has connected to; null when it was connected to
   * @param configured whether the target is one of the configuration
   */
  Route(long id, Cluster cluster, Socket socket, @Nullable URI target, boolean configured)
      throws IOException {
    this.id = id;
    this.cluster = cluster;
    this.settings = cluster.settings();
    this.socket = socket;
    this.target = target;
    this.configured = configured;
    this.started = cluster.time().epochNanos();
    this.startedNanos = cluster.time().nanoTime();
    this.lastActivity = startedNanos;
    this.input = new RouteInput(socket.getInputStream(), LINE_BEFORE_LOGIN, cluster.work()::done);
    OutputStream out = socket.getOutputStream();
    this.writer = new Thread(() -> write(out), cluster.threadName("route-" + id + "-out"));
    this.writer.setDaemon(true);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // ---- Reading.

  /** Serves the route until its end, on the calling thread. */
  void serve() {
    synchronized (this) {
      loginTimer =
          cluster.time().schedule(settings.authTimeout(), () -> close("authentication timeout"));
    }
    writer.start();
    try {
      if (target == null) {
        sayInfo();
      }
      while (closed.get() == null) {
        if (input.isDrained()) {
          batch.flush();
        }
        input.next();
        operation();
      }
    } catch (ProtocolException e) {
      log.warn("{}: {}", this, e.getMessage());
      fail(e.error() == null ? "Unknown Protocol Operation" : e.error());
    } catch (EOFException e) {
      close("the other server has closed it");
    } catch (IOException e) {
      close(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      log.error("{}: failed", this, e);
      close("an error");
    } finally {
      batch.flush();
      close("the end");
      wanted.values().forEach(Wanted::end);
      wanted.clear();
      joinWriter();
      endTimers();
    }
  }

  private void joinWriter() {
    boolean interrupted = false;
    while (writer.isAlive()) {
      try {
        writer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void operation() throws IOException, ProtocolException {
    if (input.words() == 0) {
      throw new ProtocolException("Unknown Protocol Operation", "an empty line on a route");
    }
    if (input.is(0, "RMSG")) {
      message(false);
    } else if (input.is(0, "HMSG")) {
      message(true);
    } else if (input.is(0, "PING")) {
      active();
      say(PONG);
    } else if (input.is(0, "PONG")) {
      ponged();
    } else if (input.is(0, "RS+")) {
      subscribe();
    } else if (input.is(0, "RS-")) {
      unsubscribe();
    } else if (input.is(0, "INFO")) {
      info();
    } else if (input.is(0, "CONNECT")) {
      connect();
    } else if (input.is(0, "-ERR")) {
      log.warn("{}: the other server says {}", this, input.word(1));
      close("refused by the other server");
    } else if (!input.is(0, "+OK")) {
      throw new ProtocolException(
          "Unknown Protocol Operation", "unknown operation on a route: " + input.word(0));
    }
  }

  private void requireLogin() throws ProtocolException {
    if (!introduced) {
      throw new ProtocolException("Authorization Violation", "not introduced yet");
    }
  }

  // ---- Introduction.

  private void connect() throws ProtocolException {
    if (target != null || introduced) {
      throw new ProtocolException("Unknown Protocol Operation", "an unexpected CONNECT");
    }
    String user;
    String password;
    String name;
    boolean dynamic;
    try {
      JsonObject json = Json.parseObject(input.bytes(1));
      user = json.string("user", "");
      password = json.string("pass", "");
      name = json.string("cluster", "");
      dynamic = json.bool("cluster_dynamic", false);
    } catch (JsonException e) {
      throw new ProtocolException(null, "CONNECT of a route: " + e.getMessage());
    }
    // Both are compared whatever comes of the first.
    boolean rightUser = Password.matches(settings.user(), user);
    boolean rightPassword = Password.matches(settings.password(), password);
    if (!settings.user().isEmpty() && !(rightUser && rightPassword)) {
      throw new ProtocolException("Authorization Violation", "wrong user or password");
    }
    cluster.agreeOnName(name, dynamic);
    introduced = true;
    input.limitLines(LINE_AFTER_LOGIN);
  }

  private void info() throws ProtocolException {
    byte[] json = input.bytes(1);
    RouteInfo told = RouteInfo.read(json, 0, json.length);
    RouteInfo known = remote;
    if (known != null) {
      if (told.serverId().equals(known.serverId())) {
        remote = told.routeUrl().isEmpty() ? told.reachedAt(known.routeUrl()) : told;
        cluster.changed();
      } else {
        cluster.hearOf(told);
      }
      return;
    }
    if (target != null) {
      cluster.agreeOnName(told.cluster(), told.dynamic());
      cluster.check(told);
      remote = told;
      if (cluster.isWelcome(this, told)) {
        introduce();
      } else {
        close("there is a route already");
      }
      return;
    }
    requireLogin();
    cluster.check(told);
    remote = told.routeUrl().isEmpty() ? told.reachedAt(urlOfPeer(told)) : told;
    if (cluster.accept(this)) {
      establish();
    } else {
      close("there is a route already");
    }
  }

  // A server that does not say where it can be connected to is where it comes from.
  private String urlOfPeer(RouteInfo info) {
    String host = socket.getInetAddress().getHostAddress();
    return info.port() <= 0
        ? ""
        : "nats-route://"
            + (host.contains(":") ? "[" + host + "]" : host)
            + ":"
            + info.port()
            + "/";
  }

  private void introduce() {
    URI to = target;
    String login = to == null ? null : to.getUserInfo();
    int colon = login == null ? -1 : login.indexOf(':');
    String user = login == null ? settings.user() : colon < 0 ? login : login.substring(0, colon);
    String password =
        login == null ? settings.password() : colon < 0 ? "" : login.substring(colon + 1);
    byte[] json =
        JsonWriter.compact()
            .beginObject()
            .field("echo", true)
            .field("verbose", false)
            .field("pedantic", false)
            .fieldIfSet("user", user)
            .fieldIfSet("pass", password)
            .field("tls_required", settings.tls() != null)
            .field("headers", true)
            .field("name", cluster.serverId())
            .field("cluster", cluster.name())
            .fieldIfSet("cluster_dynamic", cluster.isNameDynamic())
            .endObject()
            .toBytes();
    introduced = true;
    input.limitLines(LINE_AFTER_LOGIN);
    output.append(RouteOutput.line("CONNECT ", json));
    output.append(cluster.info(socket.getLocalAddress()).line());
    ping();
  }

  private void establish() {
    established = true;
    synchronized (this) {
      if (loginTimer != null) {
        loginTimer.cancel();
        loginTimer = null;
      }
    }
    cluster.interest().listen(interestListener);
    cluster.established(this);
    pingLater();
    watchLater();
    // What came to an end meanwhile has not seen them.
    if (closed.get() != null) {
      endTimers();
      cluster.interest().forget(interestListener);
    }
  }

  // ---- Interest of the other server.

  private void subscribe() throws ProtocolException {
    requireLogin();
    String subject = input.word(2);
    String queue = input.words() > 3 ? input.word(3) : null;
    if (!Subjects.isValid(subject)) {
      throw new ProtocolException("Invalid Subject", "RS+ for the subject " + subject);
    }
    // Its id holds how many members the group has.
    String members = queue == null ? "1" : Integer.toString(Math.max(1, input.size(4)));
    Account of = cluster.account(input.word(1));
    Wanted before = wanted.put(key(), new Wanted(of, of.subscribe(subject, queue, members, this)));
    if (before != null) {
      before.end();
    }
  }

  private void unsubscribe() throws ProtocolException {
    requireLogin();
    Wanted ended = wanted.remove(key());
    if (ended != null) {
      ended.end();
    }
  }

  private String key() throws ProtocolException {
    String key = input.word(1) + " " + input.word(2);
    return input.words() > 3 ? key + " " + input.word(3) : key;
  }

  @Override
  public int members(Subscription subscription) {
    return Integer.parseInt(subscription.sid());
  }

  // ---- Messages.

  private void message(boolean headers) throws IOException, ProtocolException {
    requireLogin();
    Account to = accountOf();
    String route = input.word(2);
    int sizes = headers ? 2 : 1;
    int last = input.words() - sizes;
    List<String> queues = List.of();
    int reply = -1;
    if (last > 3 && (input.is(3, "+") || input.is(3, "|"))) {
      int first = input.is(3, "+") ? 5 : 4;
      reply = first == 5 ? 4 : -1;
      queues = new ArrayList<>();
      for (int i = first; i < last; i++) {
        queues.add(input.word(i));
      }
    } else if (last == 4) {
      reply = 3;
    } else if (last != 3) {
      throw new ProtocolException(null, "a message of a route with too many or too few words");
    }
    int headerLength = headers ? input.size(last) : 0;
    int length = input.size(input.words() - 1);
    if (headerLength > length) {
      throw new ProtocolException(null, "a message of a route that is shorter than its headers");
    }
    String replyText = reply >= 0 ? input.word(reply) : null;
    String carried = replyText == null ? null : carried(replyText);
    int replyOffset = reply >= 0 ? input.offset(reply) : 0;
    int replyLength = reply >= 0 ? input.length(reply) : 0;
    int at = input.payload(length);
    Message message;
    if (replyText == null || carried == null) {
      message =
          Message.view(
              route,
              route.getBytes(StandardCharsets.UTF_8),
              input.buffer(),
              input.start() + replyOffset,
              replyLength,
              at,
              headerLength,
              length);
    } else {
      String rest = replyText.substring(0, replyText.length() - carried.length() - 1);
      message =
          Message.view(
              carried, rest.isEmpty() ? null : rest, input.buffer(), at, headerLength, length);
    }
    inMessages.incrementAndGet();
    inBytes.addAndGet(length);
    active();
    to.deliverForwarded(route, message, queues, batch);
    Congestion full = batch.takeCongestion();
    if (full != null) {
      hold(full);
    }
  }

  // jsAckDeliverIdx in server/client.go: the subject of what JetStream delivers is behind the
  // reply.
  private static @Nullable String carried(String reply) {
    int at = reply.indexOf('@');
    if (at < 0) {
      return null;
    }
    if (at == 0) {
      return reply.substring(1);
    }
    if (!reply.startsWith(ACK)) {
      return null;
    }
    int dots = 0;
    for (int i = 0; i < reply.length(); i++) {
      char c = reply.charAt(i);
      if (c == '.') {
        dots++;
      } else if (c == '@' && dots >= DOTS_OF_ACK) {
        return reply.substring(i + 1);
      }
    }
    return null;
  }

  private Account accountOf() throws ProtocolException {
    Account known = account;
    if (known == null || !input.is(1, accountName)) {
      known = cluster.account(input.word(1));
      account = known;
      accountName = input.bytes(1);
    }
    return known;
  }

  private void hold(Congestion full) throws IOException {
    batch.flush();
    CountDownLatch relieved = new CountDownLatch(1);
    full.whenRelieved(relieved::countDown);
    try {
      if (!relieved.await(CONGESTION_PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        log.trace("{}: a client is slow", this);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a route was read", e);
    }
  }

  @Override
  public void forward(Account from, String route, Message message, String[] queues, Batch present) {
    if (closed.get() != null) {
      return;
    }
    byte[] name = from.name().getBytes(StandardCharsets.UTF_8);
    long pending = output.append(name, route, message, queues);
    if (pending > settings.maxPending()) {
      close("slow: " + pending + " bytes wait");
    }
    present.defer(this);
  }

  @Override
  public void flush(Batch present) {
    output.flush();
  }

  // ---- Writing.

  /** Tells the other server what this one is now. */
  void sayInfo() {
    say(cluster.info(socket.getLocalAddress()).line());
  }

  void say(byte[] line) {
    output.append(line);
    output.flush();
  }

  private void write(OutputStream out) {
    try {
      output.writeTo(out, cluster.work()::done);
    } catch (IOException e) {
      close(String.valueOf(e.getMessage()));
    }
    disconnect();
  }

  private void disconnect() {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("{}: closing its socket failed: {}", this, e.getMessage());
    }
  }

  // ---- Timers.

  private void active() {
    lastActivity = cluster.time().nanoTime();
  }

  private void ping() {
    synchronized (this) {
      pingsOut++;
      pingSentAt = cluster.time().nanoTime();
    }
    say(PING);
  }

  private void ponged() throws ProtocolException {
    requireLogin();
    synchronized (this) {
      pingsOut = 0;
      roundTripNanos = Math.max(1, cluster.time().nanoTime() - pingSentAt);
    }
    cluster.work().done();
    active();
    if (!established) {
      if (cluster.accept(this)) {
        establish();
      } else {
        close("there is a route already");
      }
    }
  }

  private synchronized void pingLater() {
    if (closed.get() == null) {
      pingTimer = cluster.time().schedule(settings.pingInterval(), this::pingDue);
    }
  }

  private void pingDue() {
    boolean stale;
    synchronized (this) {
      stale = pingsOut >= settings.maxPingsOut();
    }
    if (stale) {
      fail("Stale Connection");
      return;
    }
    ping();
    pingLater();
  }

  // Twice in a deadline it is looked whether anything was taken.
  private synchronized void watchLater() {
    if (closed.get() == null) {
      Duration half = settings.writeDeadline().dividedBy(2);
      stallTimer = cluster.time().schedule(half, this::watch);
    }
  }

  private void watch() {
    long rounds = output.rounds();
    boolean stuck = output.pending() > 0 && rounds == roundsSeen;
    roundsSeen = rounds;
    looksStuck = stuck ? looksStuck + 1 : 0;
    if (looksStuck == 2) {
      close("slow: nothing was taken for " + settings.writeDeadline());
    } else {
      watchLater();
    }
  }

  private synchronized void endTimers() {
    for (Timer timer : new Timer[] {loginTimer, pingTimer, stallTimer}) {
      if (timer != null) {
        timer.cancel();
      }
    }
  }

  // ---- The end.

  /** Tells the other server why, and closes. */
  void fail(String error) {
    output.append(("-ERR '" + error + "'\r\n").getBytes(StandardCharsets.UTF_8));
    close(error);
  }

  /** Closes it; what waits is written if the other server takes it at once. Any thread. */
  void close(String reason) {
    if (!closed.compareAndSet(null, reason)) {
      return;
    }
    if (established) {
      log.info("{}: closed: {}", this, reason);
    } else {
      log.debug("{}: closed: {}", this, reason);
    }
    endTimers();
    cluster.interest().forget(interestListener);
    output.end();
    cluster.ended(this);
    cluster.work().done();
    if (writer.isAlive()) {
      // It ends the socket when it is through; if it is stuck, this does.
      synchronized (this) {
        stallTimer = cluster.time().schedule(END_PATIENCE, this::cut);
      }
    } else {
      disconnect();
    }
  }

  private void cut() {
    output.close();
    disconnect();
  }

  /** Closes it at once, whatever waits. */
  void abort(String reason) {
    close(reason);
    cut();
  }

  // ---- What others ask.

  /** Whether it has sent, served and heard all there is so far, or is over. */
  boolean isIdle() {
    synchronized (this) {
      if (pingsOut > 0 && closed.get() == null) {
        return false;
      }
    }
    try {
      return closed.get() != null || (output.pending() == 0 && input.isWaiting());
    } catch (IOException e) {
      log.trace("{}: has been closed", this, e);
      return true;
    }
  }

  /** Its number, unique in the server among clients and routes. */
  public long id() {
    return id;
  }

  /** What the other server says of itself; null before it has. */
  @Nullable RouteInfo remote() {
    return remote;
  }

  /** The id of the other server; empty before it is known. */
  public String remoteId() {
    RouteInfo info = remote;
    return info == null ? "" : info.serverId();
  }

  /** The name of the other server; empty before it is known. */
  public String remoteName() {
    RouteInfo info = remote;
    return info == null ? "" : info.serverName();
  }

  /** Whether this server has connected to the other. */
  public boolean isSolicited() {
    return target != null;
  }

  /** Whether this server was configured to connect to the other. */
  public boolean isConfigured() {
    return configured;
  }

  /** Whether it has held at some time. */
  boolean hasHeld() {
    return established;
  }

  @Nullable URI target() {
    return target;
  }

  /** The address of the other end. */
  public InetSocketAddress address() {
    return new InetSocketAddress(socket.getInetAddress(), socket.getPort());
  }

  /** When it was connected, in nanoseconds since the epoch. */
  public long started() {
    return started;
  }

  /** How long it is connected, in nanoseconds. */
  public long uptimeNanos() {
    return cluster.time().nanoTime() - startedNanos;
  }

  /** How long nothing came, in nanoseconds. */
  public long idleNanos() {
    return cluster.time().nanoTime() - lastActivity;
  }

  /** The last round trip of a ping in nanoseconds; 0 when none has been measured. */
  public long roundTripNanos() {
    return roundTripNanos;
  }

  /** Bytes that wait to be written. */
  public long pendingBytes() {
    return output.pending();
  }

  public long inMessages() {
    return inMessages.get();
  }

  public long inBytes() {
    return inBytes.get();
  }

  public long outMessages() {
    return output.messages();
  }

  public long outBytes() {
    return output.messageBytes();
  }

  /** What the clients of the other server subscribe to. */
  public List<Subscription> subscriptions() {
    return wanted.values().stream().map(Wanted::subscription).toList();
  }

  @Override
  public String toString() {
    String name = remoteName();
    return address() + " - rid:" + id + (name.isEmpty() ? "" : " - " + name);
  }
}
