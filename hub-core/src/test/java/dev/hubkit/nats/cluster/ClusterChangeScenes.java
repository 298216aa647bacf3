package dev.hubkit.nats.cluster;

import static dev.hubkit.nats.cluster.ReplicatedStreamScenes.stream;

/** Scenes of the comparison in which leaders step down and replicas come and go. */
final class ClusterChangeScenes {
  private ClusterChangeScenes() {}

  /** Leaders of streams and of the cluster step down. */
  static void stepsDown(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.STEP", stream("STEP", 3, ""));
    at.api("STREAM.CREATE.ALONE", stream("ALONE", 1, ""));
    script.settle("STEP", 2);
    at.publish("STEP.1", "one");
    at.api("STREAM.LEADER.STEPDOWN.STEP", "");
    at.publishUntilStored("STEP.2", "two", "two");
    script.settle("STEP", 2);
    at.api("STREAM.LEADER.STEPDOWN.NONE", "");
    at.api("STREAM.LEADER.STEPDOWN.ALONE", "");
    script.settle("ALONE", 0);
    at.api("STREAM.LEADER.STEPDOWN.STEP", "{");
    at.api("STREAM.LEADER.STEPDOWN.STEP", "{'placement':{'preferred':'elsewhere'}}");
    at.api("STREAM.LEADER.STEPDOWN.STEP", "{'placement':{'tags':['none']}}");
    at.api("STREAM.LEADER.STEPDOWN.STEP", "{'placement':{'cluster':'hub'}}");
    script.settle("STEP", 2);
    String follower = script.followers("STEP").get(0);
    at.api("STREAM.LEADER.STEPDOWN.STEP", "{'placement':{'preferred':'" + follower + "'}}");
    script.settle("STEP", 2);
    at.note("the preferred one leads: " + script.leader("STEP").equals(follower));
    at.apiInVain("META.LEADER.STEPDOWN", "");
    at.apiInVain("SERVER.REMOVE", "{'peer':'n1'}");
    at.publish("STEP.3", "three");
    at.api("STREAM.INFO.STEP", "");
    at.api("STREAM.DELETE.STEP", "");
    at.api("STREAM.DELETE.ALONE", "");
  }

  /** A stream gets more replicas, and loses them again; its consumers go along. */
  static void scaling(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.SCALE", stream("SCALE", 1, ""));
    at.publish("SCALE.1", "one");
    at.publish("SCALE.2", "two");
    at.api("CONSUMER.CREATE.SCALE.c", ReplicatedConsumerScenes.consumer("SCALE", "c", ""));
    at.fetch("SCALE", "c", 1);
    at.api("STREAM.UPDATE.SCALE", stream("SCALE", 3, ""));
    script.settle("SCALE", 2);
    script.settle("SCALE", "c", 2);
    at.publish("SCALE.3", "three");
    script.settle("SCALE", 2);
    at.api("STREAM.INFO.SCALE", "");
    at.api("CONSUMER.INFO.SCALE.c", "");
    String leader = script.leader("SCALE");
    script.kill("the leader", leader);
    script.settle("SCALE", 1);
    script.settle("SCALE", "c", 1);
    at.publishUntilStored("SCALE.4", "four", "four");
    at.fetch("SCALE", "c", 2);
    script.restart(leader);
    script.settle("SCALE", 2);
    script.settle("SCALE", "c", 2);
    at.api("STREAM.UPDATE.SCALE", stream("SCALE", 5, ""));
    at.api("STREAM.UPDATE.SCALE", stream("SCALE", 1, ""));
    script.settle("SCALE", 0);
    script.settle("SCALE", "c", 0);
    at.publish("SCALE.5", "five");
    at.api("STREAM.INFO.SCALE", "");
    at.api("CONSUMER.INFO.SCALE.c", "");
    at.fetch("SCALE", "c", 5);
    at.api("STREAM.UPDATE.SCALE", stream("SCALE", 2, ""));
    script.settle("SCALE", 1);
    at.api("STREAM.INFO.SCALE", "");
    at.api("STREAM.DELETE.SCALE", "");
  }

  /** Replicas are taken from a server. */
  static void peers(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.PEERS", stream("PEERS", 2, ""));
    script.settle("PEERS", 1);
    at.publish("PEERS.1", "one");
    String follower = script.followers("PEERS").get(0);
    String outside = script.outside("PEERS").get(0);
    at.api("STREAM.PEER.REMOVE.PEERS", "");
    at.api("STREAM.PEER.REMOVE.PEERS", "{");
    at.api("STREAM.PEER.REMOVE.PEERS", "{'peer':''}");
    at.api("STREAM.PEER.REMOVE.PEERS", "{'peer':'elsewhere'}");
    at.api("STREAM.PEER.REMOVE.NONE", "{'peer':'elsewhere'}");
    at.note("with a server that has no replica:");
    at.api("STREAM.PEER.REMOVE.PEERS", "{'peer':'" + outside + "'}");
    at.note("with the follower:");
    at.api("STREAM.PEER.REMOVE.PEERS", "{'peer':'" + follower + "'}");
    at.await(
        "STREAM.INFO.PEERS",
        "",
        "moved",
        answer ->
            answer.objectOrEmpty("cluster").objects("replicas").stream()
                .anyMatch(replica -> replica.string("name", "").equals(outside)));
    script.settle("PEERS", 1);
    at.api("STREAM.INFO.PEERS", "");
    at.api("STREAM.MSG.GET.PEERS", "{'seq':1}");
    at.api("STREAM.UPDATE.PEERS", stream("PEERS", 3, ""));
    script.settle("PEERS", 2);
    at.note("with no server left to go to:");
    at.api("STREAM.PEER.REMOVE.PEERS", "{'peer':'" + script.followers("PEERS").get(0) + "'}");
    at.api("STREAM.DELETE.PEERS", "");
  }
}
