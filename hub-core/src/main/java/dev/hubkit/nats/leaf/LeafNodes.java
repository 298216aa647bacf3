package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.net.UpgradedSocket;
import dev.hubkit.nats.peer.AgreedCompression;
import dev.hubkit.nats.peer.PeerActivity;
import dev.hubkit.nats.peer.PeerListener;
import dev.hubkit.nats.peer.PeerThreads;
import dev.hubkit.nats.peer.PeerTotals;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Activity;
import dev.hubkit.work.Supervisor;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The leaf node connections of a server: those of the leaf nodes for which it is the hub, and those
 * to the hubs that it is a leaf node of. Owns the port and all connections, and ends them.
 * Thread-safe.
 */
public final class LeafNodes implements AutoCloseable {
  private static final Log log = Log.of(LeafNodes.class);
  private static final Duration CLOSE_PATIENCE = Duration.ofMillis(500);
  private static final Duration ABORT_PATIENCE = Duration.ofSeconds(5);

  private final Supervisor supervisor;
  private final PeerThreads threads;
  private final @Nullable PeerListener listener;
  private final LeafTable<Leaf> table = new LeafTable<>();
  private final PeerActivity activity = new PeerActivity(this::isIdle);
  private final LeafContext context;
  private final LeafEntrance entrance;
  private final Object updates = new Object();
  // Guarded by this object's monitor.
  private final List<LeafRemote> remotes = new ArrayList<>();
  private PeerTotals ended = PeerTotals.NONE;
  // Guarded by the monitor of the updates.
  private List<String> toldUrls = List.of();
  private volatile LeafSettings settings;
  private volatile @Nullable Runnable observer;
  private volatile boolean cut;

  private LeafNodes(
      LeafSettings settings, LeafServer server, TimeSource time, @Nullable ReservedPort held) {
    this.settings = settings;
    String name = "nats-" + server.info().port();
    this.supervisor = new Supervisor(name);
    this.threads = new PeerThreads(supervisor, name + "-");
    this.context =
        new LeafContext(
            server,
            () -> this.settings,
            time,
            activity,
            threads,
            table,
            new LoopSubjects(),
            new LeafInfoWriter(server, () -> this.settings, held == null ? 0 : held.number()));
    this.entrance = new LeafEntrance(context, supervisor, this::serve);
    this.listener = held == null ? null : new PeerListener(held, supervisor, entrance::take);
  }

  /**
   * Makes the leaf node connections of a server; others can connect after {@link #start}.
   *
   * @param held the port for leaf nodes; null for none
   */
  public static LeafNodes prepare(
      LeafSettings settings, LeafServer server, TimeSource time, @Nullable ReservedPort held) {
    return new LeafNodes(settings, server, time, held);
  }

  /**
   * Begins to accept leaf nodes.
   *
   * @throws IOException if the address can't be listened on
   */
  public void start() throws IOException {
    if (listener != null) {
      listener.start(threads.nameFor("leafnodes"));
    }
    configure(settings.remotes());
  }

  /**
   * Applies other settings to connections that are made from now on, connects to new hubs, and
   * closes the connections to those that are no longer among them or have other settings.
   */
  public void change(LeafSettings other) {
    settings = other;
    table.established().stream()
        .filter(leaf -> !leaf.isSolicited() && leaf.compress(other.compression()))
        .toList()
        .forEach(leaf -> leaf.close("Client Closed"));
    configure(other.remotes());
  }

  private void configure(List<LeafRemoteSettings> configured) {
    List<LeafRemoteSettings> wanted = cut ? List.of() : configured;
    List<LeafRemote> gone = new ArrayList<>();
    List<LeafRemote> added = new ArrayList<>();
    synchronized (this) {
      remotes.removeIf(
          each -> wanted.stream().noneMatch(each.settings()::isSameConnection) && gone.add(each));
      for (LeafRemoteSettings each : wanted) {
        LeafRemote present =
            remotes.stream()
                .filter(known -> known.settings().isSameConnection(each))
                .findFirst()
                .orElse(null);
        if (present != null) {
          present.compress(each);
        } else {
          LeafRemote remote =
              new LeafRemote(each, threads, context.time(), this::dial, this::changed);
          remotes.add(remote);
          added.add(remote);
        }
      }
    }
    gone.forEach(remote -> remote.end("Client Closed"));
    added.forEach(LeafRemote::start);
    changed();
  }

  // On a thread of the remote's.
  private void dial(LeafRemote remote, URI url) throws IOException {
    String name = remote.addresses().tlsName(url);
    HubConnection opened =
        HubConnection.open(
            url,
            remote.settings(),
            name,
            context.time(),
            context.server()::newId,
            (id, mode) -> context.infos().greeting(id, "", mode.text()),
            remote::connecting);
    boolean taken = false;
    try {
      AgreedCompression compression =
          new AgreedCompression(opened.wire().compressing(), remote.settings().compression());
      compression.agree(opened.mode());
      Leaf leaf =
          new Leaf(
              opened.id(),
              context,
              opened.wire(),
              compression,
              opened.info().nonce(),
              made -> new SolicitedIntroduction(made, remote, url, opened.info()));
      taken = true;
      log.info(
          "{} - Leafnode connection created for account: {} ({}:{})",
          leaf,
          remote.settings().account(),
          url.getHost(),
          url.getPort());
      if (!remote.connected(leaf)) {
        leaf.abort("Client Closed");
      }
      serve(leaf);
    } finally {
      if (!taken) {
        opened.wire().socket().close();
      }
    }
  }

  /**
   * Takes over a connection of the WebSocket port; returns false, and leaves it alone, when there
   * are too many, or the server is about to close.
   */
  public boolean take(UpgradedSocket socket) {
    return entrance.take(socket);
  }

  // Serves a connection until its end.
  private void serve(Leaf leaf) {
    if (!table.add(leaf)) {
      leaf.abort("Server Shutdown");
    }
    try {
      leaf.serve();
    } finally {
      // Counted at all times, and never twice.
      synchronized (this) {
        ended = ended.plus(totals(leaf));
        table.remove(leaf);
      }
    }
  }

  /**
   * Lets no other leaf nodes in, and connects to no hub again: the server is about to close
   * (addLeafNodeConnection of nats-server in lame duck mode).
   */
  public void refuseOthers() {
    if (listener != null) {
      listener.close();
    }
    synchronized (this) {
      remotes.forEach(LeafRemote::retire);
    }
  }

  private void endRemotes() {
    List<LeafRemote> all;
    synchronized (this) {
      all = List.copyOf(remotes);
      remotes.clear();
    }
    all.forEach(remote -> remote.end("Server Shutdown"));
  }

  private boolean isIdle() {
    return leafs().stream().allMatch(Leaf::isIdle);
  }

  /** Returns where it listens for leaf nodes; null when it does not. */
  public @Nullable HostPort address() {
    return listener == null ? null : new HostPort(settings.host(), listener.port());
  }

  /** Returns where leaf nodes connect to it, {@code host:port}; empty when nobody is told. */
  public String url() {
    return context.infos().url();
  }

  /** Tells leaf nodes where the servers of the cluster are, if that has changed. Any thread. */
  public void clusterChanged() {
    // In turn: of two changes at the same time, the last one told knows both.
    synchronized (updates) {
      List<String> urls = context.infos().urls();
      if (!urls.equals(toldUrls)) {
        toldUrls = urls;
        byte[] info = context.infos().update();
        table.established().stream()
            .filter(leaf -> !leaf.isSolicited())
            .forEach(leaf -> leaf.send(info));
      }
    }
  }

  /** Returns the TCP port for leaf nodes; 0 when there is none. */
  public int port() {
    return listener == null ? 0 : listener.port();
  }

  /** Returns the connections whose both sides have introduced themselves. */
  public Collection<Leaf> leafs() {
    return table.established();
  }

  /** Returns how the connections to all hubs are that are not left alone. */
  public synchronized List<LeafRemoteState> remotes() {
    return remotes.stream()
        .filter(remote -> !remote.settings().disabled())
        .map(remote -> remote.progress().state())
        .toList();
  }

  /**
   * Has {@code told} called after each change of what {@link #remotes} returns, on any thread; it
   * must be quick.
   */
  public void observe(Runnable told) {
    observer = told;
  }

  /**
   * Waits until all hubs are connected that are not left alone.
   *
   * @return false when that takes longer than {@code patience}
   */
  public synchronized boolean awaitRemotes(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!remotes().stream().allMatch(LeafRemoteState::connected)) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  /** Closes the connections to all hubs and makes none, until this is called with false. */
  public void cutRemotes(boolean none) {
    cut = none;
    configure(settings.remotes());
  }

  private void changed() {
    synchronized (this) {
      notifyAll();
    }
    Runnable told = observer;
    if (told != null) {
      told.run();
    }
  }

  /** Returns the traffic of all connections so far. */
  public synchronized PeerTotals totals() {
    PeerTotals all = ended;
    for (Leaf leaf : table.served()) {
      all = all.plus(totals(leaf));
    }
    return all;
  }

  private static PeerTotals totals(Leaf leaf) {
    return new PeerTotals(
        leaf.inMessages(),
        leaf.inBytes(),
        leaf.outMessages(),
        leaf.outBytes(),
        leaf.isSlow() ? 1 : 0,
        leaf.isStale() ? 1 : 0);
  }

  /** Returns a line for each hub that is to be connected and is not (disconnectedLeafRemotes). */
  public synchronized List<String> disconnected() {
    return remotes.stream()
        .filter(LeafRemote::isMissing)
        .map(
            remote ->
                "leafnode remote for account "
                    + Quoted.of(remote.settings().account())
                    + " (urls=["
                    + remote.settings().urls().stream()
                        .map(url -> Quoted.of(withoutPassword(url)))
                        .collect(Collectors.joining(" "))
                    + "]) is not connected")
        .toList();
  }

  private static String withoutPassword(URI url) {
    String login = url.getUserInfo();
    int colon = login == null ? -1 : login.indexOf(':');
    String user =
        login == null ? "" : (colon < 0 ? login : login.substring(0, colon) + ":xxxxx") + "@";
    return url.getScheme() + "://" + user + url.getHost() + ":" + url.getPort();
  }

  /** Returns the activity of the connections. */
  public Activity activity() {
    return activity;
  }

  /** Ends all connections. Returns when all threads have ended. */
  @Override
  public void close() {
    List<Leaf> open = table.close();
    threads.stop();
    endRemotes();
    if (listener != null) {
      listener.close();
    }
    open.forEach(leaf -> leaf.close("Server Shutdown"));
    if (listener != null) {
      listener.join(CLOSE_PATIENCE);
    }
    threads.join(CLOSE_PATIENCE);
    open.forEach(leaf -> leaf.abort("Server Shutdown"));
    threads.join(ABORT_PATIENCE);
  }
}
