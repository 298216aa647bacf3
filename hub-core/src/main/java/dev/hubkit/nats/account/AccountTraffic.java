package dev.hubkit.nats.account;

import java.util.concurrent.atomic.LongAdder;

/**
 * The messages of an account, but for those that its clients get from it: these are counted where
 * they are written. Thread-safe.
 */
public final class AccountTraffic {
  private final Counter published = new Counter();
  private final Counter receivedByRoutes = new Counter();
  private final Counter sentByRoutes = new Counter();
  private final Counter receivedByLeafs = new Counter();
  private final Counter sentByLeafs = new Counter();
  private final Counter exported = new Counter();

  private static final class Counter {
    private final LongAdder messages = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    void add(long moreMessages, long moreBytes) {
      messages.add(moreMessages);
      bytes.add(moreBytes);
    }

    Traffic sum() {
      return new Traffic(messages.sum(), bytes.sum());
    }
  }

  /** Counts what a client of this account has published. */
  public void countPublished(long messages, long bytes) {
    published.add(messages, bytes);
  }

  /** Counts what other servers have forwarded to this one. */
  public void countReceivedByRoutes(long messages, long bytes) {
    receivedByRoutes.add(messages, bytes);
  }

  /** Counts what leaf nodes and hubs have sent to this server. */
  public void countReceivedByLeafs(long messages, long bytes) {
    receivedByLeafs.add(messages, bytes);
  }

  /** Counts a message of so many bytes that went to so many servers. */
  void countSent(int routes, int leafs, int bytes) {
    if (routes > 0) {
      sentByRoutes.add(routes, (long) routes * bytes);
    }
    if (leafs > 0) {
      sentByLeafs.add(leafs, (long) leafs * bytes);
    }
  }

  /** Counts a message of this account that went to a client of an account that imports it. */
  public void countExported(long bytes) {
    exported.add(1, bytes);
  }

  /** Returns what clients of this account have published. */
  public Traffic published() {
    return published.sum();
  }

  /** Returns what other servers have forwarded to this one. */
  public Traffic receivedByRoutes() {
    return receivedByRoutes.sum();
  }

  /** Returns what leaf nodes and hubs have sent to this server. */
  public Traffic receivedByLeafs() {
    return receivedByLeafs.sum();
  }

  /** Returns what was forwarded to leaf nodes and hubs. */
  public Traffic sentByLeafs() {
    return sentByLeafs.sum();
  }

  /** Returns what was forwarded to other servers. */
  public Traffic sentByRoutes() {
    return sentByRoutes.sum();
  }

  /** Returns what went to clients of accounts that import from this one. */
  public Traffic exported() {
    return exported.sum();
  }
}
