package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.Workers;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of a server share: its clock, memory and limits, what decides on logins,
 * what observes the clients, and the server's counters. Thread-safe.
 */
final class ClientContext {
  private static final long SECOND = 1_000_000_000;
  private static final int MOST_HANDSHAKES =
      Math.max(2, Math.min(8, Runtime.getRuntime().availableProcessors()));

  private final TimeSource time;
  private final @Nullable TrafficObserver traffic;
  private final @Nullable FaultInjector faults;
  private final UnansweredPings pings;
  private final CompressionPool compression;
  private final Workers handshakes;
  private final BufferMemory memory;
  private final BufferPool buffers = new BufferPool();
  private final LongAdder inMessages = new LongAdder();
  private final LongAdder inBytes = new LongAdder();
  private final LongAdder stalls = new LongAdder();
  private final DeliveryTotals deliveries = new DeliveryTotals();
  private final LongAdder slowConsumers = new LongAdder();
  private final LongAdder staleConnections = new LongAdder();
  // When each of the few texts was logged last.
  private final Map<String, Long> logged = new ConcurrentHashMap<>();
  private volatile Limits limits;
  private volatile Authenticator authenticator;
  private volatile ServerInfo info;
  private volatile @Nullable Account systemAccount;
  private volatile BiConsumer<MessageTrace, Account> tracer = (trace, account) -> {};
  private volatile ConnectionObserver observer = ConnectionObserver.NONE;

  ClientContext(
      TimeSource time,
      Limits limits,
      Authenticator authenticator,
      ServerInfo info,
      @Nullable TrafficObserver traffic,
      @Nullable FaultInjector faults) {
    this.time = time;
    this.limits = limits;
    this.authenticator = authenticator;
    this.info = info;
    this.traffic = traffic;
    this.faults = faults;
    this.pings = new UnansweredPings();
    this.compression = new CompressionPool();
    this.handshakes = Workers.of(MOST_HANDSHAKES, "nats-handshake-");
    this.memory = new BufferMemory(MemoryBudget.BUFFERS);
  }

  /** Makes the context of other clients of the same server, with counters of their own. */
  ClientContext(ClientContext server, Authenticator authenticator, ServerInfo info) {
    this.time = server.time;
    this.limits = server.limits;
    this.authenticator = authenticator;
    this.info = info;
    this.traffic = server.traffic;
    this.faults = server.faults;
    this.pings = server.pings;
    this.compression = server.compression;
    this.handshakes = server.handshakes;
    this.memory = server.memory;
  }

  TimeSource time() {
    return time;
  }

  /** Returns the observer of the traffic between clients and the server; null for none. */
  @Nullable TrafficObserver traffic() {
    return traffic;
  }

  /** Returns the injector of faults into traffic; null for none. */
  @Nullable FaultInjector faults() {
    return faults;
  }

  UnansweredPings pings() {
    return pings;
  }

  Workers handshakes() {
    return handshakes;
  }

  CompressionPool compression() {
    return compression;
  }

  BufferMemory memory() {
    return memory;
  }

  BufferPool buffers() {
    return buffers;
  }

  Limits limits() {
    return limits;
  }

  void limits(Limits changed) {
    limits = changed;
  }

  Authenticator authenticator() {
    return authenticator;
  }

  void authenticator(Authenticator changed) {
    authenticator = changed;
  }

  /** Returns what the server tells every client about itself. */
  ServerInfo info() {
    return info;
  }

  void info(ServerInfo changed) {
    info = changed;
  }

  void systemAccount(@Nullable Account account) {
    systemAccount = account;
  }

  boolean isSystem(Account account) {
    return account == systemAccount;
  }

  /** Returns what sends a trace that is complete, in the account the message was published in. */
  BiConsumer<MessageTrace, Account> tracer() {
    return tracer;
  }

  void tracer(BiConsumer<MessageTrace, Account> sender) {
    tracer = sender;
  }

  ConnectionObserver observer() {
    return observer;
  }

  void observer(ConnectionObserver changed) {
    observer = changed;
  }

  /**
   * Returns whether no such text was logged within the last second, for lines that could become
   * many (RateLimitErrorf of nats-server).
   */
  boolean isFirstOf(String text) {
    long now = time.nanoTime();
    Long before = logged.get(text);
    if (before != null && now - before < SECOND) {
      return false;
    }
    logged.put(text, now);
    return true;
  }

  // ---- Counters.

  void countIn(long messages, long bytes) {
    inMessages.add(messages);
    inBytes.add(bytes);
  }

  /** Returns the count of what was delivered to clients. */
  DeliveryTotals deliveries() {
    return deliveries;
  }

  /** Counts that a publisher had to wait for a client. */
  void countStall() {
    stalls.increment();
  }

  long stalls() {
    return stalls.sum();
  }

  void countSlowConsumer() {
    slowConsumers.increment();
  }

  void countStaleConnection() {
    staleConnections.increment();
  }

  long inMessages() {
    return inMessages.sum();
  }

  long inBytes() {
    return inBytes.sum();
  }

  long slowConsumers() {
    return slowConsumers.sum();
  }

  long staleConnections() {
    return staleConnections.sum();
  }
}
