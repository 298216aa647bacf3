package dev.hubkit.junit.cluster;

import dev.hubkit.nats.NatsCluster;
import dev.hubkit.nats.NatsServer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A NATS server of a hub that has several, whether it runs or not. Thread-safe. */
public final class ClusterServer {
  private final HubCluster cluster;
  private final String name;

  ClusterServer(HubCluster cluster, String name) {
    this.cluster = cluster;
    this.name = name;
  }

  private NatsCluster nats() {
    return cluster.nats();
  }

  /** Returns its name: {@code n1}, {@code n2} and so on. */
  public String name() {
    return name;
  }

  /**
   * Returns where clients connect to it, as in {@code nats://127.0.0.1:4222}; it stays the same.
   */
  public String url() {
    return nats().clientUrl(name);
  }

  /** Returns whether it runs, even if it stands still. */
  public boolean isRunning() {
    return nats().isRunning(name);
  }

  /** Returns whether it stands still. */
  public boolean isPaused() {
    return nats().isPaused(name);
  }

  /** Returns all other servers of the cluster. */
  public List<ClusterServer> others() {
    return cluster.servers().stream().filter(each -> !each.equals(this)).toList();
  }

  /**
   * Returns the server as hub-core knows it, until it ends.
   *
   * @throws IllegalStateException if it does not run
   */
  public NatsServer server() {
    return nats().server(name);
  }

  /**
   * Ends it as {@code kill -9} does: its clients see their connections reset, and connect to
   * another server.
   *
   * @throws IllegalStateException if it does not run
   */
  public void kill() {
    server();
    cluster.disturb(name, "killed");
    cluster.letGo(name);
    nats().kill(name);
  }

  /**
   * Stops it in order, and returns when it has ended. Its clients connect to another server.
   *
   * @throws IllegalStateException if it does not run
   */
  public void stop() {
    server();
    cluster.disturb(name, "stopped");
    cluster.letGo(name);
    nats().stop(name);
  }

  /**
   * Starts it again after it was killed or stopped, at the same address. Returns when it has routes
   * to all others that run and that it reaches.
   *
   * @throws IllegalStateException if it runs
   */
  public void restart() {
    nats().restart(name);
    cluster.tell(name, "started again");
  }

  /**
   * Removes all that it has stored, as when its disk is lost. It is killed before where it runs,
   * and comes back with {@link #restart()}: it gets from the others what they have. Streams that it
   * alone had are there again without their messages.
   */
  public void loseDisk() {
    cluster.disturb(name, "loses its disk");
    cluster.letGo(name);
    nats().loseDisk(name);
  }

  /**
   * Has its clock be ahead of the hub's from now on. That concerns what it compares with the time
   * of the day: times and ages of messages, duplicate windows, schedules, pauses. Timers that run
   * already, and elections, go on as they are, as when the clock of a machine is set.
   *
   * @param ahead by how much; negative where it is behind, zero for the time of the hub
   */
  public void skewClock(Duration ahead) {
    nats().skewClock(name, ahead);
    cluster.tell(name, "clock is " + HubCluster.shown(ahead));
  }

  /** Returns by how much its clock is ahead of the hub's; negative where it is behind. */
  public Duration clockSkew() {
    return nats().clockSkew(name);
  }

  /**
   * Has it stand still, as a paused process does: clients stay connected and hear nothing, other
   * servers hear nothing either. What is sent to it waits.
   *
   * @throws IllegalStateException if it does not run
   */
  public void pause() {
    server();
    cluster.disturb(name, "stands still");
    nats().pause(name);
    cluster.stall(name);
  }

  /** Lets it go on after {@link #pause()}. Does nothing when it does not stand still. */
  public void resume() {
    cluster.letGo(name);
    nats().resume(name);
    cluster.tell(name, "goes on");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClusterServer server
        && server.name.equals(name)
        && server.cluster == cluster;
  }

  @Override
  public int hashCode() {
    return Objects.hash(name);
  }

  /** Returns its name. */
  @Override
  public String toString() {
    return name;
  }
}
