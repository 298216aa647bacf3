package dev.hubkit.nats.replication;

import dev.hubkit.nats.replication.Reachability.Direction;
import dev.hubkit.nats.replication.Reachability.LinkCondition;
import dev.hubkit.nats.replication.Reachability.ServerCondition;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The links between the servers of a cluster in one JVM: who runs, whose messages arrive where, and
 * how long they take. The replicas of all groups learn of each change before the method that makes
 * it returns.
 *
 * <p>Thread-safe.
 */
public final class ServerLinks {
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  // Changed under this object's monitor, so that each listener sees all changes in their order.
  private volatile Reachability present = new Reachability();

  /** Is told of each change, one at a time; must not change the links. */
  interface Listener {
    void changed(Reachability present);
  }

  /** Adds a listener, which is told of the present state at once. */
  synchronized void add(Listener listener) {
    listeners.add(listener);
    listener.changed(present);
  }

  synchronized void remove(Listener listener) {
    listeners.remove(listener);
  }

  /**
   * Returns whether two servers run and talk to each other now. A server talks to itself while it
   * runs.
   */
  public boolean areLinked(String one, String other) {
    Reachability now = present;
    return now.hears(one, other) && now.hears(other, one);
  }

  /** Notes that a server runs. */
  public synchronized void started(String server) {
    change(present.with(server, new ServerCondition(true, false, starts(server) + 1)));
  }

  /** Notes that a server has ended; what was under way from it and to it is lost. */
  public synchronized void ended(String server) {
    change(present.with(server, new ServerCondition(false, false, starts(server) + 1)));
  }

  private long starts(String server) {
    return present.server(server).starts();
  }

  /** Has a running server stand still: nobody hears it, and what is sent to it waits. */
  public synchronized void pause(String server) {
    pause(server, true);
  }

  /** Lets a server go on that stands still. */
  public synchronized void resume(String server) {
    pause(server, false);
  }

  private void pause(String server, boolean paused) {
    ServerCondition condition = present.server(server);
    if (condition.running() && condition.paused() != paused) {
      change(present.with(server, new ServerCondition(true, paused, condition.starts())));
    }
  }

  /** Cuts the link from one server to another, but not the other way. */
  public synchronized void cut(String from, String to) {
    LinkCondition condition = present.link(from, to);
    if (condition.open()) {
      change(
          present.with(
              new Direction(from, to),
              new LinkCondition(false, condition.cuts() + 1, condition.delayNanos())));
    }
  }

  /** Has messages from one server to another take so long from now on. */
  public synchronized void delay(String from, String to, long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("A message can't arrive before it was sent: " + nanos);
    }
    LinkCondition condition = present.link(from, to);
    change(
        present.with(
            new Direction(from, to), new LinkCondition(condition.open(), condition.cuts(), nanos)));
  }

  /** Opens all links; delays stay. */
  public synchronized void heal() {
    change(present.healed());
  }

  private void change(Reachability changed) {
    present = changed;
    listeners.forEach(listener -> listener.changed(changed));
  }
}
