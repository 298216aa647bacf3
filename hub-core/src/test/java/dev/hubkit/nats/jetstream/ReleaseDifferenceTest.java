package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.release.Compatibility;
import io.nats.client.impl.Headers;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares what JetStream of each release of nats-server takes, refuses and tells, with Hub in the
 * compatibility with that release. The requests are those whose answers have changed between the
 * releases.
 */
class ReleaseDifferenceTest {
  private static final String CONFIGURATION = "jetstream { store_dir: STORE }";

  // Destinations of which some are reserved in some releases.
  private static final List<String> DESTINATIONS =
      List.of(
          "$JS.ACK.S.C.1",
          "$JS.FC.S.C.1",
          "$JS.SNAPSHOT.x",
          "$JS.EVENT.x",
          "$JS.d.API.INFO",
          "$JS.d.x.API",
          "$JS.other",
          "_R_.x",
          "_R_x",
          "_GR_.x",
          "$GR.x",
          "$KV.x");

  @TempDir Path directory;

  private void compare(Compatibility release, ServerPair.Script script) throws Exception {
    compare(release, CONFIGURATION, script);
  }

  private void compare(Compatibility release, String configuration, ServerPair.Script script)
      throws Exception {
    try (ServerPair servers = ServerPair.start(directory, release, configuration)) {
      servers.compare("as nats-server " + release.version(), script);
    }
  }

  @ParameterizedTest
  @EnumSource
  void requiredLevels(Compatibility release) throws Exception {
    compare(
        release,
        server -> {
          server.api("STREAM.CREATE.S", "{'name':'S','subjects':['s']}");
          server.api(
              "CONSUMER.CREATE.S.C",
              "{'stream_name':'S','config':{'name':'C','ack_policy':'explicit'}}");
          for (String level : List.of("0", "4", "5", "6", "-1", "x", "")) {
            Headers headers = new Headers().put("Nats-Required-Api-Level", level);
            for (String request :
                List.of(
                    "INFO",
                    "STREAM.INFO.S",
                    "CONSUMER.INFO.S.C",
                    "STREAM.NAMES",
                    "STREAM.MSG.GET.S",
                    "CONSUMER.PAUSE.S.C")) {
              server.ask("$JS.API." + request, headers, "");
            }
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void destinationsOfConsumers(Compatibility release) throws Exception {
    compare(
        release,
        server -> {
          server.api("STREAM.CREATE.S", "{'name':'S','subjects':['s']}");
          server.api(
              "CONSUMER.CREATE.S.P",
              "{'stream_name':'S','config':{'name':'P','durable_name':'P','deliver_subject':'p'}}");
          for (String destination : DESTINATIONS) {
            server.api(
                "CONSUMER.CREATE.S.C",
                "{'stream_name':'S','config':{'name':'C','deliver_subject':'"
                    + destination
                    + "'}}");
            server.api("CONSUMER.DELETE.S.C", "");
            server.api(
                "CONSUMER.CREATE.S.P",
                "{'stream_name':'S','config':{'name':'P','durable_name':'P','deliver_subject':'"
                    + destination
                    + "'}}");
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void destinationsOfRepublishedMessages(Compatibility release) throws Exception {
    compare(
        release,
        server -> {
          server.listen("$JS.EVENT.x.>");
          server.listen("$JS.other.>");
          server.listen("_R_.x");
          server.api(
              "STREAM.CREATE.E",
              "{'name':'E','subjects':['e.*'],'republish':{'src':'e.*','dest':'$JS.EVENT.x.$1'}}");
          server.api(
              "STREAM.CREATE.O",
              "{'name':'O','subjects':['o.*'],'republish':{'src':'o.*','dest':'$JS.other.$1'}}");
          server.api(
              "STREAM.CREATE.R",
              "{'name':'R','subjects':['r.*'],'republish':{'src':'r.*','dest':'_R_.$1'}}");
          for (String subject : List.of("e.1", "o.1", "r.x", "r.y")) {
            server.store(subject, "hello");
          }
          server.settle("$JS.EVENT.x.>");
          server.settle("$JS.other.>");
          server.settle("_R_.x");
        });
  }

  @ParameterizedTest
  @EnumSource
  void kindsOfConsumersThatChange(Compatibility release) throws Exception {
    compare(
        release,
        server -> {
          server.api("STREAM.CREATE.S", "{'name':'S','subjects':['s']}");
          for (String[] change :
              List.of(
                  new String[] {"A", "", ",'direct':true"},
                  new String[] {"B", ",'direct':true", ""},
                  new String[] {"C", "", ",'sourcing':true"},
                  new String[] {"D", ",'sourcing':true", ""})) {
            for (String more : List.of(change[1], change[2])) {
              server.api(
                  "CONSUMER.CREATE.S." + change[0],
                  "{'stream_name':'S','config':{'deliver_subject':'p','ack_policy':'none','name':'"
                      + change[0]
                      + "'"
                      + more
                      + "}}");
            }
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void updatesOfStreams(Compatibility release) throws Exception {
    compare(
        release,
        server -> {
          server.api("STREAM.CREATE.S", "{'name':'S','subjects':['s']}");
          server.api("STREAM.UPDATE.S", "{'name':'S','subjects':['s'],'num_replicas':3}");
          server.api(
              "STREAM.UPDATE.S",
              "{'name':'S','subjects':['s'],'num_replicas':3,'storage':'memory'}");
          server.api("STREAM.UPDATE.S", "{'name':'S','subjects':['s'],'unknown':1}");
          server.api("STREAM.CREATE.T", "{'name':'T','subjects':['t'],'num_replicas':3}");
        });
  }

  @ParameterizedTest
  @EnumSource
  void functionsOfTransforms(Compatibility release) throws Exception {
    compare(
        release,
        server -> {
          int number = 0;
          for (String function :
              List.of(
                  "{{left(1,2)}}",
                  "{{right(1,2)}}",
                  "{{ Left( 1 , 2 ) }}",
                  "{{left(1)}}",
                  "{{right(2,1)}}",
                  "{{account-hash()}}",
                  "{{split(1,-)}}",
                  "{{sliceFromLeft(1,2)}}")) {
            String name = "T" + ++number;
            server.api(
                "STREAM.CREATE." + name,
                "{'name':'"
                    + name
                    + "','subjects':['"
                    + name
                    + ".*'],'subject_transform':{'src':'"
                    + name
                    + ".*','dest':'"
                    + name
                    + "."
                    + function
                    + "'}}");
            server.api(
                "STREAM.CREATE.P" + name,
                "{'name':'P"
                    + name
                    + "','subjects':['P"
                    + name
                    + ".*'],'republish':{'src':'P"
                    + name
                    + ".*','dest':'again."
                    + function
                    + "'}}");
          }
        });
  }

  /** Without a limit of its own, a stream has that of the server. */
  @Test
  void numberOfConsumers() throws Exception {
    compare(
        Compatibility.V2_15,
        "jetstream { store_dir: STORE, limits { default_max_consumers: 2 } }",
        server -> {
          server.api("STREAM.CREATE.S", "{'name':'S','subjects':['s']}");
          server.api("STREAM.CREATE.T", "{'name':'T','subjects':['t'],'max_consumers':3}");
          for (String name : List.of("A", "B", "C", "D")) {
            for (String stream : List.of("S", "T")) {
              server.api(
                  "CONSUMER.CREATE." + stream + '.' + name,
                  "{'stream_name':'" + stream + "','config':{'name':'" + name + "'}}");
            }
          }
          server.api(
              "CONSUMER.CREATE.S.E",
              "{'stream_name':'S','config':{'name':'E','direct':true,'ack_policy':'none',"
                  + "'deliver_subject':'e'}}");
        });
  }

  @ParameterizedTest
  @EnumSource
  void subjectsOfReplies(Compatibility release) throws Exception {
    try (ServerPair servers = ServerPair.start(directory, release, CONFIGURATION)) {
      assertThat(refusedReplies(servers.hubPort())).isEqualTo(refusedReplies(servers.realPort()));
    }
  }

  private static List<String> refusedReplies(int port) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      StringBuilder script = new StringBuilder("CONNECT {\"verbose\":false}\r\n");
      for (String reply : DESTINATIONS) {
        script.append("PUB x ").append(reply).append(" 0\r\n\r\n");
      }
      socket.getOutputStream().write(script.append("PING\r\n").toString().getBytes(UTF_8));
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      List<String> refused = new ArrayList<>();
      for (String line = in.readLine(); !line.equals("PONG"); line = in.readLine()) {
        if (line.startsWith("-ERR")) {
          refused.add(line);
        }
      }
      assertThat(refused).isNotEmpty();
      return refused;
    }
  }
}
