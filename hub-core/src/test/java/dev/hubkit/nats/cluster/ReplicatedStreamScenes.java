package dev.hubkit.nats.cluster;

import io.nats.client.impl.Headers;

/** Scenes of the comparison in which all servers run: streams, buckets, what is stored in them. */
final class ReplicatedStreamScenes {
  private ReplicatedStreamScenes() {}

  static String stream(String name, int replicas, String more) {
    return "{'name':'"
        + name
        + "','subjects':['"
        + name
        + ".>'],'storage':'file','retention':'limits','num_replicas':"
        + replicas
        + more
        + "}";
  }

  /** Streams are created, listed, updated and deleted. */
  static void streams(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api("INFO", "");
    at.api("STREAM.NAMES", "");
    at.api("STREAM.LIST", "");
    at.api("STREAM.INFO.R3", "");
    at.api("STREAM.CREATE.R3", stream("R3", 3, ""));
    script.settle("R3", 2);
    at.api("STREAM.INFO.R3", "");
    at.api("STREAM.CREATE.R3", stream("R3", 3, ""));
    at.api("STREAM.CREATE.R3", stream("R3", 3, ",'max_msgs':7"));
    at.api("STREAM.CREATE.R1", stream("R1", 1, ""));
    script.settle("R1", 0);
    at.api("STREAM.INFO.R1", "");
    at.api("STREAM.CREATE.R2", stream("R2", 2, ",'storage':'memory'"));
    script.settle("R2", 1);
    at.api("STREAM.INFO.R2", "");
    at.api("STREAM.CREATE.R0", stream("R0", 0, ""));
    at.api("STREAM.CREATE.R4", stream("R4", 4, ""));
    at.api("STREAM.CREATE.R5", stream("R5", 5, ""));
    at.api("STREAM.CREATE.R6", stream("R6", 6, ""));
    at.api("STREAM.CREATE.RN", stream("RN", -1, ""));
    at.api("STREAM.CREATE.OVER", "{'name':'OVER','subjects':['R3.a'],'num_replicas':3}");
    at.api("STREAM.CREATE.AWAY", stream("AWAY", 1, ",'placement':{'cluster':'elsewhere'}"));
    at.api("STREAM.CREATE.HERE", stream("HERE", 1, ",'placement':{'cluster':'hub'}"));
    at.api("STREAM.CREATE.TAGGED", stream("TAGGED", 1, ",'placement':{'tags':['ssd']}"));
    at.api("STREAM.NAMES", "");
    at.api("STREAM.UPDATE.R3", stream("R3", 3, ",'description':'three of them'"));
    at.api("STREAM.UPDATE.R3", stream("R3", 3, ",'storage':'memory'"));
    at.api("STREAM.UPDATE.NONE", stream("NONE", 3, ""));
    at.api("STREAM.DELETE.NONE", "");
    at.api("STREAM.DELETE.R1", "");
    at.api("STREAM.DELETE.R2", "");
    at.api("STREAM.DELETE.R0", "");
    at.api("STREAM.DELETE.HERE", "");
    at.api("STREAM.INFO.R1", "");
    at.api("STREAM.NAMES", "{'offset':1}");
    at.api("STREAM.NAMES", "{'subject':'R3.x'}");
    at.api("INFO", "");
    at.api("STREAM.DELETE.R3", "");
    at.api("INFO", "");
  }

  /** Messages are published, read, deleted and purged. */
  static void messages(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api(
        "STREAM.CREATE.MSGS",
        stream("MSGS", 3, ",'allow_direct':true,'duplicate_window':60000000000"));
    script.settle("MSGS", 2);
    for (int i = 1; i <= 6; i++) {
      at.publish("MSGS." + i % 3, "message " + i);
    }
    at.publish("MSGS.id", new Headers().put("Nats-Msg-Id", "a"), "with an id");
    at.publish("MSGS.id", new Headers().put("Nats-Msg-Id", "a"), "with the same id");
    at.publish("MSGS.expected", new Headers().put("Nats-Expected-Last-Sequence", "7"), "right");
    at.publish("MSGS.expected", new Headers().put("Nats-Expected-Last-Sequence", "7"), "late");
    // A wrong Nats-Expected-Last-Msg-Id ends a replicated stream of nats-server 2.15.3 for ever.
    at.publish("MSGS.expected", new Headers().put("Nats-Expected-Stream", "OTHER"), "elsewhere");
    at.publish(
        "MSGS.expected", new Headers().put("Nats-Expected-Last-Subject-Sequence", "8"), "next");
    at.publish(
        "MSGS.expected", new Headers().put("Nats-Expected-Last-Subject-Sequence", "8"), "again");
    script.settle("MSGS", 2);
    at.api("STREAM.INFO.MSGS", "{'subjects_filter':'>'}");
    at.api("STREAM.MSG.GET.MSGS", "{'seq':3}");
    at.api("STREAM.MSG.GET.MSGS", "{'last_by_subj':'MSGS.id'}");
    at.api("STREAM.MSG.GET.MSGS", "{'seq':99}");
    for (String server : at.cluster().names()) {
      at.use(server);
      at.get("$JS.API.DIRECT.GET.MSGS", "{'seq':2}");
      at.get("$JS.API.DIRECT.GET.MSGS.MSGS.1", "");
      at.get("$JS.API.DIRECT.GET.MSGS", "{'next_by_subj':'MSGS.2','seq':3}");
      at.get("$JS.API.DIRECT.GET.MSGS", "{'seq':99}");
      at.api("STREAM.MSG.GET.MSGS", "{'seq':3}");
    }
    at.api("STREAM.MSG.DELETE.MSGS", "{'seq':4}");
    at.api("STREAM.MSG.DELETE.MSGS", "{'seq':4}");
    at.api("STREAM.MSG.DELETE.MSGS", "{'seq':5,'no_erase':true}");
    at.api("STREAM.PURGE.MSGS", "{'filter':'MSGS.0'}");
    at.api("STREAM.PURGE.MSGS", "{'seq':3}");
    at.api("STREAM.PURGE.MSGS", "{'keep':2}");
    at.api("STREAM.PURGE.MSGS", "{'keep':2,'seq':3}");
    script.settle("MSGS", 2);
    at.api("STREAM.INFO.MSGS", "{'deleted_details':true}");
    at.api("STREAM.PURGE.MSGS", "");
    at.publish("MSGS.after", "the purge");
    script.settle("MSGS", 2);
    at.api("STREAM.INFO.MSGS", "");
    at.api("STREAM.DELETE.MSGS", "");
    at.publish("MSGS.after", "the stream");
  }

  /** A key-value bucket: revisions, markers, history. */
  static void buckets(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.api(
        "STREAM.CREATE.KV_prices",
        "{'name':'KV_prices','subjects':['$KV.prices.>'],'num_replicas':3,'max_msgs_per_subject':3,"
            + "'discard':'new','allow_rollup_hdrs':true,'deny_delete':true,'allow_direct':true,"
            + "'allow_msg_ttl':true,'subject_delete_marker_ttl':60000000000}");
    script.settle("KV_prices", 2);
    at.publish("$KV.prices.soup", "1");
    at.publish("$KV.prices.soup", "2");
    at.publish("$KV.prices.soup", "3");
    at.publish("$KV.prices.soup", "4");
    at.publish(
        "$KV.prices.bread", new Headers().put("Nats-Expected-Last-Subject-Sequence", "0"), "5");
    at.publish(
        "$KV.prices.bread", new Headers().put("Nats-Expected-Last-Subject-Sequence", "0"), "6");
    at.publish(
        "$KV.prices.bread", new Headers().put("Nats-Expected-Last-Subject-Sequence", "5"), "7");
    at.publish("$KV.prices.soup", new Headers().put("KV-Operation", "DEL"), "");
    at.publish(
        "$KV.prices.bread",
        new Headers().put("KV-Operation", "PURGE").put("Nats-Rollup", "sub"),
        "");
    at.publish("$KV.prices.tea", new Headers().put("Nats-TTL", "1h"), "8");
    at.publish("$KV.prices.tea", new Headers().put("Nats-TTL", "soon"), "9");
    script.settle("KV_prices", 2);
    for (String server : at.cluster().names()) {
      at.use(server);
      at.get("$JS.API.DIRECT.GET.KV_prices.$KV.prices.soup", "");
      at.get("$JS.API.DIRECT.GET.KV_prices.$KV.prices.tea", "");
      at.get("$JS.API.DIRECT.GET.KV_prices.$KV.prices.nothing", "");
    }
    at.api("STREAM.MSG.DELETE.KV_prices", "{'seq':2}");
    at.api("STREAM.INFO.KV_prices", "{'subjects_filter':'>'}");
    at.api("STREAM.LEADER.STEPDOWN.KV_prices", "");
    script.settle("KV_prices", 2);
    at.publish(
        "$KV.prices.soup", new Headers().put("Nats-Expected-Last-Subject-Sequence", "7"), "10");
    at.get("$JS.API.DIRECT.GET.KV_prices.$KV.prices.soup", "");
    at.api("STREAM.INFO.KV_prices", "{'subjects_filter':'>'}");
    at.api("STREAM.DELETE.KV_prices", "");
  }

  /** What servers tell by themselves while streams and consumers come and go. */
  static void advisories(ClusterScript script) throws Exception {
    ClusterTranscript at = script.at();
    at.listen("$JS.EVENT.ADVISORY.STREAM.>");
    at.api("STREAM.CREATE.NEWS", stream("NEWS", 3, ""));
    script.settle("NEWS", 2);
    at.expectInAnyOrder("$JS.EVENT.ADVISORY.STREAM.>", 2);
    at.api("STREAM.UPDATE.NEWS", stream("NEWS", 3, ",'description':'new'"));
    at.expect("$JS.EVENT.ADVISORY.STREAM.>", 1);
    at.api("STREAM.LEADER.STEPDOWN.NEWS", "");
    at.expect("$JS.EVENT.ADVISORY.STREAM.>", 1);
    script.settle("NEWS", 2);
    at.listen("$JS.EVENT.ADVISORY.CONSUMER.>");
    at.api("CONSUMER.CREATE.NEWS.reader", ReplicatedConsumerScenes.consumer("NEWS", "reader", ""));
    script.settle("NEWS", "reader", 2);
    at.expectInAnyOrder("$JS.EVENT.ADVISORY.CONSUMER.>", 2);
    at.api("CONSUMER.LEADER.STEPDOWN.NEWS.reader", "");
    at.expect("$JS.EVENT.ADVISORY.CONSUMER.>", 1);
    at.api("CONSUMER.DELETE.NEWS.reader", "");
    at.expect("$JS.EVENT.ADVISORY.CONSUMER.>", 1);
    at.api("STREAM.DELETE.NEWS", "");
    at.expect("$JS.EVENT.ADVISORY.STREAM.>", 1);
    at.api("STREAM.CREATE.SOLE", stream("SOLE", 1, ""));
    at.expectInAnyOrder("$JS.EVENT.ADVISORY.STREAM.>", 1);
    at.expectNothing("$JS.EVENT.ADVISORY.STREAM.>");
    at.api("STREAM.DELETE.SOLE", "");
    at.expect("$JS.EVENT.ADVISORY.STREAM.>", 1);
    at.expectNothing("$JS.EVENT.ADVISORY.CONSUMER.>");
  }
}
