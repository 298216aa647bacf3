package dev.hubkit.nats.net;

import dev.hubkit.json.Json;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.Traffic;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsWarmup;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import dev.hubkit.work.Workers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The clients of one server, and the settings for all of them. Thread-safe. */
public final class Clients implements ConnectedClients {
  private static final Log log = Log.of(Clients.class);
  private static final Supervisor HANDSHAKES = new Supervisor("tls");
  private static final byte[] CONNECT = "{\"verbose\":false}".getBytes(StandardCharsets.US_ASCII);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int NONCE_BYTES = 11;
  // What a small heap has room for: a remembered client can take 5 KB.
  private static final long MOST_CLOSED = MemoryBudget.heap() / (64 * 1024);

  private static final long MOST_INFLATED = 64L * 1024 * 1024;

  private final ClientContext context;
  private final ConcurrentHashMap<Long, ClientConnection> connections = new ConcurrentHashMap<>();
  private final Unfinished unfinished = new Unfinished();
  private final Set<ClientConnection> leaving = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedDeque<ConnectionDetails> closed = new ConcurrentLinkedDeque<>();
  private final AtomicInteger closedCount = new AtomicInteger();
  private final AtomicLong lastId;
  private final AtomicLong total = new AtomicLong();
  private final long maxClosed;
  private volatile boolean closing;

  /**
   * Makes the clients of a server that has none yet.
   *
   * @param traffic observes the traffic; null for no observer
   * @param faults injects faults into traffic; null for none
   */
  public Clients(
      TimeSource time,
      Limits limits,
      Authenticator authenticator,
      ServerInfo info,
      @Nullable TrafficObserver traffic,
      @Nullable FaultInjector faults) {
    this(time, limits, authenticator, info, traffic, faults, new AtomicLong());
  }

  /**
   * Makes the clients of a server that has none yet.
   *
   * @param traffic observes the traffic; null for no observer
   * @param faults injects faults into traffic; null for none
   * @param lastId the last id that a client got
   */
  public Clients(
      TimeSource time,
      Limits limits,
      Authenticator authenticator,
      ServerInfo info,
      @Nullable TrafficObserver traffic,
      @Nullable FaultInjector faults,
      AtomicLong lastId) {
    this(new ClientContext(time, limits, authenticator, info, traffic, faults), lastId);
    context.memory().open();
  }

  private Clients(ClientContext context, AtomicLong lastId) {
    this.context = context;
    this.lastId = lastId;
    this.maxClosed = Math.min(context.limits().maxClosedClients(), MOST_CLOSED);
    context.memory().add(connections::values);
    context.memory().add(() -> leaving);
  }

  /**
   * Returns an empty list of other clients of the same server, with its observer and its faults.
   */
  public Clients others(Authenticator whoDecides, ServerInfo greeting) {
    return new Clients(new ClientContext(context, whoDecides, greeting), new AtomicLong());
  }

  /** Takes in a new client: greets it with INFO, and turns it away if there are too many. */
  ClientConnection connect(Transport transport) {
    finishEnds();
    long id = newId();
    total.incrementAndGet();
    String nonce = context.authenticator().wantsNonce() ? newNonce() : null;
    ClientConnection connection =
        new ClientConnection(id, context, Registered::new, transport, nonce);
    int most = context.limits().maxConnections();
    boolean tooMany = (most > 0 && connections.size() >= most) || !connection.reserve();
    if (!tooMany) {
      connections.put(id, connection);
    }
    try {
      log.debug("{} - Client connection created", connection);
      WorkStep.CONNECTION_OPEN.reach();
      connection.open();
      if (tooMany) {
        if (context.isFirstOf("maximum connections exceeded")) {
          log.error("{} - maximum connections exceeded", connection);
        }
        connection.fail(CloseReason.MAX_CONNECTIONS_EXCEEDED, "maximum connections exceeded");
      } else if (closing) {
        connection.close(CloseReason.SERVER_SHUTDOWN);
      }
    } catch (Throwable failure) {
      connection.broken(failure);
    }
    return connection;
  }

  /** Returns an id that no other connection of the server has had, leaf nodes included. */
  public long newId() {
    return lastId.incrementAndGet();
  }

  private static String newNonce() {
    byte[] bytes = new byte[NONCE_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private void unfinished(ConnectionEnd end) {
    synchronized (unfinished) {
      end.next = unfinished.first;
      unfinished.first = end;
    }
  }

  /** One connection among the others. */
  private final class Registered implements ConnectionLifecycle.Registration {
    private final ClientConnection connection;

    Registered(ClientConnection connection) {
      this.connection = connection;
    }

    @Override
    public void leaving() {
      leaving.add(connection);
    }

    @Override
    public void disconnected(CloseReason reason) {
      connections.remove(connection.id(), connection);
      remember(connection.bySid().remember(connection));
      if (reason == CloseReason.STALE_CONNECTION) {
        context.countStaleConnection();
      }
    }

    @Override
    public void unfinished(ConnectionEnd end) {
      Clients.this.unfinished(end);
    }

    @Override
    public void released() {
      leaving.remove(connection);
      if (closing && leaving.isEmpty()) {
        synchronized (leaving) {
          leaving.notifyAll();
        }
      }
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

  /**
   * Closes every connection, and gives those that do not take what is left for them at once until
   * {@code patience} is over.
   */
  public void closeAll(Duration patience) {
    closing = true;
    finishEnds();
    for (ClientConnection connection : connections.values()) {
      connection.close(CloseReason.SERVER_SHUTDOWN);
    }
    context.handshakes().shutdownNow();
    awaitReleased(patience.toNanos());
    leaving.forEach(ClientConnection::release);
    context.memory().close();
    context.compression().close();
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

  /** Remembers a connection that was closed; the oldest is forgotten when there are too many. */
  public void remember(ConnectionDetails ended) {
    closed.add(ended);
    if (closedCount.incrementAndGet() > maxClosed && closed.poll() != null) {
      closedCount.decrementAndGet();
    }
  }

  /** Returns the clients that were closed last, at most as many as nats-server remembers. */
  public Collection<ConnectionDetails> closed() {
    return Collections.unmodifiableCollection(closed);
  }

  @Override
  public boolean kick(long id) {
    Connection connection = connections.get(id);
    if (connection != null) {
      connection.close(CloseReason.KICKED);
    }
    return connection != null;
  }

  @Override
  public Collection<Connection> all() {
    return Collections.unmodifiableCollection(connections.values());
  }

  @Override
  public @Nullable Connection find(long id) {
    return connections.get(id);
  }

  @Override
  public long total() {
    return total.get();
  }

  /**
   * Returns the memory that the buffers of all connections share, those of {@link #others}
   * included.
   */
  BufferMemory memory() {
    return context.memory();
  }

  /**
   * Has the JVM prepare itself for logins over TLS, beside all else and until there is one: the
   * first clients need not wait for that.
   */
  public void prepareHandshakes(TlsContext tls) {
    Workers workers = context.handshakes();
    BooleanSupplier isIdle = () -> workers.getQueue().isEmpty() && !workers.isShutdown();
    workers.execute(
        () ->
            HANDSHAKES.run(
                this,
                () -> {
                  context.info().line();
                  Json.unmarshal(CONNECT, 0, CONNECT.length, ConnectOptions.TYPE);
                  TlsWarmup.run(tls, isIdle);
                }));
  }

  /** Returns what does the costly part of TLS handshakes, for {@link #others}, too. */
  Workers handshakes() {
    return context.handshakes();
  }

  /** Returns the compression pool of all connections, those of {@link #others} included. */
  CompressionPool compression() {
    return context.compression();
  }

  /** Returns what a compressed message may come to: as wsMaxMessageSize of nats-server. */
  long mostInflated() {
    int payload = context.limits().maxPayload();
    return payload < 0 ? MOST_INFLATED : Math.min(MOST_INFLATED, 8L * payload);
  }

  TimeSource time() {
    return context.time();
  }

  /** Returns the injector of faults into traffic between clients and the server; null for none. */
  @Nullable FaultInjector faults() {
    return context.faults();
  }

  public Limits limits() {
    return context.limits();
  }

  /** Changes the limits of clients; closes those that are too many now, the newest first. */
  public void limits(Limits changed) {
    context.limits(changed);
    connections.values().forEach(connection -> connection.limits(changed));
    int most = changed.maxConnections();
    if (most > 0 && connections.size() > most) {
      connections.values().stream()
          .sorted(Comparator.comparingLong(ClientConnection::id))
          .skip(most)
          .forEach(
              connection ->
                  connection.fail(
                      CloseReason.MAX_CONNECTIONS_EXCEEDED, "maximum connections exceeded"));
    }
  }

  /**
   * Authenticates every logged-in client again, with its former credentials and the present
   * authenticator; closes the connections of clients that are refused or would be in another
   * account.
   */
  public void logInAgain() {
    for (ClientConnection connection : connections.values()) {
      AuthenticatedUser user = connection.user();
      if (user != null) {
        authenticator()
            .authenticate(
                Login.again(
                    connection,
                    context::authenticator,
                    verdict -> {
                      AuthenticatedUser again = verdict.user();
                      boolean moved =
                          again == null
                              ? !authenticator().isListed(connection.options())
                              : !again.account().name().equals(user.account().name());
                      if (moved) {
                        // Without a word (clientHasMovedToDifferentAccount of nats-server).
                        connection.close(CloseReason.CLIENT_CLOSED);
                      } else if (again == null) {
                        connection.fail(verdict.reason(), verdict.error());
                      } else {
                        connection.updateUser(again);
                      }
                    }));
      }
    }
  }

  /** Closes the clients of proxies that are trusted no more. */
  public void closeUntrusted(Collection<String> trustedProxies) {
    for (ClientConnection connection : connections.values()) {
      String proxy = connection.proxyKey();
      if (proxy != null && !trustedProxies.contains(proxy)) {
        connection.fail(CloseReason.PROXY_NOT_TRUSTED, "Authorization Violation");
        context
            .observer()
            .refused(
                connection,
                CloseReason.PROXY_NOT_TRUSTED,
                null,
                CloseReason.PROXY_NOT_TRUSTED.text());
      }
    }
  }

  public Authenticator authenticator() {
    return context.authenticator();
  }

  /** Changes the authenticator that decides on logins from now on. */
  public void authenticator(Authenticator changed) {
    context.authenticator(changed);
  }

  public ServerInfo info() {
    return context.info();
  }

  /** Changes INFO, and sends it to those clients that accept it at any time. */
  public void info(ServerInfo changed) {
    context.info(changed);
    connections.values().forEach(ClientConnection::sendInfo);
  }

  /** Sets the system account; null for none. */
  public void systemAccount(@Nullable Account account) {
    context.systemAccount(account);
  }

  /** Sets the sender of the traces of messages whose headers ask for one. */
  public void tracer(BiConsumer<MessageTrace, Account> sender) {
    context.tracer(sender);
  }

  /** Returns what sends a trace that is complete, in the account of the message. */
  public BiConsumer<MessageTrace, Account> tracer() {
    return context.tracer();
  }

  /** Returns what observes clients. */
  public ConnectionObserver observer() {
    return context.observer();
  }

  /** Replaces the observer of clients. */
  public void observer(ConnectionObserver changed) {
    context.observer(changed);
  }

  /** Returns whether there are clients that have not answered a ping yet. */
  public boolean hasUnanswered() {
    return !context.pings().isEmpty();
  }

  /**
   * Waits until all pings are answered.
   *
   * @return false when they are not after so many nanoseconds
   */
  public boolean awaitAnswers(long nanos) throws InterruptedException {
    return context.pings().await(nanos);
  }

  /** Returns the messages received from clients. */
  public long inMessages() {
    return context.inMessages();
  }

  /** Returns the bytes of payload and headers received from clients. */
  public long inBytes() {
    return context.inBytes();
  }

  /** Returns what was delivered to clients, those that have left included. */
  public Traffic delivered() {
    return context.deliveries().all();
  }

  /** Returns what was delivered to clients in each account, those that have left included. */
  public Map<Account, Traffic> deliveredByAccount() {
    return context.deliveries().byAccount();
  }

  /** Returns how often a publisher had to wait for a client that did not read fast enough. */
  public long stalls() {
    return context.stalls();
  }

  @Override
  public long slowConsumers() {
    return context.slowConsumers();
  }

  /** Returns how many clients were closed because they did not answer pings. */
  public long staleConnections() {
    return context.staleConnections();
  }
}
