package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveServer;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.runtime.GroupStatus;
import dev.hubkit.nats.jetstream.runtime.GroupStatus.ReplicaStatus;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.StreamReplication;
import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The part of one server in a {@link JetStreamCluster}, from its start to its end: it makes the
 * streams and consumers that it is to have, and leads the cluster when it is its turn. Thread-safe.
 */
public final class JetStreamPeer implements LocalPeer {
  private static final Log log = Log.of(JetStreamPeer.class);

  // lostQuorumInterval of nats-server.
  private static final long LEADERLESS = Duration.ofSeconds(10).toNanos();

  private static final ClusterAnswers NO_ANSWERS = (account, reply, answer, batch) -> {};

  private final JetStreamCluster cluster;
  private final String server;
  private final MetaReplica meta;
  private final PlacementRules rules;
  private final TimeSource clock;
  private final Map<String, AccountPeer> accounts = new ConcurrentHashMap<>();
  private final AtomicBoolean running = new AtomicBoolean();
  private volatile boolean ended;
  private volatile ClusterAnswers answers = NO_ANSWERS;
  private volatile Runnable expelled = () -> {};
  private volatile @Nullable ClusterRepair repair;
  // What waits until a command was applied, or this server leads no more. Guarded by itself.
  private final TreeMap<Long, List<Runnable>> proposed = new TreeMap<>();

  JetStreamPeer(
      JetStreamCluster cluster,
      String server,
      MetaReplica meta,
      PlacementRules rules,
      TimeSource clock) {
    this.rules = rules;
    this.cluster = cluster;
    this.server = server;
    this.meta = meta;
    this.clock = clock;
  }

  // ---- The server starts and ends.

  /** Answers requests in this way from now on. */
  public void answerBy(ClusterAnswers present) {
    answers = present;
  }

  /**
   * Tells others of this server.
   *
   * @param id the id of the server
   * @param memory how many bytes streams in memory may take
   * @param storage how many bytes streams in files may take
   */
  public void describe(String id, long memory, long storage) {
    cluster.tellId(server, id);
    cluster.tellRoom(server, Map.of(StorageType.MEMORY, memory, StorageType.FILE, storage));
  }

  /**
   * Returns how many bytes streams of a kind may take.
   *
   * @param bytes what the server has found
   * @param isDetected whether that is what the machine had left, which all servers share and the
   *     first one has found; they have as much, or chance would choose among them
   */
  public long room(StorageType kind, long bytes, boolean isDetected) {
    return isDetected ? cluster.sharedRoom(kind, bytes) : bytes;
  }

  /** Returns what the streams of an account know of the cluster. */
  public StreamReplication account(String account) {
    return peer(account);
  }

  private AccountPeer peer(String account) {
    return accounts.computeIfAbsent(account, name -> new AccountPeer(this, name));
  }

  /** Makes the streams that an account is to have here, once it has recovered what it had. */
  public void opened(AccountJetStream jetStream) {
    peer(jetStream.account().name()).open(jetStream);
  }

  /** Begins to take part. */
  public void start() {
    if (running.compareAndSet(false, true)) {
      meta.listen(new Changes());
      cluster.started(this);
      cluster.meta().start(server, meta);
    }
  }

  /**
   * Waits until the server has made what it is to have.
   *
   * @return whether it has within {@code patience}, in real time
   * @throws InterruptedException if interrupted while waiting
   */
  public boolean awaitPlaced(Duration patience) throws InterruptedException {
    CountDownLatch placed = new CountDownLatch(accounts.size());
    accounts.values().forEach(each -> each.whenPlaced(placed::countDown));
    return placed.await(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Ends its part, before its streams are closed.
   *
   * @param inOrder whether others are asked to lead before; a server that is killed does not
   */
  public void end(boolean inOrder) {
    if (!running.compareAndSet(true, false)) {
      return;
    }
    ended = true;
    if (inOrder) {
      resign();
    }
    cluster.ended(this, inOrder);
    accounts.values().forEach(AccountPeer::end);
    cluster.meta().end(server, false);
    meta.listen(null);
    settle(Long.MAX_VALUE);
  }

  /** Moves streams and consumers in this way when servers leave and come while it leads. */
  public void repairBy(ClusterRepair present) {
    repair = present;
  }

  ClusterRepair repair() {
    ClusterRepair present = repair;
    if (present == null) {
      throw new IllegalStateException("Server " + server + " does not answer requests yet");
    }
    return present;
  }

  /** Does something when the server is removed from the cluster while it runs. */
  public void whenExpelled(Runnable task) {
    expelled = task;
  }

  /** Ends its part, since it was removed from the cluster. */
  void expel() {
    log.error("JetStream being DISABLED, our server was removed from the cluster");
    end(true);
    expelled.run();
  }

  /** Asks others to lead what this server leads. */
  public void resign() {
    accounts.values().forEach(AccountPeer::resign);
    if (isMetaLeader()) {
      cluster.meta().stepDown(null);
    }
  }

  // ---- What it knows.

  @Override
  public String server() {
    return server;
  }

  /** Returns what it requires of the servers of a stream when it leads. */
  PlacementRules rules() {
    return rules;
  }

  /** Returns the cluster. */
  public JetStreamCluster cluster() {
    return cluster;
  }

  @Override
  public Assignments assignments() {
    return meta.assignments();
  }

  @Override
  public boolean hasEnded() {
    return ended;
  }

  @Override
  public String clusterName() {
    return cluster.name();
  }

  @Override
  public TimeSource time() {
    return clock;
  }

  @Override
  public ReplicaGroups groups() {
    return cluster.groups();
  }

  @Override
  public long silence(String other) {
    return cluster.silence(server, other);
  }

  @Override
  public boolean isMetaLeader() {
    return running.get() && meta.isLeading();
  }

  /** Returns the server that leads all, as far as this one knows; null if there is none. */
  public @Nullable String metaLeader() {
    return meta.leader();
  }

  /** Returns whether there has been no leader for so long that clients are told so. */
  public boolean isLeaderless() {
    return running.get() && meta.leader() == null && meta.nanosInStanding() > LEADERLESS;
  }

  /** Returns whether a group that this server is in has no leader, so that clients are told so. */
  public boolean isLeaderless(RaftGroup group) {
    return cluster.groups().isLeaderless(group, server);
  }

  @Override
  public boolean areOffline(List<String> servers) {
    return servers.stream().allMatch(this::isOffline);
  }

  @Override
  public boolean isOffline(String other) {
    return cluster.isOffline(server, other);
  }

  @Override
  public boolean isLinkedTo(String other) {
    return cluster.links().areLinked(server, other);
  }

  @Override
  public @Nullable String leaderOf(RaftGroup group) {
    if (cluster.groups().find(group) != null) {
      return cluster.groups().leader(group, server);
    }
    String only = group.peers().get(0);
    return isLinkedTo(only) ? only : null;
  }

  /** Returns how the group of all servers is, as this one sees it. */
  public GroupStatus metaStatus() {
    List<ReplicaStatus> others = new ArrayList<>();
    for (String each : cluster.meta().members()) {
      if (!each.equals(server)) {
        boolean reached = isLinkedTo(each);
        long lag = cluster.meta().lag(each);
        others.add(
            new ReplicaStatus(each, reached && lag == 0, isOffline(each), silence(each), lag));
      }
    }
    return new GroupStatus(cluster.name(), "_meta_", meta.leader(), 0, others);
  }

  /** Returns how many groups of several servers this one takes part in, with that of all. */
  public int replicatedAssets() {
    long assets = 1;
    for (SortedMap<String, StreamAssignment> streams : assignments().all().values()) {
      for (StreamAssignment stream : streams.values()) {
        assets += isReplicatedHere(stream.group()) ? 1 : 0;
        assets +=
            stream.consumers().values().stream()
                .filter(consumer -> isReplicatedHere(consumer.group()))
                .count();
      }
    }
    return (int) assets;
  }

  private boolean isReplicatedHere(RaftGroup group) {
    return group.peers().size() > 1 && group.has(server);
  }

  /** Returns the JetStream of an account on a server that this one reaches; null otherwise. */
  public @Nullable AccountJetStream jetStreamOn(String other, String account) {
    JetStreamPeer peer = cluster.running(other);
    return peer == null || !isLinkedTo(other) ? null : peer.peer(account).jetStream();
  }

  /** Returns the JetStream of an account on all servers that this one reaches. */
  public List<AccountJetStream> jetStreams(String account) {
    return cluster.running().stream()
        .map(peer -> jetStreamOn(peer.server, account))
        .flatMap(Stream::ofNullable)
        .toList();
  }

  /**
   * Returns how many changes all servers have agreed upon, as far as this one has heard: other than
   * a time, it distinguishes what is made in the same way each time that a test is run. It does not
   * go back when that is lost with disks, or groups would have the names of earlier ones.
   */
  long changes() {
    return cluster.lostChanges() + meta.applied();
  }

  // ---- What it does as the leader.

  /**
   * Proposes a change to all servers.
   *
   * @param settled runs when it was made, or this server does not lead any more
   */
  void propose(MetaCommand command, Runnable settled) {
    OptionalLong index = cluster.meta().propose(server, command);
    if (index.isEmpty()) {
      settled.run();
      return;
    }
    synchronized (proposed) {
      proposed.computeIfAbsent(index.getAsLong(), key -> new ArrayList<>()).add(settled);
    }
    cluster.meta().flush(server);
    // Another thread may have sent it before this one noted who waits.
    if (meta.applied() >= index.getAsLong() || !isMetaLeader()) {
      settle(meta.isLeading() ? meta.applied() : Long.MAX_VALUE);
    }
  }

  @Override
  public void ask(MetaCommand command) {
    String leader = meta.leader();
    JetStreamPeer peer = leader == null ? null : cluster.running(leader);
    if (peer == null || !isLinkedTo(peer.server)) {
      log.warn(
          "No server leads cluster {}, so that this can't be done: {}", cluster.name(), command);
      return;
    }
    peer.propose(command, () -> {});
  }

  private void settle(long applied) {
    List<Runnable> settled = new ArrayList<>();
    synchronized (proposed) {
      Map<Long, List<Runnable>> done = proposed.headMap(applied, true);
      done.values().forEach(settled::addAll);
      done.clear();
    }
    settled.forEach(each -> cluster.supervisor().run(this, each::run));
  }

  @Override
  public void answer(String account, String reply, ClusterAnswers.Answer answer, WorkBatch batch) {
    answers.answer(account, reply, answer, batch);
  }

  /** What is told within turns of the group, and done after them. */
  private final class Changes implements MetaReplica.Listener {
    @Override
    public void applied(long index, MetaCommand command, Assignments before, Assignments after) {
      if (command instanceof RemoveServer remove) {
        cluster
            .meta()
            .afterwards(
                () -> {
                  if (isMetaLeader()) {
                    cluster.membership().left(JetStreamPeer.this, remove.server());
                  }
                });
      } else {
        peer(command.account()).apply(command, before, after);
      }
      cluster.meta().afterwards(() -> settle(index));
    }

    @Override
    public void replaced(Assignments before, Assignments after) {
      accounts.values().forEach(peer -> peer.replaced(after));
    }

    @Override
    public void leaderChanged(@Nullable String before, @Nullable String leader) {
      if (server.equals(leader)) {
        log.info("Self is new JetStream cluster metadata leader");
      } else if (leader == null) {
        log.warn("JetStream cluster no metadata leader");
      } else {
        log.info("JetStream cluster new metadata leader: {}/{}", leader, cluster.name());
      }
      if (server.equals(before)) {
        cluster.meta().afterwards(() -> settle(Long.MAX_VALUE));
      }
    }

    @Override
    public void quorumLost() {
      log.warn("JetStream cluster metadata group has NO quorum, stalled");
    }
  }

  @Override
  public String toString() {
    return "JetStream of server " + server + " in cluster " + cluster.name();
  }
}
