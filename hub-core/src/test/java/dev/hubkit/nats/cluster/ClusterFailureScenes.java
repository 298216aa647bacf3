package dev.hubkit.nats.cluster;

import static dev.hubkit.nats.cluster.ReplicatedStreamScenes.stream;

import java.util.List;

/** Scenes of the comparison in which servers end, stand still, come back and lose their disks. */
final class ClusterFailureScenes {
  private ClusterFailureScenes() {}

  /** A stream goes on without its leader, which catches up later. */
  static void killedLeaders(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.KILL", stream("KILL", 3, ",'duplicate_window':600000000000"));
    script.settle("KILL", 2);
    at.publishUntilStored("KILL.1", "one", "one");
    at.publish("KILL.2", "two");
    String leader = script.leader("KILL");
    script.kill("the leader", leader);
    at.publishUntilStored("KILL.3", "three", "three");
    at.publishUntilStored("KILL.1", "one", "one again");
    script.settle("KILL", 1);
    at.api("STREAM.INFO.KILL", "");
    at.api("STREAM.MSG.GET.KILL", "{'seq':2}");
    script.awaitMetaLeader();
    at.api("STREAM.CREATE.BORN", stream("BORN", 3, ""));
    script.settle("BORN", 1);
    at.publish("BORN.1", "without the dead");
    script.restart(leader);
    script.settle("KILL", 2);
    script.settle("BORN", 2);
    at.api("STREAM.INFO.KILL", "");
    at.api("STREAM.INFO.BORN", "");
    at.use(leader);
    at.api("STREAM.MSG.GET.KILL", "{'seq':3}");
    at.api("STREAM.NAMES", "");
    at.api("STREAM.DELETE.KILL", "");
    at.api("STREAM.DELETE.BORN", "");
  }

  /** A stream of one replica is away as long as its server is. */
  static void soleReplicas(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.SOLE", stream("SOLE", 1, ""));
    at.api("CONSUMER.CREATE.SOLE.c", ReplicatedConsumerScenes.consumer("SOLE", "c", ""));
    at.publish("SOLE.1", "one");
    String server = script.leader("SOLE");
    script.useOtherThan(server);
    script.kill("its server", server);
    script.awaitMetaLeader();
    at.publishInVain("SOLE.2", "two");
    at.apiInVain("STREAM.INFO.SOLE", "");
    at.apiInVain("CONSUMER.INFO.SOLE.c", "");
    at.apiInVain("STREAM.MSG.GET.SOLE", "{'seq':1}");
    at.api("STREAM.NAMES", "");
    at.api("CONSUMER.NAMES.SOLE", "");
    script.restart(server);
    script.settle("SOLE", 0);
    at.apiUntil("CONSUMER.INFO.SOLE.c", "", "back", answer -> !answer.has("error"));
    at.publishUntilStored("SOLE.3", "three", "three");
    at.api("STREAM.INFO.SOLE", "");
    at.fetch("SOLE", "c", 3);
    at.api("STREAM.DELETE.SOLE", "");
  }

  /** Without a majority nothing is acknowledged; with it all goes on. */
  static void lostMajorities(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.MOST", stream("MOST", 3, ""));
    script.settle("MOST", 2);
    at.publish("MOST.1", "one");
    List<String> followers = script.followers("MOST");
    script.useOtherThan(followers.toArray(String[]::new));
    script.kill("a follower", followers.get(0));
    at.publishUntilStored("MOST.2", "two", "two");
    script.kill("the other follower", followers.get(1));
    at.publishInVain("MOST.3", "three");
    at.apiUntil("INFO", "", "without a leader", answer -> answer.has("error"));
    // STREAM.INFO is not compared: the leader of the stream goes on in nats-server, for half a
    // minute at least, when that of the cluster has given up; ours give up at the same time.
    at.apiInVain("STREAM.CREATE.NONE", stream("NONE", 1, ""));
    at.apiInVain("STREAM.DELETE.MOST", "");
    at.api("STREAM.NAMES", "");
    at.api("INFO", "");
    at.api("STREAM.LEADER.STEPDOWN.MOST", "");
    at.publishInVain("MOST.4", "four");
    script.restart(followers.get(0));
    script.settle("MOST", 1);
    at.publishUntilStored("MOST.5", "five", "five");
    script.restart(followers.get(1));
    script.settle("MOST", 2);
    script.awaitMetaLeader();
    at.api("STREAM.MSG.GET.MOST", "{'seq':2}");
    at.api("STREAM.DELETE.MOST", "");
  }

  /** A server that stands still is left behind, and catches up. */
  static void pauses(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.STILL", stream("STILL", 3, ""));
    script.settle("STILL", 2);
    at.publish("STILL.1", "one");
    String follower = script.followers("STILL").get(0);
    script.pause("a follower", follower);
    at.publishUntilStored("STILL.2", "two", "two");
    script.resume(follower);
    script.settle("STILL", 2);
    String leader = script.leader("STILL");
    script.pause("the leader", leader);
    at.publishUntilStored("STILL.3", "three", "three");
    script.resume(leader);
    script.settle("STILL", 2);
    at.api("STREAM.INFO.STILL", "");
    at.api("STREAM.DELETE.STILL", "");
  }

  /** A server whose disk is lost gets everything from the others. */
  static void lostDisks(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.DISK", stream("DISK", 3, ",'allow_direct':true"));
    at.api("STREAM.CREATE.MEM", stream("MEM", 3, ",'storage':'memory'"));
    script.settle("DISK", 2);
    script.settle("MEM", 2);
    for (int i = 1; i <= 3; i++) {
      at.publish("DISK." + i, "on disk " + i);
      at.publish("MEM." + i, "in memory " + i);
    }
    at.api("STREAM.MSG.DELETE.DISK", "{'seq':2}");
    String leader = script.leader("DISK");
    script.kill("the leader of DISK", leader);
    script.loseDisk(leader);
    script.settle("DISK", 1);
    script.settle("MEM", 1);
    at.publish("DISK.4", "without it");
    script.restart(leader);
    script.settle("DISK", 2);
    script.settle("MEM", 2);
    at.api("STREAM.INFO.DISK", "{'deleted_details':true}");
    at.api("STREAM.INFO.MEM", "");
    at.use(leader);
    at.get("$JS.API.DIRECT.GET.DISK", "{'seq':4}");
    at.api("STREAM.DELETE.DISK", "");
    at.api("STREAM.DELETE.MEM", "");
  }

  /** All servers end and come back; what is in files is there, what is in memory is not. */
  static void wholeRestarts(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.FILE", stream("FILE", 3, ""));
    at.api("STREAM.CREATE.MEMO", stream("MEMO", 3, ",'storage':'memory'"));
    at.api("CONSUMER.CREATE.FILE.c", ReplicatedConsumerScenes.consumer("FILE", "c", ""));
    script.settle("FILE", 2);
    script.settle("MEMO", 2);
    script.settle("FILE", "c", 2);
    at.publish("FILE.1", "one");
    at.publish("FILE.2", "two");
    at.publish("MEMO.1", "one");
    at.fetch("FILE", "c", 1);
    at.acknowledge(-1, "+ACK");
    script.settle("FILE", "c", 2);
    List<String> names = at.cluster().names();
    for (String name : names) {
      script.stop("a server", name);
    }
    for (String name : names) {
      script.restart(name);
    }
    at.use(names.get(0));
    script.awaitReady();
    script.settle("FILE", 2);
    script.settle("MEMO", 2);
    script.settle("FILE", "c", 2);
    at.api("STREAM.INFO.FILE", "");
    at.api("STREAM.INFO.MEMO", "");
    at.api("CONSUMER.INFO.FILE.c", "");
    at.publish("FILE.3", "three");
    at.publish("MEMO.2", "two");
    at.fetch("FILE", "c", 3);
    at.api("STREAM.DELETE.FILE", "");
    at.api("STREAM.DELETE.MEMO", "");
  }
}
