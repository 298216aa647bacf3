package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.time.TimeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A server of a cluster as the streams and consumers that it has know it. Thread-safe. */
interface LocalPeer {
  /** Returns the name of the server. */
  String server();

  /** Returns the name of the cluster. */
  String clusterName();

  /** Returns the clock of the server. */
  TimeSource time();

  /** Returns the groups of all streams and consumers. */
  ReplicaGroups groups();

  /** Returns which server is to have what, as far as this one has heard. */
  Assignments assignments();

  /** Returns whether the server has ended; one that has not may not have begun yet. */
  boolean hasEnded();

  /** Returns whether this server leads all. */
  boolean isMetaLeader();

  /** Returns the server that leads a group, as far as this one can tell; null if there is none. */
  @Nullable String leaderOf(RaftGroup group);

  /** Returns whether this server and another talk to each other. */
  boolean isLinkedTo(String other);

  /**
   * Returns whether a server is known to have ended; one that was killed is missed after a while.
   */
  boolean isOffline(String other);

  /** Returns whether all of these servers are offline. */
  boolean areOffline(List<String> servers);

  /** Returns for how long nothing was heard of another server, in nanoseconds. */
  long silence(String other);

  /** Has the leader of all propose a change, if this server reaches one. */
  void ask(MetaCommand command);

  /** Answers a request; see {@link ClusterAnswers#answer}. */
  void answer(String account, String reply, ClusterAnswers.Answer answer, WorkBatch batch);
}
