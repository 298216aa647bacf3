package dev.hubkit.nats.cluster;

/** The scenes of the comparison, each of which leaves a cluster as it found it. */
enum ClusterScene {
  STREAMS(ReplicatedStreamScenes::streams),
  MESSAGES(ReplicatedStreamScenes::messages),
  BUCKETS(ReplicatedStreamScenes::buckets),
  ADVISORIES(ReplicatedStreamScenes::advisories),
  CONSUMERS(ReplicatedConsumerScenes::consumers),
  CONSUMERS_STEP_DOWN(ReplicatedConsumerScenes::stepsDown),
  WAITING_PULLS(ReplicatedConsumerScenes::waitingPulls),
  PUSHES(ReplicatedConsumerScenes::pushes),
  KILLED_CONSUMERS(ReplicatedConsumerScenes::killedLeaders),
  STEPS_DOWN(ClusterChangeScenes::stepsDown),
  SCALING(ClusterChangeScenes::scaling),
  PEERS(ClusterChangeScenes::peers),
  KILLED_LEADERS(ClusterFailureScenes::killedLeaders),
  SOLE_REPLICAS(ClusterFailureScenes::soleReplicas),
  LOST_MAJORITIES(ClusterFailureScenes::lostMajorities),
  PAUSES(ClusterFailureScenes::pauses),
  LOST_DISKS(ClusterFailureScenes::lostDisks),
  WHOLE_RESTARTS(ClusterFailureScenes::wholeRestarts);

  private final Play play;

  ClusterScene(Play play) {
    this.play = play;
  }

  private interface Play {
    void run(ClusterScript script) throws Exception;
  }

  void run(ClusterTranscript transcript) throws Exception {
    play.run(new ClusterScript(transcript));
  }
}
