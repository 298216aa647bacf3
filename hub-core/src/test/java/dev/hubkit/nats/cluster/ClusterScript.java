package dev.hubkit.nats.cluster;

import dev.hubkit.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a script does to a cluster, by the part that a server plays: it leads a stream, follows, or
 * has nothing of it. Whoever that is differs from run to run.
 */
final class ClusterScript {
  private final ClusterTranscript transcript;
  private final ScriptedCluster cluster;
  private final Set<String> down = new TreeSet<>();

  ClusterScript(ClusterTranscript transcript) {
    this.transcript = transcript;
    this.cluster = transcript.cluster();
  }

  /** Returns where requests are sent and recorded. */
  ClusterTranscript at() {
    return transcript;
  }

  // ---- Parts

  private JsonObject info(String stream) throws Exception {
    return transcript.await(
        "STREAM.INFO." + stream,
        "",
        "led",
        answer -> !answer.objectOrEmpty("cluster").string("leader", "").isEmpty());
  }

  private static List<String> replicas(JsonObject info) {
    return info.objectOrEmpty("cluster").objects("replicas").stream()
        .map(replica -> replica.string("name", ""))
        .sorted()
        .toList();
  }

  String leader(String stream) throws Exception {
    return info(stream).objectOrEmpty("cluster").string("leader", "");
  }

  String leader(String stream, String consumer) throws Exception {
    return transcript
        .await(
            "CONSUMER.INFO." + stream + "." + consumer,
            "",
            "led",
            answer -> !answer.objectOrEmpty("cluster").string("leader", "").isEmpty())
        .objectOrEmpty("cluster")
        .string("leader", "");
  }

  /** Returns the replicas that do not lead, in the order of their names. */
  List<String> followers(String stream) throws Exception {
    return replicas(info(stream));
  }

  /** Returns the servers that have no replica of a stream. */
  List<String> outside(String stream) throws Exception {
    JsonObject info = info(stream);
    List<String> others = new ArrayList<>(cluster.names());
    others.remove(info.objectOrEmpty("cluster").string("leader", ""));
    others.removeAll(replicas(info));
    return others;
  }

  /** Has requests go to a server that runs and is none of these. */
  void useOtherThan(String... servers) {
    transcript.use(
        cluster.names().stream()
            .filter(name -> !down.contains(name) && !List.of(servers).contains(name))
            .findFirst()
            .orElseThrow());
  }

  // ---- Fates

  void kill(String part, String server) throws Exception {
    leave(server);
    cluster.kill(server);
    transcript.note("kill " + part);
  }

  void stop(String part, String server) throws Exception {
    leave(server);
    cluster.stop(server);
    transcript.note("stop " + part);
  }

  private void leave(String server) throws Exception {
    down.add(server);
    transcript.disconnect(server);
    if (transcript.used().equals(server) && down.size() < cluster.names().size()) {
      useOtherThan();
    }
  }

  void restart(String server) throws Exception {
    cluster.restart(server);
    down.remove(server);
    transcript.note("restart it");
  }

  void loseDisk(String server) throws Exception {
    cluster.loseDisk(server);
    transcript.note("it has lost its disk");
  }

  void pause(String part, String server) throws Exception {
    leave(server);
    cluster.pause(server);
    transcript.note("pause " + part);
  }

  void resume(String server) throws Exception {
    cluster.resume(server);
    down.remove(server);
    transcript.note("resume it");
  }

  // ---- Waiting

  /** Waits until a stream has a leader, and so many other replicas that are up to date. */
  void settle(String stream, int others) throws Exception {
    transcript.await("STREAM.INFO." + stream, "", "in sync", answer -> isSettled(answer, others));
    transcript.note(stream + " is in sync");
  }

  void settle(String stream, String consumer, int others) throws Exception {
    transcript.await(
        "CONSUMER.INFO." + stream + "." + consumer,
        "",
        "in sync",
        answer -> isSettled(answer, others));
    transcript.note(stream + "." + consumer + " is in sync");
  }

  private static boolean isSettled(JsonObject answer, int others) {
    JsonObject group = answer.objectOrEmpty("cluster");
    Stream<JsonObject> current =
        group.objects("replicas").stream()
            .filter(replica -> replica.bool("current", false) && replica.integer("lag", 0) == 0);
    return !group.string("leader", "").isEmpty()
        && !group.has("desired")
        && current.count() == others;
  }

  /** Waits until one of the followers of a stream is on a server. Records nothing. */
  void awaitReplicaOn(String stream, String server) throws Exception {
    transcript.await(
        "STREAM.INFO." + stream,
        "",
        "on " + server,
        answer ->
            replicas(answer).contains(server)
                || server.equals(answer.objectOrEmpty("cluster").string("leader", "")));
  }

  /** Waits until another server leads a stream than the one that did. Records nothing. */
  void awaitOtherLeader(String stream, String before) throws Exception {
    awaitOtherLeaderIn("STREAM.INFO." + stream, before);
  }

  /** As {@link #awaitOtherLeader(String, String)}, for a consumer. */
  void awaitOtherLeader(String stream, String consumer, String before) throws Exception {
    awaitOtherLeaderIn("CONSUMER.INFO." + stream + "." + consumer, before);
  }

  private void awaitOtherLeaderIn(String question, String before) throws Exception {
    transcript.await(
        question,
        "",
        "led by another server",
        answer -> {
          String leader = answer.objectOrEmpty("cluster").string("leader", "");
          return !leader.isEmpty() && !leader.equals(before);
        });
  }

  /** Waits until the cluster has a leader, which answers. */
  void awaitMetaLeader() throws Exception {
    transcript.await("STREAM.NAMES", "", "answered", answer -> !answer.has("error"));
  }

  /** Waits until the cluster has a leader that has seen all servers. Records nothing. */
  void awaitReady() throws Exception {
    int recorded = transcript.lines().size();
    transcript.await(
        "STREAM.CREATE.READY",
        "{'name':'READY','num_replicas':3}",
        "there",
        answer -> !answer.has("error"));
    settle("READY", 2);
    transcript.await("STREAM.DELETE.READY", "", "gone", answer -> !answer.has("error"));
    transcript.lines().subList(recorded, transcript.lines().size()).clear();
  }
}
