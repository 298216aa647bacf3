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
 * The memory that the buffers of all connections share. When it is used up, those connections have
 * to go that hold most of it, so that the others are served. Thread-safe.
 */
final class BufferMemory {
  private static final Log log = Log.of(BufferMemory.class);
  // Who holds less is not worth the trouble.
  private static final long WORTH_CUTTING = 8 * 1024;

  // One in so many goes at a time, so that the search is not made for each that comes.
  private static final int STRANGERS_CUT = 8;

  /** A connection that holds some of the memory. Thread-safe. */
  interface Holder {
    long id();

    boolean isLoggedIn();

    /** Returns what its buffers take of the memory of all. */
    long heldBytes();

    /** Gives back what it does not need at present. */
    void trim();

    /** Ends, so that others have its memory. */
    void yieldMemory();

    /** Ends, so that others have its place: it has waited long enough with its login. */
    void yieldPlace();
  }

  private final MemoryBudget budget;
  private final List<Supplier<? extends Collection<? extends Holder>>> holders =
      new CopyOnWriteArrayList<>();
  private final LongConsumer reliever = this::relieve;
  // Held while connections are cut, which may need memory itself.
  private final ReentrantLock relieving = new ReentrantLock();

  /** Has those who hold something of it be found where {@link #add} says. */
  BufferMemory(MemoryBudget budget) {
    this.budget = budget;
  }

  /** Has connections go for others than connections, too, until it is closed. */
  void open() {
    budget.onShortage(reliever);
  }

  void close() {
    budget.remove(reliever);
  }

  /** Has these connections be looked at, too, when memory is short. */
  void add(Supplier<? extends Collection<? extends Holder>> connections) {
    holders.add(connections);
  }

  /** What is reserved of. */
  MemoryBudget budget() {
    return budget;
  }

  /**
   * Takes so many bytes, for which others may have to go.
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
   * Takes so many bytes of what there is for connections that do nothing, for which those may have
   * to go that have waited longest with their login.
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
      log.debug("{} has not logged in, and has to go for others", stranger);
      stranger.yieldPlace();
    }
  }

  /**
   * Has buffers that wait for nothing be given back, and then those connections go that hold most,
   * until an eighth of all and so many bytes are free. The caller holds no connection's monitor.
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
        all.get(i).connection.yieldMemory();
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
