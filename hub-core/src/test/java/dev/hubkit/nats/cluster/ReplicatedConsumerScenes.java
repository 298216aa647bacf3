package dev.hubkit.nats.cluster;

import static dev.hubkit.nats.cluster.ReplicatedStreamScenes.stream;

/** Scenes of the comparison with consumers, while all servers run or one of them dies. */
final class ReplicatedConsumerScenes {
  private ReplicatedConsumerScenes() {}

  static String consumer(String stream, String name, String more) {
    return "{'stream_name':'"
        + stream
        + "','config':{'name':'"
        + name
        + "','durable_name':'"
        + name
        + "','ack_policy':'explicit'"
        + more
        + "}}";
  }

  /** Consumers are created, listed, updated and deleted. */
  static void consumers(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("CONSUMER.CREATE.JOBS.a", consumer("JOBS", "a", ""));
    at.api("STREAM.CREATE.JOBS", stream("JOBS", 3, ""));
    script.settle("JOBS", 2);
    at.api("CONSUMER.CREATE.JOBS.a", consumer("JOBS", "a", ""));
    script.settle("JOBS", "a", 2);
    at.api("CONSUMER.INFO.JOBS.a", "");
    at.api("CONSUMER.CREATE.JOBS.a", consumer("JOBS", "a", ""));
    at.api("CONSUMER.CREATE.JOBS.one", consumer("JOBS", "one", ",'num_replicas':1"));
    at.api("CONSUMER.INFO.JOBS.one", "");
    at.api("CONSUMER.CREATE.JOBS.five", consumer("JOBS", "five", ",'num_replicas':5"));
    at.api("CONSUMER.CREATE.JOBS.mem", consumer("JOBS", "mem", ",'mem_storage':true"));
    script.settle("JOBS", "mem", 2);
    at.api("CONSUMER.INFO.JOBS.mem", "");
    at.api(
        "CONSUMER.CREATE.JOBS.eph",
        "{'stream_name':'JOBS','config':{'name':'eph','ack_policy':'none'}}");
    at.api("CONSUMER.INFO.JOBS.eph", "");
    at.api("CONSUMER.NAMES.JOBS", "");
    at.api("CONSUMER.CREATE.JOBS.a", consumer("JOBS", "a", ",'description':'changed'"));
    at.api("CONSUMER.CREATE.JOBS.a", consumer("JOBS", "a", ",'deliver_policy':'new'"));
    at.api("CONSUMER.PAUSE.JOBS.a", "{'pause_until':'2099-01-01T00:00:00Z'}");
    // The leader of the cluster answers before that of the consumer has heard of it.
    at.await("CONSUMER.INFO.JOBS.a", "", "paused", answer -> answer.bool("paused", false));
    at.api("CONSUMER.INFO.JOBS.a", "");
    at.api("CONSUMER.PAUSE.JOBS.a", "");
    at.await("CONSUMER.INFO.JOBS.a", "", "going on", answer -> !answer.bool("paused", false));
    at.api("CONSUMER.DELETE.JOBS.one", "");
    at.api("CONSUMER.DELETE.JOBS.one", "");
    at.api("CONSUMER.INFO.JOBS.one", "");
    at.api("CONSUMER.DELETE.JOBS.eph", "");
    at.api("CONSUMER.DELETE.JOBS.mem", "");
    at.api("CONSUMER.LIST.JOBS", "");
    at.api("STREAM.DELETE.JOBS", "");
  }

  private static void begin(ClusterScript script, String name, String more) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE." + name, stream(name, 3, more));
    script.settle(name, 2);
    for (int i = 1; i <= 6; i++) {
      at.publish(name + "." + i, "job " + i);
    }
    at.api("CONSUMER.CREATE." + name + ".c", consumer(name, "c", ",'ack_wait':600000000000"));
    script.settle(name, "c", 2);
  }

  /** What was delivered and acknowledged is known to the next leader, wherever it is. */
  static void stepsDown(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    begin(script, "WORK", ",'retention':'workqueue'");
    at.fetch("WORK", "c", 3);
    at.acknowledge(-2, "+ACK");
    script.settle("WORK", "c", 2);
    at.api("CONSUMER.INFO.WORK.c", "");
    at.api("CONSUMER.LEADER.STEPDOWN.WORK.c", "");
    script.settle("WORK", "c", 2);
    at.api("CONSUMER.INFO.WORK.c", "");
    at.fetch("WORK", "c", 2);
    at.acknowledge(-1, "+ACK");
    at.acknowledge(-1, "-NAK");
    at.acknowledge(-2, "+TERM");
    at.fetch("WORK", "c", 5);
    script.settle("WORK", "c", 2);
    script.settle("WORK", 2);
    at.api("CONSUMER.INFO.WORK.c", "");
    at.api("STREAM.INFO.WORK", "{'deleted_details':true}");
    at.api("STREAM.LEADER.STEPDOWN.WORK", "");
    script.settle("WORK", 2);
    at.api("STREAM.INFO.WORK", "{'deleted_details':true}");
    at.api("CONSUMER.LEADER.STEPDOWN.WORK.none", "");
    at.api("CONSUMER.LEADER.STEPDOWN.NONE.c", "");
    at.api("STREAM.DELETE.WORK", "");
  }

  /** A pull request that waits ends when its consumer gets another leader. */
  static void waitingPulls(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.IDLE", stream("IDLE", 3, ""));
    script.settle("IDLE", 2);
    at.api("CONSUMER.CREATE.IDLE.c", consumer("IDLE", "c", ""));
    script.settle("IDLE", "c", 2);
    at.listen("waiting");
    at.send("$JS.API.CONSUMER.MSG.NEXT.IDLE.c", "waiting", "{'batch':5,'expires':60000000000}");
    at.api("CONSUMER.LEADER.STEPDOWN.IDLE.c", "");
    at.expect("waiting", 1);
    script.settle("IDLE", "c", 2);
    at.send("$JS.API.CONSUMER.MSG.NEXT.IDLE.c", "waiting", "{'batch':5,'expires':60000000000}");
    at.publish("IDLE.1", "at last");
    at.expect("waiting", 1);
    String leader = script.leader("IDLE", "c");
    script.useOtherThan(leader);
    at.listen("still.waiting");
    at.send(
        "$JS.API.CONSUMER.MSG.NEXT.IDLE.c", "still.waiting", "{'batch':5,'expires':60000000000}");
    at.await("CONSUMER.INFO.IDLE.c", "", "asked", answer -> answer.integer("num_waiting", 0) == 2);
    script.stop("the leader of the consumer", leader);
    at.expect("still.waiting", 1);
    script.settle("IDLE", "c", 1);
    script.restart(leader);
    script.settle("IDLE", "c", 2);
    at.api("CONSUMER.INFO.IDLE.c", "");
    at.api("STREAM.DELETE.IDLE", "");
  }

  /** A push consumer goes on when its leader is killed. */
  static void pushes(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("STREAM.CREATE.PUSH", stream("PUSH", 3, ""));
    script.settle("PUSH", 2);
    at.api("CONSUMER.CREATE.PUSH.c", consumer("PUSH", "c", ",'deliver_subject':'deliveries'"));
    script.settle("PUSH", "c", 2);
    String leader = script.leader("PUSH", "c");
    script.useOtherThan(leader, script.leader("PUSH"));
    at.listen("deliveries");
    at.publish("PUSH.1", "one");
    at.publish("PUSH.2", "two");
    at.expect("deliveries", 2);
    at.acknowledge(-2, "+ACK");
    at.acknowledge(-1, "+ACK");
    script.settle("PUSH", "c", 2);
    script.kill("the leader of the consumer", leader);
    script.settle("PUSH", "c", 1);
    script.settle("PUSH", 1);
    at.publish("PUSH.3", "three");
    at.expect("deliveries", 1);
    at.acknowledge(-1, "+ACK");
    script.restart(leader);
    script.settle("PUSH", "c", 2);
    at.api("CONSUMER.INFO.PUSH.c", "");
    at.api("STREAM.DELETE.PUSH", "");
  }

  /** What was pending and acknowledged survives the leader of a consumer. */
  static void killedLeaders(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    begin(script, "LOST", "");
    String leader = script.leader("LOST", "c");
    script.useOtherThan(leader);
    at.fetch("LOST", "c", 4);
    at.acknowledge(-4, "+ACK");
    at.acknowledge(-2, "+ACK");
    script.settle("LOST", "c", 2);
    script.kill("the leader of the consumer", leader);
    script.settle("LOST", "c", 1);
    at.api("CONSUMER.INFO.LOST.c", "");
    at.fetch("LOST", "c", 5);
    at.acknowledge(-1, "+ACK");
    script.restart(leader);
    script.settle("LOST", "c", 2);
    at.api("CONSUMER.INFO.LOST.c", "");
    at.api("STREAM.DELETE.LOST", "");
  }
}
