package dev.hubkit.nats.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares traces of messages (ADR-41), event by event, with those of the real nats-server. */
class MessageTraceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE" }
      accounts {
        SYS { users: [{user: s, password: s}] }
        A {
          jetstream: enabled
          msg_trace: {dest: "account.trace", sampling: 100}
          users: [
            {user: a, password: a}
            {user: few, password: few, permissions: {publish: ["ok"], subscribe: ">"}}
            {user: deaf, password: deaf, permissions: {subscribe: {deny: ["part.no"]}}}
          ]
          exports: [
            {service: "svc", allow_trace: true}
            {service: "dark"}
            {stream: "str.>"}
          ]
          mappings: {mapped: "target"}
        }
        B {
          users: [{user: b, password: b}]
          imports: [
            {service: {account: A, subject: svc}}
            {service: {account: A, subject: dark}}
            {stream: {account: A, subject: "str.open"}, to: "seen.open", allow_trace: true}
            {stream: {account: A, subject: "str.dark"}, prefix: "seen"}
          ]
        }
      }
      system_account: SYS
      """;

  @TempDir Path directory;

  private static Connection connect(int port, String user, boolean echo) throws Exception {
    Options.Builder options =
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .userInfo(user, user)
            .connectionName(user)
            .errorListener(new io.nats.client.ErrorListener() {})
            .connectionTimeout(PATIENCE);
    return Nats.connect((echo ? options : options.noEcho()).build());
  }

  /** One server with its clients, and the requests that they send to it. */
  private static final class Session implements AutoCloseable {
    private final Connection a;
    private final Connection b;
    private final Connection few;
    private final Connection deaf;
    private final Connection silent;
    private final Subscription traces;
    private final Subscription ofB;
    private final List<String> transcript = new ArrayList<>();

    Session(int port) throws Exception {
      a = connect(port, "a", true);
      b = connect(port, "b", true);
      few = connect(port, "few", true);
      deaf = connect(port, "deaf", true);
      silent = connect(port, "a", false);
      traces = a.subscribe("account.trace");
      a.subscribe("plain");
      a.subscribe("plain", "group");
      a.subscribe("svc");
      a.subscribe("dark");
      a.subscribe("target");
      a.subscribe("ok");
      deaf.subscribe("part.*");
      silent.subscribe("mine");
      ofB = b.subscribe("b.trace");
      b.subscribe("seen.>");
      a.jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name("S")
                  .subjects("js.>")
                  .storageType(StorageType.Memory)
                  .build());
      for (Connection each : List.of(a, b, few, deaf, silent)) {
        each.flush(PATIENCE);
      }
    }

    private static Headers to(String destination) {
      return new Headers().add("Nats-Trace-Dest", destination);
    }

    private void trace(String what, Connection from, String subject, Headers headers)
        throws Exception {
      trace(what, from, subject, headers, traces);
    }

    private void trace(
        String what, Connection from, String subject, Headers headers, Subscription seen)
        throws Exception {
      from.publish(NatsMessage.builder().subject(subject).headers(headers).data("hello").build());
      transcript.add(what + "\n" + told(seen.nextMessage(PATIENCE)));
    }

    private static String told(@Nullable Message trace) {
      assertThat(trace).isNotNull();
      JsonObject json = Json.parseObject(trace.getData());
      JsonObject server = json.object("server");
      JsonObject request = json.object("request");
      assertThat(server).isNotNull();
      assertThat(request).isNotNull();
      StringBuilder text = new StringBuilder();
      text.append(server.names()).append(' ').append(json.names()).append('\n');
      text.append(new String(JsonWriter.compact().any(request).toBytes(), UTF_8)).append('\n');
      List<String> egress = new ArrayList<>();
      for (JsonObject event : json.objects("events")) {
        JsonWriter line = JsonWriter.compact().beginObject();
        for (String name : event.names()) {
          line.any(name, name.equals("ts") || name.equals("cid") ? "" : event.get(name));
        }
        String written = new String(line.endObject().toBytes(), UTF_8);
        if (event.string("type", "").equals("eg")) {
          egress.add(written);
        } else {
          text.append(written).append('\n');
        }
      }
      egress.stream()
          .sorted(Comparator.naturalOrder())
          .forEach(line -> text.append(line).append('\n'));
      return text.toString();
    }

    List<String> run() throws Exception {
      String dest = "account.trace";
      trace("plain and queue", a, "plain", to(dest));
      trace("only", a, "plain", to(dest).add("Nats-Trace-Only", "true").add("Other", "x", "y"));
      trace("nobody", a, "nobody", to(dest));
      trace("mapped", a, "mapped", to(dest));
      trace("no echo", silent, "mine", to(dest));
      trace("denied subscription", a, "part.no", to(dest));
      trace("allowed subscription", a, "part.yes", to(dest));
      trace("stream export, open", a, "str.open", to(dest));
      trace("stream export, dark", a, "str.dark", to(dest));
      trace("stream export, dark, only", a, "str.dark", to(dest).add("Nats-Trace-Only", "1"));
      trace("service, open", b, "svc", to("b.trace"), ofB);
      trace("service, dark", b, "dark", to("b.trace"), ofB);
      trace("service, dark, only", b, "dark", to("b.trace").add("Nats-Trace-Only", "on"), ofB);
      trace("jetstream", a, "js.a", to(dest));
      trace("jetstream, only", a, "js.a", to(dest).add("Nats-Trace-Only", "true"));
      trace("jetstream, once", a, "js.a", to(dest).add("Nats-Msg-Id", "1"));
      trace("jetstream, twice", a, "js.a", to(dest).add("Nats-Msg-Id", "1"));
      trace("traceparent", a, "plain", parent("01"));
      trace("traceparent in capitals", a, "plain", parent("TRACEPARENT", "03"));
      few.publish(NatsMessage.builder().subject("ok").headers(to(dest)).data("x").build());
      few.flush(PATIENCE);
      a.publish(NatsMessage.builder().subject("plain").headers(parent("00")).data("x").build());
      a.publish(
          NatsMessage.builder()
              .subject("plain")
              .headers(to("not valid..").add("Nats-Trace-Only", "true"))
              .data("x")
              .build());
      a.publish(
          NatsMessage.builder()
              .subject("plain")
              .headers(to(dest).add("Nats-Trace-Origin-Account", "B"))
              .data("x")
              .build());
      trace("after those that make none", a, "nobody", to(dest));
      transcript.add(
          "stored " + a.jetStreamManagement().getStreamInfo("S").getStreamState().getMsgCount());
      transcript.add("stored " + header(a, 1));
      return transcript;
    }

    private static String header(Connection connection, long sequence) throws Exception {
      return Map.copyOf(
              connection.jetStreamManagement().getMessage("S", sequence).getHeaders() == null
                  ? Map.of()
                  : Map.of(
                      "dest",
                      connection
                          .jetStreamManagement()
                          .getMessage("S", sequence)
                          .getHeaders()
                          .get("Nats-Trace-Dest")))
          .toString();
    }

    private static Headers parent(String flags) {
      return parent("traceparent", flags);
    }

    private static Headers parent(String name, String flags) {
      return new Headers()
          .add(name, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-" + flags);
    }

    @Override
    public void close() throws InterruptedException {
      for (Connection each : List.of(a, b, few, deaf, silent)) {
        each.close();
      }
    }
  }

  private static List<String> run(int port) throws Exception {
    try (Session session = new Session(port)) {
      return session.run();
    }
  }

  @Test
  void tracesAsTheRealServer() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      List<String> expected = run(servers.real().port());
      List<String> actual = run(servers.ours().port());
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i)).isEqualTo(expected.get(i));
      }
    }
  }
}
