package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A NATS server in this JVM.
 *
 * <p>Thread-safe. Nothing is left of it after {@link #close()}: no thread, no port, no timer.
 */
public final class NatsServer implements AutoCloseable {
  /** The account of clients that belong to no other, as in nats-server. */
  public static final String GLOBAL_ACCOUNT = "$G";

  private static final Logger log = LoggerFactory.getLogger(NatsServer.class);

  private final NatsOptions options;
  private final TimeSource time;
  private final @Nullable SystemTimeSource ownTime;
  private final ServerSocketChannel acceptor;
  private final int port;
  private final ConcurrentHashMap<String, Account> accounts = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  private NatsServer(NatsOptions options, ServerSocketChannel acceptor) throws IOException {
    this.options = options;
    this.acceptor = acceptor;
    this.port = ((InetSocketAddress) acceptor.getLocalAddress()).getPort();
    TimeSource given = options.timeSource();
    if (given == null) {
      SystemTimeSource own = new SystemTimeSource("nats-timer-" + port);
      this.ownTime = own;
      this.time = own;
    } else {
      this.ownTime = null;
      this.time = given;
    }
  }

  /**
   * Starts a server; it accepts connections when this returns.
   *
   * @throws NatsException if the address can't be listened on, for one because the port is in use
   */
  public static NatsServer start(NatsOptions options) {
    ServerSocketChannel acceptor = bind(options.host(), options.port());
    try {
      return new NatsServer(options, acceptor);
    } catch (IOException e) {
      throw new NatsException("Can't start the NATS server: " + e.getMessage(), e);
    }
  }

  private static ServerSocketChannel bind(String host, int port) {
    try {
      ServerSocketChannel channel = ServerSocketChannel.open();
      try {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        channel.bind(new InetSocketAddress(host, port));
        return channel;
      } catch (IOException | UnresolvedAddressException e) {
        channel.close();
        throw e;
      }
    } catch (UnresolvedAddressException e) {
      throw new NatsException("NATS can't listen on " + host + ":" + port + ": unknown host", e);
    } catch (IOException e) {
      throw new NatsException(
          "NATS can't listen on " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  /** The options it was started with. */
  public NatsOptions options() {
    return options;
  }

  /** The clock and timers of this server. */
  public TimeSource time() {
    return time;
  }

  /** The TCP port it listens on. */
  public int port() {
    return port;
  }

  /** Where a client connects to: {@code nats://host:port}. */
  public String clientUrl() {
    return "nats://" + options.host() + ":" + port;
  }

  /** The account of that name, made when there is none. */
  public Account account(String name) {
    return accounts.computeIfAbsent(name, Account::new);
  }

  /** The account of clients that belong to no other. */
  public Account defaultAccount() {
    return account(GLOBAL_ACCOUNT);
  }

  /** Stops serving. Returns when all threads have ended; safe to call more than once. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      acceptor.close();
    } catch (IOException e) {
      log.warn("Closing the listening socket of port {} failed", port, e);
    }
    if (ownTime != null) {
      ownTime.close();
    }
  }
}
