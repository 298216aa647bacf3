package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sends the same raw requests to Hub and to the real nats-server, and compares the answers. */
@ComparedWithNatsServer
class ConsumerDifferenceTest {
  private static final Duration QUIET = Duration.ofMillis(100);

  private static ServerPair servers;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    servers = ServerPair.start(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    if (servers != null) {
      servers.close();
    }
  }

  /** Runs a script with both servers; each script has a stream of its own. */
  private static void compare(ServerPair.Script script) throws Exception {
    servers.compare(script);
  }

  private static void stream(Transcript server, String name, String fields) throws Exception {
    server.quietly(
        "STREAM.CREATE." + name, "{'name':'" + name + "','storage':'memory'" + fields + "}");
  }

  private static String create(Transcript server, String stream, String name, String fields)
      throws Exception {
    return server.api(
        "CONSUMER.CREATE." + stream + "." + name,
        "{'stream_name':'"
            + stream
            + "','config':{'name':'"
            + name
            + "'"
            + (fields.isEmpty() ? "" : "," + fields)
            + "}}");
  }

  private static void info(Transcript server, String stream, String... names) throws Exception {
    for (String name : names) {
      server.api("CONSUMER.INFO." + stream + "." + name, "");
    }
  }

  /** Pulls into the inbox {@code in}, and records the messages that arrive there. */
  private static void take(
      Transcript server, String stream, String name, String request, int messages)
      throws Exception {
    server.pull(stream, name, "in", request);
    server.expect("in", messages);
  }

  @Test
  void refusesAndCompletesConfigurations() throws Exception {
    List<String> configurations =
        List.of(
            "",
            "'ack_policy':'explicit'",
            "'ack_policy':'all','max_deliver':-5",
            "'ack_policy':'maybe'",
            "'ack_policy':'flow_control'",
            "'deliver_subject':'d','ack_policy':'flow_control'",
            "'deliver_subject':'d','ack_policy':'flow_control','ack_wait':5",
            "'deliver_subject':'d','ack_policy':'flow_control','max_deliver':5",
            "'deliver_subject':'d.*'",
            "'deliver_subject':'d..e'",
            "'deliver_subject':'config.x'",
            "'deliver_subject':'d','max_waiting':5",
            "'deliver_subject':'d','max_ack_pending':5",
            "'deliver_subject':'d','idle_heartbeat':5",
            "'deliver_subject':'d','flow_control':true",
            "'deliver_subject':'d','priority_policy':'overflow'",
            "'deliver_subject':'d','direct':true,'durable_name':'C'",
            "'direct':true",
            "'rate_limit_bps':5",
            "'idle_heartbeat':1000000000",
            "'flow_control':true",
            "'max_waiting':-5,'max_ack_pending':-7,'max_batch':-1,'max_bytes':-1",
            "'max_expires':5",
            "'num_replicas':-1",
            "'num_replicas':2",
            "'num_replicas':1,'mem_storage':true",
            "'ack_wait':-1",
            "'backoff':[-1]",
            "'ack_policy':'explicit','backoff':[1000000000,2000000000],'max_deliver':1",
            "'ack_policy':'explicit','backoff':[1000000000,2000000000],'max_deliver':3",
            "'filter_subject':'a..b'",
            "'filter_subject':'a','filter_subjects':['b']",
            "'filter_subjects':['b','']",
            "'filter_subjects':['b','*']",
            "'filter_subjects':['b','b']",
            "'filter_subjects':['config.b','config.c']",
            "'deliver_policy':'all','opt_start_seq':5",
            "'deliver_policy':'all','opt_start_time':'2099-01-01T00:00:00Z'",
            "'deliver_policy':'last','opt_start_seq':5",
            "'deliver_policy':'new','opt_start_time':'2099-01-01T00:00:00Z'",
            "'deliver_policy':'last_per_subject'",
            "'deliver_policy':'last_per_subject','filter_subject':'x','opt_start_seq':1",
            "'deliver_policy':'by_start_sequence'",
            "'deliver_policy':'by_start_sequence','opt_start_seq':1,"
                + "'opt_start_time':'2099-01-01T00:00:00Z'",
            "'deliver_policy':'by_start_sequence','opt_start_seq':100",
            "'deliver_policy':'by_start_time'",
            "'deliver_policy':'by_start_time','opt_start_seq':1,"
                + "'opt_start_time':'2099-01-01T00:00:00Z'",
            "'deliver_policy':'by_start_time','opt_start_time':'2099-01-01T00:00:00+02:00'",
            "'deliver_policy':'undefined'",
            "'deliver_policy':'nonsense'",
            "'replay_policy':'nonsense'",
            "'sample_freq':'x'",
            "'sample_freq':'-1'",
            "'sample_freq':'30%'",
            "'durable_name':'other'",
            "'durable_name':'C','inactive_threshold':-1",
            "'durable_name':'C','inactive_threshold':5000000000",
            "'description':'" + "x".repeat(4097) + "'",
            "'metadata':{'a':'" + "x".repeat(128 * 1024) + "'}",
            "'metadata':{'b':'1','a':'2','_nats.req.level':'9','_nats.ver':'x'}",
            "'priority_policy':'overflow'",
            "'priority_policy':'overflow','priority_groups':['']",
            "'priority_policy':'overflow','priority_groups':['a b']",
            "'priority_policy':'overflow','priority_groups':['A','B']",
            "'priority_policy':'pinned_client','priority_groups':['A']",
            "'priority_policy':'prioritized','priority_groups':['A']",
            "'priority_policy':'odd','priority_groups':['A']",
            "'priority_groups':['A']",
            "'priority_timeout':5",
            "'pause_until':'2099-01-01T00:00:00Z'",
            "'pause_until':'2099-01-01T02:00:00+02:00'",
            "'unknown_field':5",
            "'ack_wait':'5s'");
    compare(
        server -> {
          stream(server, "config", ",'subjects':['config.>']");
          for (String configuration : configurations) {
            create(server, "config", "C", configuration);
            server.api("CONSUMER.DELETE.config.C", "");
          }
        });
  }

  @Test
  void isPedanticWhenAsked() throws Exception {
    compare(
        server -> {
          stream(
              server,
              "pedantic",
              ",'consumer_limits':{'inactive_threshold':60000000000,'max_ack_pending':10}");
          for (String configuration :
              List.of(
                  "'max_deliver':-2",
                  "'max_waiting':-1",
                  "'max_ack_pending':-2",
                  "'max_batch':-1",
                  "'max_expires':-1",
                  "'max_bytes':-1",
                  "'idle_heartbeat':-1",
                  "'inactive_threshold':-1",
                  "'priority_timeout':-1",
                  "'ack_policy':'explicit','backoff':[1]",
                  "'ack_policy':'explicit'",
                  "'ack_policy':'explicit','max_ack_pending':5",
                  "'max_ack_pending':11,'inactive_threshold':1",
                  "'max_ack_pending':1,'inactive_threshold':60000000001",
                  "'ack_policy':'explicit','max_ack_pending':5,'inactive_threshold':60000000000")) {
            for (boolean pedantic : new boolean[] {true, false}) {
              server.api(
                  "CONSUMER.CREATE.pedantic.C",
                  "{'stream_name':'pedantic','pedantic':"
                      + pedantic
                      + ",'config':{"
                      + configuration
                      + "}}");
              server.api("CONSUMER.DELETE.pedantic.C", "");
            }
          }
        });
  }

  @Test
  void answersTheWholeApi() throws Exception {
    compare(
        server -> {
          stream(server, "api", ",'subjects':['api.>'],'max_consumers':3");
          String config = "{'stream_name':'api','config':{'durable_name':'D'}}";
          server.api("CONSUMER.NAMES.api", "");
          server.api("CONSUMER.LIST.api", "");
          server.api("CONSUMER.NAMES.nothing", "");
          server.api("CONSUMER.LIST.nothing", "{}");
          server.api("CONSUMER.DURABLE.CREATE.api.D", config);
          server.api("CONSUMER.DURABLE.CREATE.api.X", config);
          server.api("CONSUMER.DURABLE.CREATE.api.X", "{'stream_name':'api'}");
          server.api("CONSUMER.CREATE.api.D", config);
          server.api("CONSUMER.CREATE.api.X", config);
          server.api("CONSUMER.CREATE.other.D", config);
          server.api("CONSUMER.CREATE.api", config);
          server.api("CONSUMER.CREATE.nothing.D", config.replace("api", "nothing"));
          server.api("CONSUMER.CREATE.api.D.api.x", config);
          server.api(
              "CONSUMER.CREATE.api.F.api.x",
              "{'stream_name':'api','config':{'filter_subject':'api.x'}}");
          server.api(
              "CONSUMER.CREATE.api.F.api.x",
              "{'stream_name':'api','config':{'filter_subjects':['api.x']}}");
          server.api("CONSUMER.CREATE.api.D", "not json");
          server.api("CONSUMER.CREATE.api.D", "");
          server.api("CONSUMER.CREATE.api.D", "[]");
          server.api("CONSUMER.CREATE.api.a/b", "{'stream_name':'api'}");
          for (String action : List.of("create", "update", "nonsense", "")) {
            for (String name : List.of("D", "E")) {
              server.api(
                  "CONSUMER.CREATE.api." + name,
                  "{'stream_name':'api','action':'"
                      + action
                      + "','config':{'durable_name':'"
                      + name
                      + "','description':'"
                      + action
                      + "'}}");
            }
          }
          create(server, "api", "TooMany", "");
          server.api("CONSUMER.NAMES.api", "");
          server.api("CONSUMER.NAMES.api", "{'offset':1}");
          server.api("CONSUMER.NAMES.api", "{'offset':7}");
          server.api("CONSUMER.NAMES.api", "{'offset':'x'}");
          server.api("CONSUMER.LIST.api", "{'offset':2}");
          info(server, "api", "D");
          server.api("CONSUMER.INFO.api.D", "{}");
          server.api("CONSUMER.INFO.api.D", "x");
          info(server, "api", "nothing");
          info(server, "nothing", "D");
          server.api("CONSUMER.LEADER.STEPDOWN.api.D", "");
          server.api("CONSUMER.PAUSE.api.D", "{'pause_until':'2099-01-01T00:00:00Z'}");
          info(server, "api", "D");
          server.api("CONSUMER.PAUSE.api.D", "");
          server.api("CONSUMER.PAUSE.api.nothing", "{}");
          server.api("CONSUMER.PAUSE.nothing.D", "{}");
          server.api("CONSUMER.PAUSE.api.D", "{'pause_until':'soon'}");
          server.api("CONSUMER.UNPIN.api.D", "");
          server.api("CONSUMER.UNPIN.api.D", "{}");
          server.api("CONSUMER.UNPIN.api.D", "{'group':'a b'}");
          server.api("CONSUMER.UNPIN.api.D", "{'group':'A'}");
          server.api("CONSUMER.UNPIN.api.nothing", "{'group':'A'}");
          server.api("CONSUMER.UNPIN.nothing.D", "{'group':'A'}");
          server.api("CONSUMER.RESET.api.D", "");
          server.api("CONSUMER.RESET.api.D", "{'seq':5}");
          server.api("CONSUMER.RESET.api.D", "x");
          server.api("CONSUMER.DELETE.api.D", "x");
          server.api("CONSUMER.DELETE.api.D", "");
          server.api("CONSUMER.DELETE.api.D", "");
          server.api("CONSUMER.DELETE.nothing.D", "");
        });
  }

  @Test
  void looksAtTheRequiredApiLevel() throws Exception {
    compare(
        server -> {
          stream(server, "level", ",'subjects':['level.>']");
          // Not gone after five seconds without use, which pass on a busy machine.
          String kept = "'inactive_threshold':32500000000000";
          create(server, "level", "C", kept);
          create(server, "level", "P", "'deliver_subject':'level-in'," + kept);
          server.listen("in");
          for (String level : List.of("4", "5", "x")) {
            Headers headers = new Headers().add("Nats-Required-Api-Level", level);
            for (String payload : List.of("", "{}", "x", "[")) {
              for (String request :
                  List.of(
                      "CREATE.level.N",
                      "INFO.level.C",
                      "NAMES.level",
                      "LIST.level",
                      "PAUSE.level.C",
                      "UNPIN.level.C",
                      "RESET.level.C",
                      "LEADER.STEPDOWN.level.C",
                      "DELETE.level.N")) {
                server.ask("$JS.API.CONSUMER." + request, headers, payload);
              }
              server.ask("$JS.API.STREAM.LEADER.STEPDOWN.level", headers, payload);
              server.ask("$JS.API.STREAM.PEER.REMOVE.level", headers, payload);
            }
            for (String consumer : List.of("C", "P")) {
              server.publish(
                  "$JS.API.CONSUMER.MSG.NEXT.level." + consumer,
                  "in",
                  headers,
                  "{\"batch\":1,\"no_wait\":true}");
              server.expect("in", 1);
            }
          }
        });
  }

  @Test
  void resetsToWhereItMay() throws Exception {
    compare(
        server -> {
          server.listen("in");
          for (String retention : List.of("limits", "interest", "workqueue")) {
            String name = "reset-" + retention;
            stream(server, name, ",'retention':'" + retention + "','subjects':['" + name + ".>']");
            String durable = "'durable_name':'C','ack_policy':'explicit'";
            create(server, name, "C", durable);
            for (int i = 1; i <= 10; i++) {
              server.store(name + "." + i, "m" + i);
            }
            // The real server notifies its consumers a little later.
            server.await("CONSUMER.INFO." + name + ".C", "\"num_pending\":10,");
            server.pull(name, "C", "in", "4");
            server.expect("in", 4);
            server.answer(-4, "in", "+ACK");
            server.expect("in", 1);
            server.answer(-2, "in", "+ACK");
            server.expect("in", 1);
            for (String request : List.of("", "{}", "{'seq':3}", "{'seq':7}", "{'seq':1}")) {
              server.api("CONSUMER.RESET." + name + ".C", request);
              server.api("CONSUMER.INFO." + name + ".C", "");
              server.api("STREAM.INFO." + name, "");
              server.pull(name, "C", "in", "1");
              server.expect("in", 1);
            }
            server.api("CONSUMER.DELETE." + name + ".C", "");
          }
          stream(server, "reset", ",'subjects':['reset.>']");
          for (int i = 1; i <= 5; i++) {
            server.store("reset." + i, "m" + i);
          }
          for (String fields :
              List.of(
                  "'deliver_policy':'new'",
                  "'deliver_policy':'last'",
                  "'deliver_policy':'by_start_sequence','opt_start_seq':3",
                  "'deliver_policy':'by_start_time','opt_start_time':'2099-01-01T00:00:00Z'")) {
            create(server, "reset", "C", fields);
            for (String request :
                List.of(
                    "", "{'seq':2}", "{'seq':4}", "{'seq':9}", "{'seq':18446744073709551000}")) {
              server.api("CONSUMER.RESET.reset.C", request);
              info(server, "reset", "C");
            }
            server.api("CONSUMER.DELETE.reset.C", "");
          }
        });
  }

  @Test
  void updatesWhatCanBeUpdated() throws Exception {
    compare(
        server -> {
          stream(server, "update", ",'subjects':['update.>']");
          server.store("update.a", "1");
          server.store("update.b", "2");
          create(server, "update", "C", "'durable_name':'C','ack_policy':'explicit'");
          for (String field :
              List.of(
                  "'description':'x'",
                  "'deliver_policy':'last'",
                  "'mem_storage':true",
                  "'opt_start_seq':1",
                  "'replay_policy':'original'",
                  "'deliver_subject':'x'",
                  "'max_waiting':5",
                  "'ack_wait':5000000000",
                  "'max_deliver':3",
                  "'max_deliver':1,'backoff':[1000000000,2000000000]",
                  "'backoff':[1000000000,2000000000]",
                  "'filter_subject':'update.b'",
                  "'filter_subjects':['update.a','update.c']",
                  "'sample_freq':'100'",
                  "'max_ack_pending':7",
                  "'inactive_threshold':70000000000",
                  "'headers_only':true",
                  "'max_batch':3,'max_bytes':30,'max_expires':30000000000",
                  "'metadata':{'k':'v'}",
                  "'priority_policy':'overflow','priority_groups':['A']")) {
            create(server, "update", "C", "'durable_name':'C','ack_policy':'explicit'," + field);
          }
          create(server, "update", "C", "'durable_name':'C','ack_policy':'none'");
        });
  }

  @Test
  void deliversToThoseWhoPull() throws Exception {
    compare(
        server -> {
          stream(server, "pull", ",'subjects':['pull.>']");
          server.listen("in");
          for (int i = 1; i <= 6; i++) {
            server.store("pull." + (i % 2), "m" + i);
          }
          server.store("pull.h", new Headers().add("A", "1", "2").add("B", "3"), "with headers");
          create(
              server,
              "pull",
              "C",
              "'ack_policy':'explicit','max_waiting':3,'max_batch':10,"
                  + "'max_expires':60000000000,'max_bytes':1000,"
                  + "'inactive_threshold':60000000000");
          for (String refused :
              List.of(
                  "{'batch':11}",
                  "{'batch':1,'expires':61000000000}",
                  "{'batch':1,'max_bytes':1001}",
                  "{'batch':1,'expires':1000,'idle_heartbeat':600}",
                  "{'batch':1,'priority':10}",
                  "{'batch':1,'id':'x'}",
                  "{'batch':1,'min_ack_pending':1}",
                  "{'batch':1,'min_pending':1}")) {
            take(server, "pull", "C", refused, 1);
          }
          take(server, "pull", "C", "", 1);
          take(server, "pull", "C", "2", 2);
          info(server, "pull", "C");
          take(server, "pull", "C", "{'batch':2,'max_bytes':40}", 1);
          take(server, "pull", "C", "{'batch':1,'max_bytes':900}", 2);
          take(server, "pull", "C", "{'batch':10,'no_wait':true}", 4);
          take(server, "pull", "C", "{'batch':10,'no_wait':true}", 1);
          take(server, "pull", "C", "{'batch':2,'expires':100000000}", 1);
          server.pull(
              "pull",
              "C",
              "in",
              "{'batch':2,'expires':1000000000,'idle_heartbeat':100000000,'no_wait':true}");
          server.expectEnd("in");
          for (int i = 0; i < 4; i++) {
            server.pull("pull", "C", "in", "{'batch':1}");
          }
          server.expect("in", 1);
          info(server, "pull", "C");
          server.api("CONSUMER.DELETE.pull.C", "");
          server.expect("in", 3);
          server.drain("in", QUIET);
        });
  }

  @Test
  void takesAcknowledgements() throws Exception {
    compare(
        server -> {
          stream(server, "acks", ",'subjects':['acks.>']");
          server.listen("in");
          server.listen("acked");
          server.listen("$JS.EVENT.ADVISORY.CONSUMER.*.acks.>");
          server.listen("$JS.EVENT.METRIC.CONSUMER.ACK.acks.C");
          for (int i = 1; i <= 10; i++) {
            server.store("acks." + i, "m" + i);
          }
          create(
              server,
              "acks",
              "C",
              "'durable_name':'C','ack_policy':'explicit','sample_freq':'100',"
                  + "'max_deliver':3,'ack_wait':30000000000");
          take(server, "acks", "C", "10", 10);
          server.answer(1, "acked", "+ACK");
          server.expect("acked", 1);
          info(server, "acks", "C");
          server.answer(1, "acked", "+ACK");
          server.expect("acked", 1);
          server.answer(0, "acked", "");
          server.expect("acked", 1);
          info(server, "acks", "C");
          server.answer(3, "acked", "+TERM bad thing ");
          server.expect("acked", 1);
          server.answer(2, "acked", "-NAK");
          server.expect("acked", 1);
          info(server, "acks", "C");
          take(server, "acks", "C", "1", 1);
          server.answer(-1, "acked", "-NAK {\"delay\": 50000000}");
          server.expect("acked", 1);
          take(server, "acks", "C", "1", 1);
          server.answer(-1, "acked", "-NAK 10ms");
          server.expect("acked", 1);
          server.drain("in", QUIET);
          server.answer(5, "acked", "-NAK rubbish");
          server.expect("acked", 1);
          server.answer(6, "acked", "-NAK");
          server.expect("acked", 1);
          server.answer(4, "acked", "-NAK");
          server.expect("acked", 1);
          take(server, "acks", "C", "{'batch':5,'no_wait':true}", 4);
          server.answer(7, "acked", "+WPI");
          server.expect("acked", 1);
          server.answer(8, "acked", "nonsense");
          server.expect("acked", 1);
          server.store("acks.11", "m11");
          // The real server notifies its consumers a little later.
          server.await("CONSUMER.INFO.acks.C", "\"num_pending\":1,");
          server.answer(9, "in", "+NXT {\"batch\":1,\"no_wait\":true}");
          server.expect("in", 1);
          server.publish("$JS.ACK.acks.C.1.99.99.0.0", "acked", "+ACK");
          server.publish("$JS.ACK.acks.C.1.x.99.0.0", "acked", "+ACK");
          server.drain("acked", QUIET);
          info(server, "acks", "C");
          server.drain("$JS.EVENT.METRIC.CONSUMER.ACK.acks.C", QUIET);
          server.api("CONSUMER.DELETE.acks.C", "");
          server.drain("$JS.EVENT.ADVISORY.CONSUMER.*.acks.>", QUIET);
        });
  }

  @Test
  void acknowledgesInRanges() throws Exception {
    compare(
        server -> {
          stream(server, "ranges", ",'subjects':['ranges.>']");
          server.listen("ranges-in");
          for (int i = 1; i <= 10; i++) {
            server.store("ranges." + (i % 3), "m" + i);
          }
          create(
              server,
              "ranges",
              "C",
              "'deliver_subject':'ranges-in','ack_policy':'all','max_ack_pending':5,"
                  + "'filter_subjects':['ranges.1','ranges.2']");
          server.expect("ranges-in", 5);
          info(server, "ranges", "C");
          server.answer(2, "+ACK");
          server.drain("ranges-in", QUIET);
          info(server, "ranges", "C");
          server.answer(-1, "+ACK");
          server.drain("ranges-in", QUIET);
          info(server, "ranges", "C");
        });
  }

  @Test
  void redeliversInTheSameOrder() throws Exception {
    compare(
        server -> {
          stream(server, "again", ",'subjects':['again.>']");
          server.listen("again-in");
          server.listen("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.again.>");
          for (int i = 1; i <= 5; i++) {
            server.store("again." + i, "m" + i);
          }
          create(
              server,
              "again",
              "C",
              "'deliver_subject':'again-in','ack_policy':'explicit',"
                  + "'ack_wait':500000000,'max_deliver':2");
          server.expect("again-in", 5);
          server.answer(2, "+ACK");
          server.expect("again-in", 4);
          info(server, "again", "C");
          server.answer(6, "+ACK");
          server.expect("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.again.>", 3);
          info(server, "again", "C");
          server.store("again.6", "m6");
          server.expect("again-in", 1);
          server.answer(-1, "+ACK");
          server.drain("again-in", QUIET);
          info(server, "again", "C");
        });
  }

  @Test
  void pushesAndStalls() throws Exception {
    compare(
        server -> {
          stream(server, "push", ",'subjects':['push.>']");
          for (int i = 1; i <= 30; i++) {
            server.store("push." + (i % 4), "x".repeat(100_000));
          }
          create(
              server,
              "push",
              "C",
              "'deliver_subject':'push-in','flow_control':true,'idle_heartbeat':60000000000");
          server.listen("push-in");
          server.expect("push-in", 22);
          server.drain("push-in", QUIET);
          server.answer(11, "");
          server.expect("push-in", 9);
          server.drain("push-in", QUIET);
          info(server, "push", "C");
          server.stopListening("push-in");
          create(
              server,
              "push",
              "B",
              "'deliver_policy':'new','deliver_subject':'push-b','idle_heartbeat':100000000");
          server.listen("push-b");
          server.expect("push-b", 2);
          create(server, "push", "H", "'deliver_subject':'push-h','headers_only':true");
          server.listen("push-h");
          server.expect("push-h", 30);
          server.pull("push", "C", "push-h", "1");
          server.expect("push-h", 1);
        });
  }

  @Test
  void pushesToThoseWhoAreMeant() throws Exception {
    compare(
        server -> {
          stream(server, "meant", ",'subjects':['meant.>']");
          server.store("meant.1", "m1");
          for (String group : List.of("", "g")) {
            for (String queue : List.of("", "g", "h")) {
              for (String subject : List.of("to.me", "to.*")) {
                for (boolean early : new boolean[] {true, false}) {
                  if (early) {
                    listen(server, subject, queue);
                  }
                  create(
                      server,
                      "meant",
                      "C",
                      "'deliver_subject':'to.me','deliver_group':'" + group + "'");
                  if (!early) {
                    listen(server, subject, queue);
                  }
                  server.drain(subject, QUIET);
                  info(server, "meant", "C");
                  server.api("CONSUMER.DELETE.meant.C", "");
                  server.stopListening(subject);
                }
              }
            }
          }
        });
  }

  private static void listen(Transcript server, String subject, String queue) throws Exception {
    if (queue.isEmpty()) {
      server.listen(subject);
    } else {
      server.listen(subject, queue);
    }
  }

  @Test
  void startsWhereItIsTold() throws Exception {
    compare(
        server -> {
          stream(server, "start", ",'subjects':['start.>']");
          server.listen("start-in");
          for (int i = 1; i <= 10; i++) {
            server.store("start." + (i % 3), "m" + i);
          }
          server.api("STREAM.MSG.DELETE.start", "{'seq':4}");
          for (String fields :
              List.of(
                  "'deliver_policy':'all'",
                  "'deliver_policy':'last'",
                  "'deliver_policy':'last','filter_subject':'start.2'",
                  "'deliver_policy':'last','filter_subjects':['start.2','start.0']",
                  "'deliver_policy':'last','filter_subject':'none'",
                  "'deliver_policy':'new'",
                  "'deliver_policy':'by_start_sequence','opt_start_seq':4",
                  "'deliver_policy':'by_start_sequence','opt_start_seq':4,"
                      + "'filter_subject':'start.0'",
                  "'deliver_policy':'by_start_sequence','opt_start_seq':40",
                  "'deliver_policy':'by_start_time','opt_start_time':'2020-01-01T00:00:00Z'",
                  "'deliver_policy':'by_start_time','opt_start_time':'2099-01-01T00:00:00Z'",
                  "'deliver_policy':'last_per_subject','filter_subject':'start.>'",
                  "'deliver_policy':'last_per_subject','filter_subjects':['start.1','start.2']",
                  "'deliver_policy':'last_per_subject','filter_subject':'none'")) {
            String info = create(server, "start", "C", "'deliver_subject':'start-in'," + fields);
            server.expect("start-in", (int) Json.parseObject(info).integer("num_pending", 0));
            if (fields.equals("'deliver_policy':'last','filter_subject':'none'")) {
              // The real server notices a little later that the consumer has reached the end.
              server.await("CONSUMER.INFO.start.C", "\"stream_seq\":10}");
            }
            info(server, "start", "C");
            server.api("CONSUMER.DELETE.start.C", "");
          }
        });
  }

  @Test
  void keepsUpWithDeletesAndPurges() throws Exception {
    compare(
        server -> {
          stream(server, "purge", ",'subjects':['purge.>']");
          server.listen("in");
          for (int i = 1; i <= 20; i++) {
            server.store("purge." + (i % 4), "m" + i);
          }
          create(server, "purge", "A", "'durable_name':'A','ack_policy':'explicit'");
          create(
              server,
              "purge",
              "F",
              "'durable_name':'F','ack_policy':'explicit','filter_subject':'purge.1'");
          take(server, "purge", "A", "6", 6);
          take(server, "purge", "F", "2", 2);
          server.api("STREAM.MSG.DELETE.purge", "{'seq':2}");
          server.api("STREAM.MSG.DELETE.purge", "{'seq':9}");
          // nats-server takes removed messages for acknowledged ones a little later.
          server.await("CONSUMER.INFO.purge.A", "\"num_ack_pending\":5,");
          info(server, "purge", "A", "F");
          server.api("STREAM.PURGE.purge", "{'filter':'purge.2'}");
          server.await("CONSUMER.INFO.purge.A", "\"num_ack_pending\":4,");
          info(server, "purge", "A", "F");
          server.api("STREAM.PURGE.purge", "{'seq':14}");
          info(server, "purge", "A", "F");
          take(server, "purge", "F", "1", 1);
          server.api("STREAM.PURGE.purge", "{'filter':'purge.1'}");
          info(server, "purge", "A", "F");
          server.api("STREAM.PURGE.purge", "{}");
          info(server, "purge", "A", "F");
          server.store("purge.1", "after");
          take(server, "purge", "A", "1", 1);
          info(server, "purge", "A");
        });
  }

  @Test
  void servesPriorityGroups() throws Exception {
    compare(
        server -> {
          stream(server, "prio", ",'subjects':['prio.>']");
          server.listen("in");
          server.listen("other");
          server.listen("$JS.EVENT.ADVISORY.CONSUMER.*.prio.>");
          create(server, "prio", "P", "'priority_policy':'pinned_client','priority_groups':['A']");
          for (String refused :
              List.of(
                  "{'batch':1}",
                  "{'batch':1,'group':'B'}",
                  "{'batch':1,'group':'A','min_pending':1}")) {
            take(server, "prio", "P", refused, 1);
          }
          server.pull("prio", "P", "in", "{'batch':3,'group':'A'}");
          server.pull("prio", "P", "other", "{'batch':3,'group':'A'}");
          // The pending count of a delivery depends on the moment unless the test waits for each
          // message.
          server.store("prio.1", "m1");
          server.expect("in", 1);
          server.store("prio.2", "m2");
          server.expect("in", 1);
          server.pull("prio", "P", "other", "{'batch':3,'group':'A','id':'wrong'}");
          server.expect("other", 1);
          info(server, "prio", "P");
          server.api("CONSUMER.UNPIN.prio.P", "{'group':'A'}");
          server.store("prio.3", "m3");
          server.expect("other", 1);
          server.api("CONSUMER.DELETE.prio.P", "");
          server.drain("$JS.EVENT.ADVISORY.CONSUMER.*.prio.>", QUIET);
          server.drain("in", QUIET);
          server.drain("other", QUIET);

          create(
              server,
              "prio",
              "R",
              "'deliver_policy':'new','priority_policy':'prioritized','priority_groups':['A']");
          server.pull("prio", "R", "in", "{'batch':2,'group':'A','priority':5}");
          server.pull("prio", "R", "other", "{'batch':2,'group':'A','priority':1}");
          for (int i = 1; i <= 4; i++) {
            server.store("prio.1", "p" + i);
            server.expect(i <= 2 ? "other" : "in", 1);
          }

          create(
              server,
              "prio",
              "O",
              "'deliver_policy':'new','ack_policy':'explicit',"
                  + "'priority_policy':'overflow','priority_groups':['A']");
          server.pull("prio", "O", "in", "{'batch':9,'group':'A','min_pending':3}");
          server.pull("prio", "O", "other", "{'batch':9,'group':'A','min_ack_pending':2}");
          for (int i = 1; i <= 6; i++) {
            server.store("prio.1", "o" + i);
            if (i == 3) {
              server.expect("in", 1);
            } else if (i == 4) {
              server.expect("in", 1);
              server.expect("other", 2);
            } else if (i > 4) {
              server.expect("other", 1);
            }
          }
          server.drain("in", QUIET);
          server.drain("other", QUIET);
          info(server, "prio", "O");
        });
  }

  @Test
  void refusesLimitsThatConsumersAreBeyond() throws Exception {
    compare(
        server -> {
          String subjects = "'subjects':['beyond.>'],'storage':'memory','name':'beyond'";
          stream(server, "beyond", ",'subjects':['beyond.>']");
          create(server, "beyond", "A", "'ack_policy':'explicit','max_ack_pending':10");
          create(server, "beyond", "B", "'ack_policy':'none','inactive_threshold':60000000000");
          for (String limits :
              List.of(
                  "'max_ack_pending':5",
                  "'max_ack_pending':10",
                  "'inactive_threshold':30000000000",
                  "'inactive_threshold':90000000000",
                  "'inactive_threshold':90000000000,'max_ack_pending':9",
                  "")) {
            server.api(
                "STREAM.UPDATE.beyond", "{" + subjects + ",'consumer_limits':{" + limits + "}}");
          }
          server.api("STREAM.INFO.beyond", "");
        });
  }

  @Test
  void guardsWorkQueues() throws Exception {
    compare(
        server -> {
          stream(server, "work", ",'subjects':['work.>'],'retention':'workqueue'");
          server.listen("in");
          create(server, "work", "A", "");
          create(server, "work", "A", "'ack_policy':'all'");
          create(server, "work", "A", "'deliver_subject':'d'");
          create(server, "work", "A", "'ack_policy':'explicit','deliver_policy':'new'");
          create(
              server,
              "work",
              "A",
              "'durable_name':'A','ack_policy':'explicit','filter_subject':'work.1'");
          create(server, "work", "B", "'ack_policy':'explicit'");
          create(
              server,
              "work",
              "B",
              "'durable_name':'B','ack_policy':'explicit','filter_subject':'work.*'");
          create(
              server,
              "work",
              "B",
              "'durable_name':'B','ack_policy':'explicit','filter_subject':'work.2'");
          create(
              server,
              "work",
              "A",
              "'durable_name':'A','ack_policy':'explicit','filter_subject':'work.2'");
          for (int i = 1; i <= 6; i++) {
            server.store("work." + (i % 3), "m" + i);
          }
          take(server, "work", "A", "2", 2);
          server.answer(0, "in", "+ACK");
          server.expect("in", 1);
          server.answer(1, "in", "+TERM");
          server.expect("in", 1);
          take(server, "work", "B", "2", 2);
          server.answer(-1, "in", "+ACK");
          server.expect("in", 1);
          info(server, "work", "A", "B");
        });
  }
}
