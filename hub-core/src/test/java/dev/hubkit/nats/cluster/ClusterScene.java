package dev.hubkit.nats.cluster;

/** The scenes of the comparison, each of which leaves a cluster as it found it. */
enum ClusterScene {
  STREAMS(true, ReplicatedStreamScenes::streams),
  MESSAGES(true, ReplicatedStreamScenes::messages),
  BUCKETS(true, ReplicatedStreamScenes::buckets),
  ADVISORIES(true, ReplicatedStreamScenes::advisories),
  CONSUMERS(true, ReplicatedConsumerScenes::consumers),
  CONSUMERS_STEP_DOWN(true, ReplicatedConsumerScenes::stepsDown),
  WAITING_PULLS(false, ReplicatedConsumerScenes::waitingPulls),
  PUSHES(true, ReplicatedConsumerScenes::pushes),
  KILLED_CONSUMERS(true, ReplicatedConsumerScenes::killedLeaders),
  STEPS_DOWN(true, ClusterChangeScenes::stepsDown),
  SCALING(true, ClusterChangeScenes::scaling),
  PEERS(true, ClusterChangeScenes::peers),
  KILLED_LEADERS(true, ClusterFailureScenes::killedLeaders),
  SOLE_REPLICAS(true, ClusterFailureScenes::soleReplicas),
  LOST_MAJORITIES(true, ClusterFailureScenes::lostMajorities),
  PAUSES(true, ClusterFailureScenes::pauses),
  LOST_DISKS(true, ClusterFailureScenes::lostDisks),
  WHOLE_RESTARTS(true, ClusterFailureScenes::wholeRestarts),
  EVACUATIONS(true, ServerRemovalScenes::evacuations),
  CONSUMER_PEERS(true, ServerRemovalScenes::consumerPeers),
  // One move after the other: that the first one goes on is not told.
  MOVES(false, ServerRemovalScenes::moves),
  CANCELLED_MOVES(true, ServerRemovalScenes::cancelledMoves),
  // The last one: the cluster has one server less afterwards.
  REMOVED_SERVERS(true, ServerRemovalScenes::removedServers);

  private final boolean same;

  @SuppressWarnings("ImmutableEnumChecker") // a method without state
  private final Play play;

  ClusterScene(boolean same, Play play) {
    this.same = same;
    this.play = play;
  }

  private interface Play {
    void run(ClusterScript script) throws Exception;
  }

  /** Returns whether a cluster in this JVM answers the same throughout. */
  boolean isSame() {
    return same;
  }

  void run(ClusterTranscript transcript) throws Exception {
    play.run(new ClusterScript(transcript));
  }
}
