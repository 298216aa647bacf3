package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.User;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.WorkStep;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The clients of one server, and what holds for all of them. Thread-safe. */
public final class Clients {
  private static final Log log = Log.of(Clients.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int NONCE_BYTES = 11;
  // As many as nats-server remembers, where the heap is not small: one can be 5 KB.
  private static final int MAX_CLOSED = (int) Math.min(10_000, MemoryBudget.heap() / (64 * 1024));

  private static final long MOST_INFLATED = 64L * 1024 * 1024;

  private final TimeSource time;
  private final @Nullable TrafficObserver traffic;
  private final @Nullable FaultInjector interference;
  private final ConcurrentHashMap<Long, Connection> connections = new ConcurrentHashMap<>();
  private final BufferPool buffers = new BufferPool();
  private final CompressionPool compression;
  private final Unfinished unfinished = new Unfinished();
  private final BufferMemory memory;
  private final Set<Connection> leaving = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedDeque<ConnectionDetails> closed = new ConcurrentLinkedDeque<>();
  private final AtomicInteger closedCount = new AtomicInteger();
  private final AtomicLong lastId = new AtomicLong();
  private final LongAdder inMessages = new LongAdder();
  private final LongAdder inBytes = new LongAdder();
  private final LongAdder outMessages = new LongAdder();
  private final LongAdder outBytes = new LongAdder();
  private final LongAdder slowConsumers = new LongAdder();
  private final LongAdder staleConnections = new LongAdder();
  private final AtomicInteger unanswered;
  private volatile Limits limits;
  private volatile Authenticator authenticator;
  private volatile ServerInfo info;
  private volatile @Nullable Account systemAccount;
  private volatile BiConsumer<MessageTrace, Account> tracer = (trace, account) -> {};
  private volatile ConnectionObserver observer = ConnectionObserver.NONE;
  private volatile boolean closing;

  /**
   * Makes the clients of a server that has none yet.
   *
   * @param traffic is told what they say and are told; null for nobody
   * @param interference spoils it; null for nobody
   */
  public Clients(
      TimeSource time,
      Limits limits,
      Authenticator authenticator,
      ServerInfo info,
      @Nullable TrafficObserver traffic,
      @Nullable FaultInjector interference) {
    this(
        time,
        limits,
        authenticator,
        info,
        traffic,
        interference,
        new AtomicInteger(),
        new CompressionPool(),
        new BufferMemory(MemoryBudget.BUFFERS));
    memory.open();
  }

  private Clients(
      TimeSource time,
      Limits limits,
      Authenticator authenticator,
      ServerInfo info,
      @Nullable TrafficObserver traffic,
      @Nullable FaultInjector interference,
      AtomicInteger unanswered,
      CompressionPool compression,
      BufferMemory memory) {
    this.unanswered = unanswered;
    this.compression = compression;
    this.memory = memory;
    memory.add(connections::values);
    memory.add(() -> leaving);
    this.time = time;
    this.traffic = traffic;
    this.interference = interference;
    this.limits = limits;
    this.authenticator = authenticator;
    this.info = info;
  }

  /** Others of the same server, who are observed and spoiled with these, and none of them yet. */
  public Clients others(Authenticator whoDecides, ServerInfo greeting) {
    return new Clients(
        time, limits, whoDecides, greeting, traffic, interference, unanswered, compression, memory);
  }

  /** Takes in a new client: greets it with INFO, and turns it away if there are too many. */
  public Connection connect(Transport transport) {
    finishEnds();
    long id = lastId.incrementAndGet();
    String nonce = authenticator.wantsNonce() ? newNonce() : null;
    Connection connection = new Connection(id, this, transport, nonce);
    int most = limits.maxConnections();
    boolean tooMany = (most > 0 && connections.size() >= most) || !connection.reserve();
    if (!tooMany) {
      connections.put(id, connection);
    }
    try {
      log.debug("{} - Client connection created", connection);
      WorkStep.CONNECTION_OPEN.reach();
      connection.open();
      if (tooMany) {
        connection.fail(CloseReason.MAX_CONNECTIONS_EXCEEDED, "maximum connections exceeded");
      } else if (closing) {
        connection.close(CloseReason.SERVER_SHUTDOWN);
      }
    } catch (Throwable failure) {
      connection.broken(failure);
    }
    return connection;
  }

  private static String newNonce() {
    byte[] bytes = new byte[NONCE_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** A connection is closed, but may have something left to write. */
  void leaving(Connection connection) {
    leaving.add(connection);
  }

  /** A connection is not among those that are open any more. */
  void disconnected(Connection connection, CloseReason reason) {
    connections.remove(connection.id(), connection);
    closed.add(ConnectionDetails.ofClosed(connection));
    if (closedCount.incrementAndGet() > MAX_CLOSED && closed.poll() != null) {
      closedCount.decrementAndGet();
    }
    if (reason == CloseReason.STALE_CONNECTION) {
      staleConnections.increment();
    }
  }

  /**
   * Something of the end of a connection could not be done: it is, as soon as others come or go.
   */
  void unfinished(ConnectionEnd end) {
    synchronized (unfinished) {
      end.next = unfinished.first;
      unfinished.first = end;
    }
  }

  private void finishEnds() {
    if (unfinished.first == null) {
      return;
    }
    ConnectionEnd end;
    synchronized (unfinished) {
      end = unfinished.first;
      unfinished.first = null;
    }
    while (end != null) {
      ConnectionEnd after = end.next;
      if (!end.complete()) {
        unfinished(end);
      }
      end = after;
    }
  }

  /** The ends that could not be completed. */
  private static final class Unfinished {
    private volatile @Nullable ConnectionEnd first;
  }

  void released(Connection connection) {
    leaving.remove(connection);
    if (closing && leaving.isEmpty()) {
      synchronized (leaving) {
        leaving.notifyAll();
      }
    }
  }

  /**
   * Closes every connection, and gives those that do not take what is left for them at once until
   * {@code patience} is over.
   */
  public void closeAll(Duration patience) {
    closing = true;
    finishEnds();
    for (Connection connection : connections.values()) {
      connection.close(CloseReason.SERVER_SHUTDOWN);
    }
    awaitReleased(patience.toNanos());
    leaving.forEach(Connection::release);
    memory.close();
    compression.close();
  }

  private void awaitReleased(long nanos) {
    long end = System.nanoTime() + nanos;
    synchronized (leaving) {
      for (long left = nanos; !leaving.isEmpty() && left > 0; left = end - System.nanoTime()) {
        try {
          TimeUnit.NANOSECONDS.timedWait(leaving, left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  /** Those that were connected last, at most so many as nats-server remembers. */
  public Collection<ConnectionDetails> closed() {
    return Collections.unmodifiableCollection(closed);
  }

  /**
   * Closes the connection of a client.
   *
   * @return false when there is none of that id
   */
  public boolean kick(long id) {
    Connection connection = connections.get(id);
    if (connection != null) {
      connection.close(CloseReason.KICKED);
    }
    return connection != null;
  }

  /** Those that are connected now. */
  public Collection<Connection> all() {
    return Collections.unmodifiableCollection(connections.values());
  }

  /** The client of that id. */
  public @Nullable Connection find(long id) {
    return connections.get(id);
  }

  /** How many have connected so far. */
  public long total() {
    return lastId.get();
  }

  BufferPool buffers() {
    return buffers;
  }

  /** What all connections share for their buffers, those of {@link #others} included. */
  BufferMemory memory() {
    return memory;
  }

  /** What compresses for all connections, those of {@link #others} included. */
  CompressionPool compression() {
    return compression;
  }

  /** What a compressed message may come to: as wsMaxMessageSize of nats-server. */
  long mostInflated() {
    int payload = limits.maxPayload();
    return payload < 0 ? MOST_INFLATED : Math.min(MOST_INFLATED, 8L * payload);
  }

  TimeSource time() {
    return time;
  }

  @Nullable TrafficObserver traffic() {
    return traffic;
  }

  @Nullable FaultInjector interference() {
    return interference;
  }

  public Limits limits() {
    return limits;
  }

  /** Changes what holds for clients; those that are too many now have to go, the newest first. */
  public void limits(Limits changed) {
    limits = changed;
    connections.values().forEach(connection -> connection.limits(changed));
    int most = changed.maxConnections();
    if (most > 0 && connections.size() > most) {
      connections.values().stream()
          .sorted(Comparator.comparingLong(Connection::id))
          .skip(most)
          .forEach(
              connection ->
                  connection.fail(
                      CloseReason.MAX_CONNECTIONS_EXCEEDED, "maximum connections exceeded"));
    }
  }

  /**
   * Has everybody who is logged in log in again as before, with what decides on logins now: those
   * who are refused have to go, and so have those who would be in another account.
   */
  public void logInAgain() {
    for (Connection connection : connections.values()) {
      User user = connection.user();
      if (user != null) {
        authenticator.authenticate(
            Login.again(
                connection,
                verdict -> {
                  User again = verdict.user();
                  if (again == null) {
                    connection.fail(verdict.reason(), verdict.error());
                  } else if (!again.account().name().equals(user.account().name())) {
                    connection.fail(
                        CloseReason.AUTHENTICATION_VIOLATION, "Authorization Violation");
                  } else {
                    connection.renew(again);
                  }
                }));
      }
    }
  }

  public Authenticator authenticator() {
    return authenticator;
  }

  /** Changes who decides on logins from now on. */
  public void authenticator(Authenticator changed) {
    authenticator = changed;
  }

  public ServerInfo info() {
    return info;
  }

  /** Changes what clients are told; those connected that take INFO at any time are told now. */
  public void info(ServerInfo changed) {
    info = changed;
    connections.values().forEach(Connection::sendInfo);
  }

  /** Which account is the system account; null for none. */
  public void systemAccount(@Nullable Account account) {
    systemAccount = account;
  }

  /** Has messages traced whose headers ask for it, and the traces sent by {@code sender}. */
  public void tracer(BiConsumer<MessageTrace, Account> sender) {
    tracer = sender;
  }

  /** What sends a trace that is complete, in the account the message was published in. */
  public BiConsumer<MessageTrace, Account> tracer() {
    return tracer;
  }

  /** Has {@code changed} told of clients from now on, and nobody else. */
  public void observer(ConnectionObserver changed) {
    observer = changed;
  }

  ConnectionObserver observer() {
    return observer;
  }

  boolean isSystem(Account account) {
    return account == systemAccount;
  }

  /** A client has been pinged that had answered everything before. */
  void pinged() {
    unanswered.incrementAndGet();
  }

  /** A client has answered all pings, or is gone. */
  void answered() {
    if (unanswered.decrementAndGet() == 0) {
      synchronized (unanswered) {
        unanswered.notifyAll();
      }
    }
  }

  /** Whether there are clients that have not answered a ping yet. */
  public boolean hasUnanswered() {
    return unanswered.get() > 0;
  }

  /**
   * Waits until all pings are answered.
   *
   * @return false when they are not after so many nanoseconds
   */
  public boolean awaitAnswers(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    synchronized (unanswered) {
      for (long left = nanos; hasUnanswered(); left = end - System.nanoTime()) {
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(unanswered, left);
      }
    }
    return true;
  }

  void countIn(long messages, long bytes) {
    inMessages.add(messages);
    inBytes.add(bytes);
  }

  void countOut(long messages, long bytes) {
    outMessages.add(messages);
    outBytes.add(bytes);
  }

  void countSlowConsumer() {
    slowConsumers.increment();
  }

  /** Messages received from clients. */
  public long inMessages() {
    return inMessages.sum();
  }

  /** Bytes of payload and headers received from clients. */
  public long inBytes() {
    return inBytes.sum();
  }

  /** Messages sent to clients that are closed now or have been written to. */
  public long outMessages() {
    return outMessages.sum();
  }

  /** Bytes of payload and headers sent to clients. */
  public long outBytes() {
    return outBytes.sum();
  }

  /** Clients cut because they took too little. */
  public long slowConsumers() {
    return slowConsumers.sum();
  }

  /** Clients cut because they did not answer pings. */
  public long staleConnections() {
    return staleConnections.sum();
  }
}
