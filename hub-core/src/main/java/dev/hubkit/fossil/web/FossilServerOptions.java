package dev.hubkit.fossil.web;

import org.jspecify.annotations.Nullable;

/**
 * The options of a server. Immutable.
 *
 * @param host the address to listen on
 * @param port the port; 0 takes a free one
 * @param threads how many requests run at once; at least 1
 * @param largestMessage the largest sync message to accept, in bytes once unpacked; at least 1
 * @param observer receives each request that was answered; null for none
 * @param faultInjector injects faults into responses; null for none
 */
public record FossilServerOptions(
    String host,
    int port,
    int threads,
    long largestMessage,
    @Nullable ExchangeObserver observer,
    @Nullable HttpFaultInjector faultInjector) {
  /** Checks the ranges. */
  public FossilServerOptions {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("Not a port: " + port);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("Not a number of threads: " + threads);
    }
    if (largestMessage < 1) {
      throw new IllegalArgumentException("Not a size of messages: " + largestMessage);
    }
  }

  /** The defaults: port 8765 on 127.0.0.1, eight threads, messages of up to 2 GiB. */
  public static FossilServerOptions defaults() {
    return new FossilServerOptions("127.0.0.1", 8765, 8, 2L << 30, null, null);
  }

  /** Returns these options with another address. */
  public FossilServerOptions withHost(String value) {
    return new FossilServerOptions(value, port, threads, largestMessage, observer, faultInjector);
  }

  /** Returns these options with another port. */
  public FossilServerOptions withPort(int value) {
    return new FossilServerOptions(host, value, threads, largestMessage, observer, faultInjector);
  }

  /** Returns these options with another number of threads. */
  public FossilServerOptions withThreads(int value) {
    return new FossilServerOptions(host, port, value, largestMessage, observer, faultInjector);
  }

  /** Returns these options with another limit on messages. */
  public FossilServerOptions withLargestMessage(long value) {
    return new FossilServerOptions(host, port, threads, value, observer, faultInjector);
  }

  /** Returns these options with an observer of each request that was answered. */
  public FossilServerOptions withObserver(@Nullable ExchangeObserver value) {
    return new FossilServerOptions(host, port, threads, largestMessage, value, faultInjector);
  }

  /** Returns these options with an injector of faults into responses. */
  public FossilServerOptions withFaultInjector(@Nullable HttpFaultInjector value) {
    return new FossilServerOptions(host, port, threads, largestMessage, observer, value);
  }
}
