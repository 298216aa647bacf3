package dev.hubkit.nats.cluster;

import static dev.hubkit.nats.cluster.ReplicatedConsumerScenes.consumer;
import static dev.hubkit.nats.cluster.ReplicatedStreamScenes.stream;

/** Scenes of the comparison in which servers are removed, and streams and consumers leave them. */
final class ServerRemovalScenes {
  private ServerRemovalScenes() {}

  /** A server that is gone for good is removed; what it had goes elsewhere where it can. */
  static void removedServers(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.ALL", stream("ALL", 3, ""));
    at.api("STREAM.CREATE.TWO", stream("TWO", 2, ""));
    script.settle("ALL", 2);
    script.settle("TWO", 1);
    at.api("CONSUMER.CREATE.ALL.c", consumer("ALL", "c", ""));
    script.settle("ALL", "c", 2);
    at.publish("ALL.1", "one");
    at.publish("TWO.1", "one");
    at.systemApi("SERVER.REMOVE", "");
    at.systemApi("SERVER.REMOVE", "{}");
    at.systemApi("SERVER.REMOVE", "{");
    at.systemApi("SERVER.REMOVE", "{'peer':'elsewhere'}");
    at.systemApi("SERVER.REMOVE", "{'peer':1}");
    at.systemApi("SERVER.REMOVE", "{'peer_id':'12345678'}");
    at.systemApi("SERVER.REMOVE", "{'peer':'n1','peer_id':'12345678'}");
    at.systemApi("SERVER.REMOVE", "{'peer_id':'n1'}");
    at.apiInVain("SERVER.REMOVE", "{'peer':'n1'}");
    String gone = script.followers("TWO").get(0);
    script.kill("the follower of TWO", gone);
    script.awaitMetaLeader();
    at.systemApi("SERVER.REMOVE", "{'peer':'" + gone + "'}");
    at.systemApi("SERVER.REMOVE", "{'peer':'" + gone + "'}");
    script.settle("TWO", 1);
    script.settle("ALL", 1);
    script.settle("ALL", "c", 1);
    at.note("the stream is elsewhere: " + !script.followers("TWO").contains(gone));
    at.api("STREAM.INFO.TWO", "");
    at.api("STREAM.INFO.ALL", "");
    at.api("CONSUMER.INFO.ALL.c", "");
    at.api("STREAM.MSG.GET.TWO", "{'seq':1}");
    at.api("STREAM.CREATE.MORE", stream("MORE", 3, ""));
    at.publishUntilStored("ALL.2", "two", "two");
    at.fetch("ALL", "c", 2);
    at.api("STREAM.DELETE.ALL", "");
    at.api("STREAM.DELETE.TWO", "");
  }

  /** A stream leaves a server that goes on. */
  static void evacuations(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.LEAVE", stream("LEAVE", 2, ""));
    script.settle("LEAVE", 1);
    at.api("CONSUMER.CREATE.LEAVE.c", consumer("LEAVE", "c", ""));
    script.settle("LEAVE", "c", 1);
    at.publish("LEAVE.1", "one");
    at.api("STREAM.PEER.EVACUATE.LEAVE", "");
    at.api("STREAM.PEER.EVACUATE.LEAVE", "{");
    at.api("STREAM.PEER.EVACUATE.LEAVE", "{'peer':''}");
    at.api("STREAM.PEER.EVACUATE.LEAVE", "{'peer':'elsewhere'}");
    at.api("STREAM.PEER.EVACUATE.NONE", "{'peer':'n1'}");
    String outside = script.outside("LEAVE").get(0);
    at.note("of a server that has no replica:");
    at.api("STREAM.PEER.EVACUATE.LEAVE", "{'peer':'" + outside + "'}");
    at.note("of the leader:");
    String before = script.leader("LEAVE");
    at.api("STREAM.PEER.EVACUATE.LEAVE", "{'peer':'" + before + "'}");
    script.awaitReplicaOn("LEAVE", outside);
    script.awaitOtherLeader("LEAVE", before);
    script.awaitOtherLeader("LEAVE", "c", before);
    script.settle("LEAVE", 1);
    script.settle("LEAVE", "c", 1);
    at.api("STREAM.INFO.LEAVE", "");
    at.api("CONSUMER.INFO.LEAVE.c", "");
    at.publishUntilStored("LEAVE.2", "two", "two");
    at.fetch("LEAVE", "c", 2);
    at.apiBegins("STREAM.UPDATE.LEAVE", stream("LEAVE", 3, ""));
    script.settle("LEAVE", 2);
    at.note("with no server left to go to:");
    at.api("STREAM.PEER.EVACUATE.LEAVE", "{'peer':'" + script.leader("LEAVE") + "'}");
    at.api("STREAM.CREATE.SOLE", stream("SOLE", 1, ""));
    at.publish("SOLE.1", "one");
    String sole = script.leader("SOLE");
    at.systemApi("SERVER.EVACUATE", "");
    at.systemApi("SERVER.EVACUATE", "{'peer':'elsewhere'}");
    at.systemApi("SERVER.EVACUATE", "{'peer_id':'elsewhere'}");
    at.apiInVain("SERVER.EVACUATE", "{'peer':'n1'}");
    at.systemApi("SERVER.EVACUATE", "{'peer':'" + sole + "'}");
    script.awaitOtherLeader("SOLE", sole);
    script.settle("SOLE", 0);
    at.api("STREAM.INFO.SOLE", "");
    at.api("STREAM.MSG.GET.SOLE", "{'seq':1}");
    at.api("STREAM.DELETE.LEAVE", "");
    at.api("STREAM.DELETE.SOLE", "");
  }

  /** A consumer leaves a server, and its stream stays. */
  static void consumerPeers(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.STAY", stream("STAY", 3, ""));
    script.settle("STAY", 2);
    at.publish("STAY.1", "one");
    at.api("CONSUMER.CREATE.STAY.one", consumer("STAY", "one", ",'num_replicas':1"));
    at.api("CONSUMER.CREATE.STAY.all", consumer("STAY", "all", ""));
    script.settle("STAY", "one", 0);
    script.settle("STAY", "all", 2);
    for (String what : new String[] {"REMOVE", "EVACUATE"}) {
      String request = "CONSUMER.PEER." + what + ".";
      at.api(request + "STAY.one", "");
      at.api(request + "STAY.one", "{");
      at.api(request + "STAY.one", "{'peer':''}");
      at.api(request + "STAY.one", "{'peer':'elsewhere'}");
      at.api(request + "NONE.one", "{'peer':'n1'}");
      at.api(request + "STAY.none", "{'peer':'n1'}");
      at.note("with no server left to go to:");
      at.api(request + "STAY.all", "{'peer':'" + script.leader("STAY", "all") + "'}");
      at.note("with its only server:");
      String before = script.leader("STAY", "one");
      at.api(request + "STAY.one", "{'peer':'" + before + "'}");
      script.awaitOtherLeader("STAY", "one", before);
      script.settle("STAY", "one", 0);
      at.api("CONSUMER.INFO.STAY.one", "");
    }
    at.fetch("STAY", "one", 1);
    at.api("STREAM.CREATE.LONE", stream("LONE", 1, ""));
    at.api("CONSUMER.CREATE.LONE.c", consumer("LONE", "c", ""));
    at.note("where the stream is only there:");
    at.api("CONSUMER.PEER.REMOVE.LONE.c", "{'peer':'" + script.leader("LONE", "c") + "'}");
    at.api("STREAM.DELETE.STAY", "");
    at.api("STREAM.DELETE.LONE", "");
  }

  /** Streams move to other servers. */
  static void moves(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.MOVE", stream("MOVE", 1, ",'placement':{'tags':['az:n1']}"));
    at.api("CONSUMER.CREATE.MOVE.c", consumer("MOVE", "c", ""));
    at.publish("MOVE.1", "one");
    at.publish("MOVE.2", "two");
    at.fetch("MOVE", "c", 1);
    at.note("placed: " + script.leader("MOVE").equals("n1"));
    at.apiBegins("STREAM.UPDATE.MOVE", stream("MOVE", 1, ",'placement':{'tags':['az:n9']}"));
    at.apiBegins("STREAM.UPDATE.MOVE", stream("MOVE", 1, ",'placement':{'cluster':'elsewhere'}"));
    at.apiBegins("STREAM.UPDATE.MOVE", stream("MOVE", 3, ",'placement':{'tags':['az:n2']}"));
    at.apiBegins("STREAM.UPDATE.MOVE", stream("MOVE", 1, ",'placement':{'tags':['az:n2']}"));
    script.awaitOtherLeader("MOVE", "n1");
    script.settle("MOVE", 0);
    script.settle("MOVE", "c", 0);
    at.note("moved: " + script.leader("MOVE").equals("n2"));
    at.api("STREAM.INFO.MOVE", "");
    at.api("STREAM.MSG.GET.MOVE", "{'seq':2}");
    at.publishUntilStored("MOVE.3", "three", "three");
    at.fetch("MOVE", "c", 2);
    at.api("STREAM.CANCEL_MOVE.MOVE", "");
    at.api("STREAM.CANCEL_MOVE.NONE", "");
    at.api("ACCOUNT.STREAM.CANCEL_MOVE.A.MOVE", "");
    at.systemApi("ACCOUNT.STREAM.CANCEL_MOVE.A.MOVE", "");
    at.systemApi("ACCOUNT.STREAM.CANCEL_MOVE.A.NONE", "");
    at.systemApi("ACCOUNT.STREAM.CANCEL_MOVE.B.MOVE", "");
    at.systemApiBegins("ACCOUNT.STREAM.MOVE.A.MOVE", "");
    at.systemApiBegins("ACCOUNT.STREAM.MOVE.A.MOVE", "{");
    at.systemApiBegins("ACCOUNT.STREAM.MOVE.A.NONE", "{'server':'n1'}");
    at.systemApiBegins("ACCOUNT.STREAM.MOVE.B.MOVE", "{'server':'n1'}");
    at.systemApiBegins("ACCOUNT.STREAM.MOVE.A.MOVE", "{'server':'n9'}");
    at.systemApiBegins("ACCOUNT.STREAM.MOVE.A.MOVE", "{'server':'n1'}");
    at.systemApiBegins("ACCOUNT.STREAM.MOVE.A.MOVE", "{'server':'n2','tags':['az:n9']}");
    at.systemApiBegins("ACCOUNT.STREAM.MOVE.A.MOVE", "{'server':'n2','cluster':'elsewhere'}");
    at.apiInVain("ACCOUNT.STREAM.MOVE.B.MOVE", "{'server':'n2'}");
    at.apiBegins("STREAM.UPDATE.MOVE", stream("MOVE", 1, ",'placement':{'cluster':'hub'}"));
    script.settle("MOVE", 0);
    String here = script.leader("MOVE");
    String to = here.equals("n3") ? "n1" : "n3";
    at.systemApiBegins(
        "ACCOUNT.STREAM.MOVE.A.MOVE", "{'server':'" + here + "','tags':['az:" + to + "']}");
    script.awaitOtherLeader("MOVE", here);
    script.settle("MOVE", 0);
    at.note("moved: " + script.leader("MOVE").equals(to));
    at.api("STREAM.INFO.MOVE", "");
    at.api("STREAM.MSG.GET.MOVE", "{'seq':3}");
    at.api("STREAM.DELETE.MOVE", "");
  }

  /** A move waits for a server that stands still; it can be cancelled. */
  static void cancelledMoves(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.WAIT", stream("WAIT", 1, ",'placement':{'tags':['az:n1']}"));
    at.publish("WAIT.1", "one");
    script.kill("a server", "n3");
    script.awaitMetaLeader();
    script.useOtherThan("n3");
    at.apiBegins("STREAM.UPDATE.WAIT", stream("WAIT", 1, ",'placement':{'tags':['az:n3']}"));
    at.apiBegins("STREAM.UPDATE.WAIT", stream("WAIT", 1, ",'placement':{'tags':['az:n2']}"));
    at.apiBegins("STREAM.UPDATE.WAIT", stream("WAIT", 3, ",'placement':{'tags':['az:n3']}"));
    at.apiBegins("STREAM.CANCEL_MOVE.WAIT", "");
    script.settle("WAIT", 0);
    at.api("STREAM.INFO.WAIT", "");
    at.apiBegins("STREAM.CANCEL_MOVE.WAIT", "");
    at.publishUntilStored("WAIT.2", "two", "two");
    script.restart("n3");
    at.api("STREAM.DELETE.WAIT", "");
  }
}
