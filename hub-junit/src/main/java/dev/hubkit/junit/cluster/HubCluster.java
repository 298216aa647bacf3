package dev.hubkit.junit.cluster;

import dev.hubkit.json.JsonObject;
import dev.hubkit.junit.fault.ClientSelector;
import dev.hubkit.junit.fault.Fault;
import dev.hubkit.junit.fault.Faults;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.nats.NatsCluster;
import dev.hubkit.time.DurationText;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The NATS servers of a hub that has several of them ({@code @WithHub(servers = 3)}), called {@code
 * n1}, {@code n2} and so on.
 *
 * <p>All that a test does here is undone after it: servers run again, links are whole, and clocks
 * show the same. The journal tells of it ({@link
 * dev.hubkit.junit.journal.JournalEntry.Kind#DISTURBED}). Thread-safe.
 */
public final class HubCluster {
  private static final int NOT_FOUND = 404;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final Supplier<NatsCluster> nats;
  private final Faults faults;
  private final Journal journal;
  private final ClusterQuestion api;
  private final Map<String, Fault> stalls = new HashMap<>();
  private volatile boolean disturbed;

  /**
   * Makes the cluster of a hub.
   *
   * @param nats returns the servers
   * @param faults has clients wait
   * @param journal is told what tests do
   * @param api asks JetStream
   */
  public HubCluster(
      Supplier<NatsCluster> nats, Faults faults, Journal journal, ClusterQuestion api) {
    this.nats = nats;
    this.faults = faults;
    this.journal = journal;
    this.api = api;
  }

  NatsCluster nats() {
    return nats.get();
  }

  /** Returns all servers, whether they run or not. */
  public List<ClusterServer> servers() {
    return nats().names().stream().map(name -> new ClusterServer(this, name)).toList();
  }

  /**
   * Returns the server of a name.
   *
   * @throws IllegalStateException if there is none
   */
  public ClusterServer server(String name) {
    nats().clientUrl(name);
    return new ClusterServer(this, name);
  }

  /**
   * Returns the server that leads a stream. Waits for a few seconds while there is none, by the
   * machine's clock; an election takes some of the hub's time, so a test that has frozen the clock
   * advances it before.
   *
   * @throws IllegalStateException if there is no such stream, or no leader by then
   */
  public ClusterServer leaderOf(String stream) {
    return leader("stream " + stream, "STREAM.INFO." + stream);
  }

  /**
   * Returns the server that leads a consumer, as {@link #leaderOf(String)} does.
   *
   * @throws IllegalStateException if there is no such consumer, or no leader by then
   */
  public ClusterServer leaderOf(String stream, String consumer) {
    return leader(
        "consumer " + consumer + " of " + stream, "CONSUMER.INFO." + stream + "." + consumer);
  }

  /**
   * Returns the server that leads the whole cluster: it decides which servers have a stream. Waits
   * for one as {@link #leaderOf(String)} does.
   *
   * @throws IllegalStateException if there is none by then
   */
  public ClusterServer metaLeader() {
    return await("the cluster", () -> nats().metaLeader());
  }

  private ClusterServer leader(String what, String question) {
    return await(
        what,
        () -> {
          JsonObject answer = api.ask(question);
          if (answer == null) {
            return Optional.empty();
          }
          JsonObject error = answer.objectOrEmpty("error");
          if (error.integer("code", 0) == NOT_FOUND) {
            throw new IllegalStateException("There is no " + what);
          }
          return Optional.ofNullable(answer.objectOrEmpty("cluster").string("leader"));
        });
  }

  private ClusterServer await(String what, Supplier<Optional<String>> leader) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      Optional<String> name = leader.get();
      if (name.isPresent() && nats().isRunning(name.get()) && !nats().isPaused(name.get())) {
        return server(name.get());
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    String trouble = describe();
    throw new IllegalStateException(
        "No server leads "
            + what
            + (trouble.isEmpty() ? "" : " (" + trouble + ")")
            + ": a majority of its replicas has to run and to reach each other, and with a frozen"
            + " clock hub.time().advance(…) has to pass the time of an election");
  }

  /** The first half of {@code hub.cluster().partition(one).from(two, three)}. */
  public static final class Side {
    private final HubCluster cluster;
    private final Set<String> side;

    private Side(HubCluster cluster, ClusterServer... side) {
      this.cluster = cluster;
      this.side = names(side);
    }

    /**
     * Cuts all links between the servers of the two sides, also of those that are started again
     * later. Returns when they have noticed.
     *
     * @throws IllegalArgumentException if a server is on both sides
     */
    public void from(ClusterServer... others) {
      Set<String> rest = names(others);
      side.forEach(one -> cluster.disturb(one, "cut off from " + String.join(", ", rest)));
      cluster.nats().partition(side, rest);
    }
  }

  /** Begins to cut servers off from others: {@code partition(one).from(two, three)}. */
  public Side partition(ClusterServer... side) {
    return new Side(this, side);
  }

  private static Set<String> names(ClusterServer... servers) {
    Set<String> names = new LinkedHashSet<>();
    Arrays.stream(servers).forEach(server -> names.add(server.name()));
    return names;
  }

  /** Begins to name a link, of one direction: {@code link(one).to(other)}. */
  public ClusterLink.From link(ClusterServer from) {
    return new ClusterLink.From(this, from.name());
  }

  /**
   * Makes all links whole again and as quick as they can be. Returns when all servers that run have
   * routes to each other.
   */
  public void heal() {
    nats().heal();
    nats().names().forEach(name -> tell(name, "has whole links"));
  }

  // ---- What the toolkit does.

  /** Has the journal tell what the test does. */
  void tell(String server, String what) {
    journal.disturbed(server, what);
  }

  /** Notes that the test ends or stops connections. */
  void disturb(String server, String what) {
    disturbed = true;
    tell(server, what);
  }

  synchronized void stall(String server) {
    stalls.computeIfAbsent(server, name -> faults.stall(ClientSelector.ofServer(name)));
  }

  synchronized void letGo(String server) {
    Fault stall = stalls.remove(server);
    if (stall != null) {
      stall.close();
    }
  }

  /** Begins a test, of which {@link #hasDisturbedConnections()} then knows nothing. */
  public void beginTest() {
    disturbed = false;
  }

  /** Returns whether the test may have ended connections since the last {@link #beginTest()}. */
  public boolean hasDisturbedConnections() {
    return disturbed;
  }

  /** Returns what is not as it was at the start; empty for nothing. */
  public String describe() {
    Set<String> down = new TreeSet<>();
    for (ClusterServer server : servers()) {
      if (!server.isRunning() || server.isPaused()) {
        down.add(server + (server.isPaused() ? " stands still" : " is down"));
      }
      if (!server.clockSkew().isZero()) {
        down.add(server + "'s clock is " + shown(server.clockSkew()));
      }
    }
    return String.join(", ", down);
  }

  static String shown(Duration skew) {
    return skew.isZero()
        ? "right"
        : DurationText.of(skew.abs()) + (skew.isNegative() ? " behind" : " ahead");
  }

  /** Makes links whole and clocks right, and starts and resumes all servers. */
  public void undo() {
    List.copyOf(nats().names()).forEach(name -> nats().skewClock(name, Duration.ZERO));
    List.copyOf(nats().names()).forEach(this::letGo);
    nats().heal();
    nats().restartAll();
  }

  @Override
  public String toString() {
    return "the servers " + servers();
  }
}
