package dev.hubkit.nats.security;

import dev.hubkit.nats.net.Login;
import dev.hubkit.work.Activity;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import dev.hubkit.work.Workers;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the slow part of logins on threads of its own, so that neither event loops nor honest
 * clients have to wait for clients that try passwords. Addresses take turns; the newest login of an
 * address comes first, since clients give up after a while; what no client waits for any more is
 * dropped. Logins that repeat one without an answer come before all others: a client with the right
 * password repeats it, and one that tries passwords does not. The queue refuses nothing; the number
 * of connections bounds it. Thread-safe.
 */
final class LoginQueue implements Activity, AutoCloseable {
  private static final int SWEEP_FROM = 64;
  private static final String IN_PROCESS = "in-process";

  private final Workers workers;
  private final Supervisor supervisor;
  private final int threads;

  // Guarded by this object's monitor. Last is the address that had its turn, or came, last.
  private final Map<Object, ArrayDeque<Item>> byAddress = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Object, ArrayDeque<Item>> repeated = new LinkedHashMap<>(16, 0.75f, true);
  private int waiting;
  private int sweepAt = SWEEP_FROM;
  private int running;

  LoginQueue(String threadNamePrefix, int threads) {
    workers = Workers.of(threads, threadNamePrefix + "-");
    supervisor = new Supervisor(threadNamePrefix);
    this.threads = threads;
  }

  /** A login, of a client or of another server. */
  interface Attempt {
    /** Returns the address it comes from; null for a client within the JVM. */
    @Nullable InetSocketAddress remoteAddress();

    /** Returns whether the connection is still there. */
    boolean isOpen();

    /** Ends the login without a verdict, because something went wrong on the way to it. */
    void undecided();
  }

  /** The attempt of a client. */
  record ClientAttempt(Login login) implements Attempt {
    @Override
    public @Nullable InetSocketAddress remoteAddress() {
      return login.connection().remoteAddress();
    }

    @Override
    public boolean isOpen() {
      return login.connection().isOpen();
    }

    @Override
    public void undecided() {
      login.undecided();
    }
  }

  /** Something that one login waits for. */
  interface Item {
    /** Returns the login that waits. */
    Attempt attempt();

    /** Returns whether a client has asked for the same before, and left without an answer. */
    boolean isRepeated();

    /** Returns whether the login still waits for it; once false, it stays so. */
    boolean isWanted();

    /** Does it; called once, or never when {@link #dropped} is. */
    void run();

    /** Called when no client waits for it any more. */
    void dropped();
  }

  /** Does something on a thread of its own, when its turn comes. */
  void add(Item item) {
    boolean start;
    List<Item> dropped;
    synchronized (this) {
      (item.isRepeated() ? repeated : byAddress)
          .computeIfAbsent(address(item.attempt()), unknown -> new ArrayDeque<>())
          .addLast(item);
      waiting++;
      dropped = waiting >= sweepAt ? sweep() : List.of();
      start = running < threads;
      if (start) {
        running++;
      }
    }
    dropped.forEach(Item::dropped);
    if (start) {
      start();
    }
  }

  private void start() {
    boolean started = false;
    try {
      workers.execute(() -> supervisor.run("logins", this::runAll));
      started = true;
    } finally {
      if (!started) {
        // For lack of memory: whoever comes next tries again, and then this one has its turn, too.
        synchronized (this) {
          running--;
        }
      }
    }
  }

  // A network of somebody who has IPv6 is one address: there is no end to those in it.
  private static Object address(Attempt attempt) {
    InetSocketAddress remote = attempt.remoteAddress();
    InetAddress address = remote == null ? null : remote.getAddress();
    if (address instanceof Inet6Address && !address.isLoopbackAddress()) {
      return ByteBuffer.wrap(address.getAddress(), 0, 8);
    }
    return address == null ? IN_PROCESS : address;
  }

  private List<Item> sweep() {
    List<Item> unwanted = new ArrayList<>();
    sweep(byAddress, unwanted);
    sweep(repeated, unwanted);
    waiting -= unwanted.size();
    sweepAt = Math.max(SWEEP_FROM, 2 * waiting);
    return unwanted;
  }

  private static void sweep(Map<Object, ArrayDeque<Item>> queues, List<Item> unwanted) {
    Iterator<ArrayDeque<Item>> all = queues.values().iterator();
    while (all.hasNext()) {
      ArrayDeque<Item> items = all.next();
      items.removeIf(
          item -> {
            boolean gone = !item.isWanted();
            if (gone) {
              unwanted.add(item);
            }
            return gone;
          });
      if (items.isEmpty()) {
        all.remove();
      }
    }
  }

  private void runAll() {
    boolean ended = false;
    try {
      for (Item item = next(); item != null; item = next()) {
        run(item);
      }
      ended = true;
    } finally {
      if (!ended) {
        synchronized (this) {
          running--;
        }
      }
    }
  }

  private void run(Item item) {
    supervisor.run(
        "a login",
        () -> {
          if (item.isWanted()) {
            WorkStep.LOGIN_CHECK.reach();
            item.run();
          } else {
            item.dropped();
          }
        },
        failure -> {
          item.attempt().undecided();
          item.dropped();
        });
  }

  /** What is next; null when there is nothing, and then this thread no longer counts. */
  private synchronized @Nullable Item next() {
    Map<Object, ArrayDeque<Item>> queues = repeated.isEmpty() ? byAddress : repeated;
    Iterator<Map.Entry<Object, ArrayDeque<Item>>> addresses = queues.entrySet().iterator();
    if (!addresses.hasNext()) {
      running--;
      return null;
    }
    Map.Entry<Object, ArrayDeque<Item>> first = addresses.next();
    ArrayDeque<Item> items = first.getValue();
    Item item = items.removeLast();
    waiting--;
    if (items.isEmpty()) {
      addresses.remove();
    } else {
      queues.get(first.getKey()); // which puts it last
    }
    return item;
  }

  @Override
  public boolean isIdle() {
    return workers.isIdle();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    return workers.awaitIdle(nanos);
  }

  /** Ends the threads when nothing waits any more. */
  @Override
  public void close() {
    workers.setKeepAliveTime(1, TimeUnit.MILLISECONDS);
  }
}
