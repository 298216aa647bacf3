package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.work.MemoryBudget;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * The memory that the buffers of all connections share. When it is used up, the server closes the
 * connections that hold most of it, so that it can serve the others. Thread-safe.
 */
final class BufferMemory {
  private static final Log log = Log.of(BufferMemory.class);
  // Closing a connection that holds less gains too little.
  private static final long WORTH_CUTTING = 8 * 1024;

  // The part that is closed at a time, so that not every newcomer costs a search.
  private static final int STRANGERS_CUT = 8;

  /** A connection that holds some of the memory. Thread-safe. */
  interface Holder {
    long id();

    boolean isLoggedIn();

    /** Returns how much of the shared memory its buffers take. */
    long heldBytes();

    /** Gives back the buffers that it does not need at present. */
    void trim();

    /** Closes the connection, to free its memory for others. */
    void closeForMemory();

    /** Closes the connection, which has not logged in, to make room for others. */
    void closeUnauthenticated();
  }

  private final MemoryBudget budget;
  private final List<Supplier<? extends Collection<? extends Holder>>> holders =
      new CopyOnWriteArrayList<>();
  private final LongConsumer reliever = this::relieve;
  // Held while connections are cut, which may need memory itself.
  private final ReentrantLock relieving = new ReentrantLock();

  /** Makes a memory whose holders are those that {@link #add} names. */
  BufferMemory(MemoryBudget budget) {
    this.budget = budget;
  }

  /**
   * Begins to close connections also when something else needs the memory, until {@link #close}.
   */
  void open() {
    budget.onShortage(reliever);
  }

  void close() {
    budget.remove(reliever);
  }

  /** Adds connections that may be closed when memory is short. */
  void add(Supplier<? extends Collection<? extends Holder>> connections) {
    holders.add(connections);
  }

  /** Returns the budget that this reserves from. */
  MemoryBudget budget() {
    return budget;
  }

  /**
   * Reserves {@code bytes}, closing other connections for it if need be.
   *
   * @return false when there is no memory even so
   */
  boolean reserve(long bytes) {
    if (budget.reserve(bytes)) {
      return true;
    }
    relieve(bytes);
    return budget.reserve(bytes);
  }

  /**
   * Reserves {@code bytes} of the memory for idle connections, closing for it, if need be, the
   * connections that have waited longest without logging in.
   *
   * @return false when there is no memory even so
   */
  boolean reserveConnection(long bytes) {
    if (MemoryBudget.CONNECTIONS.reserve(bytes)) {
      return true;
    }
    if (!relieving.isHeldByCurrentThread() && await()) {
      try {
        if (!MemoryBudget.CONNECTIONS.reserve(bytes)) {
          cutStrangers();
        } else {
          return true;
        }
      } finally {
        relieving.unlock();
      }
    }
    return MemoryBudget.CONNECTIONS.reserve(bytes);
  }

  private void cutStrangers() {
    List<Holder> strangers = new ArrayList<>();
    for (Supplier<? extends Collection<? extends Holder>> some : holders) {
      for (Holder connection : some.get()) {
        if (!connection.isLoggedIn()) {
          strangers.add(connection);
        }
      }
    }
    strangers.sort(Comparator.comparingLong(Holder::id));
    int count = Math.min(strangers.size(), strangers.size() / STRANGERS_CUT + 1);
    for (Holder stranger : strangers.subList(0, count)) {
      log.debug("{} has not logged in and is closed to make room for others", stranger);
      stranger.closeUnauthenticated();
    }
  }

  /**
   * Trims buffers that are not in use, and then closes the connections that hold most, until an
   * eighth of the memory and {@code bytes} more are free. The caller must hold no connection's
   * monitor.
   */
  void relieve(long bytes) {
    if (relieving.isHeldByCurrentThread() || !await()) {
      return;
    }
    try {
      long goal = Math.max(0, budget.limit() - budget.limit() / 8 - bytes);
      if (budget.used() <= goal) {
        return;
      }
      List<Share> all = new ArrayList<>();
      for (Supplier<? extends Collection<? extends Holder>> some : holders) {
        for (Holder connection : some.get()) {
          connection.trim();
          long held = connection.heldBytes();
          if (held >= WORTH_CUTTING) {
            all.add(new Share(connection, held));
          }
        }
      }
      all.sort(Comparator.comparingLong(Share::bytes).reversed());
      for (int i = 0; i < all.size() && budget.used() > goal; i++) {
        log.warn(
            "{} holds {} bytes, of the {} that there are for buffers of all connections",
            all.get(i).connection,
            all.get(i).bytes,
            budget.limit());
        all.get(i).connection.closeForMemory();
      }
    } finally {
      relieving.unlock();
    }
  }

  // Not for ever, whatever the others wait for.
  private boolean await() {
    try {
      return relieving.tryLock(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private record Share(Holder connection, long bytes) {}
}
