package dev.hubkit.nats.account;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.JsonShape;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares latency samples, and what services learn about the requesting client, with nats-server.
 */
class ServiceLatencyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String CONFIG =
      """
      accounts {
        SYS { users: [{user: s, password: s}] }
        A {
          users: [{user: a, password: a}]
          exports: [
            {service: "svc.>", latency: "lat.svc"}
            {service: "slow", threshold: "200ms", latency: {subject: "lat.slow", sampling: 100}}
            {service: "asked", latency: {subject: "lat.asked", sampling: headers}}
          ]
        }
        B {
          users: [{user: b, password: b}]
          imports: [
            {service: {account: A, subject: "svc.>"}}
            {service: {account: A, subject: "svc.shared"}, to: "shared", share: true}
            {service: {account: A, subject: "slow"}}
            {service: {account: A, subject: "asked"}}
          ]
        }
      }
      system_account: SYS
      """;

  @TempDir Path directory;

  private static Connection connect(int port, String user) throws Exception {
    return Nats.connect(
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .userInfo(user, user)
            .connectionName(user)
            .connectionTimeout(PATIENCE)
            .build());
  }

  private static String told(@Nullable Message sample) {
    assertThat(sample).isNotNull();
    String text = new String(sample.getData(), UTF_8);
    JsonObject json = Json.parseObject(text);
    return sample.getSubject()
        + " "
        + json.integer("status", 0)
        + " "
        + json.string("description", "")
        + " "
        + (json.object("header") == null ? "" : JsonShape.of(text, List.of()).toString())
        + JsonShape.of(text, List.of());
  }

  private static String shape(@Nullable Message request) {
    assertThat(request).isNotNull();
    Headers headers = request.getHeaders();
    String info = headers == null ? null : headers.getFirst("Nats-Request-Info");
    return info == null ? "no info" : JsonShape.of(info, List.of()).toString();
  }

  private static List<String> run(int port) throws Exception {
    List<String> transcript = new ArrayList<>();
    try (Connection a = connect(port, "a");
        Connection b = connect(port, "b");
        Connection gone = connect(port, "b")) {
      Subscription samples = a.subscribe("lat.>");
      Subscription requests = a.subscribe("svc.info");
      Subscription shared = a.subscribe("svc.shared");
      Dispatcher echo =
          a.createDispatcher(message -> a.publish(message.getReplyTo(), message.getData()));
      echo.subscribe("svc.echo");
      echo.subscribe("asked");
      a.subscribe("slow");
      a.flush(PATIENCE);
      b.request("svc.echo", "x".getBytes(UTF_8), PATIENCE);
      transcript.add("answered " + told(samples.nextMessage(PATIENCE)));
      b.publish("svc.echo2", "x".getBytes(UTF_8));
      transcript.add("no reply subject " + told(samples.nextMessage(PATIENCE)));
      b.request("svc.nobody", "x".getBytes(UTF_8), PATIENCE);
      transcript.add("nobody " + told(samples.nextMessage(PATIENCE)));
      b.publish("svc.info", "r", "x".getBytes(UTF_8));
      transcript.add("info " + shape(requests.nextMessage(PATIENCE)));
      b.publish("shared", "r", "x".getBytes(UTF_8));
      transcript.add("shared " + shape(shared.nextMessage(PATIENCE)));
      asked(b, samples, transcript);
      gone.subscribe("wait");
      gone.publish("svc.info", "wait", "x".getBytes(UTF_8));
      gone.flush(PATIENCE);
      requests.nextMessage(PATIENCE);
      gone.close();
      transcript.add("gone " + told(samples.nextMessage(PATIENCE)));
    }
    return transcript;
  }

  private static void asked(Connection b, Subscription samples, List<String> transcript)
      throws Exception {
    List<Headers> headers =
        List.of(
            new Headers()
                .add("Uber-Trace-Id", "479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:1"),
            new Headers().add("X-B3-Sampled", "1").add("X-B3-TraceId", "80f198ee56343ba8"),
            new Headers().add("X-B3-TraceId", "80f198ee56343ba8").add("Other", "x"),
            new Headers().add("b3", "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1"),
            new Headers()
                .add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .add("tracestate", "a=b"));
    List<Headers> unsampled =
        List.of(
            new Headers()
                .add("Uber-Trace-Id", "479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:2"),
            new Headers().add("X-B3-Sampled", "0").add("X-B3-TraceId", "80f198ee56343ba8"),
            new Headers().add("b3", "0"),
            new Headers()
                .add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"));
    for (Headers each : unsampled) {
      b.request(NatsMessage.builder().subject("asked").headers(each).build(), PATIENCE);
    }
    for (Headers each : headers) {
      b.request(NatsMessage.builder().subject("asked").headers(each).build(), PATIENCE);
      transcript.add(each.keySet() + " " + told(samples.nextMessage(PATIENCE)));
    }
  }

  @Test
  void samplesAsTheRealServer() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      List<String> expected = run(servers.real().port());
      assertThat(run(servers.ours().port())).isEqualTo(expected);
    }
  }

  @Test
  void tellsOfAServiceThatDoesNotRespondInTime() throws Exception {
    try (dev.hubkit.nats.NatsServer hub = PeerServers.start(directory, "hub", CONFIG);
        Connection a = connect(hub.port(), "a");
        Connection b = connect(hub.port(), "b")) {
      Subscription samples = a.subscribe("lat.slow");
      a.subscribe("slow");
      a.flush(PATIENCE);
      b.subscribe("r");
      b.publish("slow", "r", "x".getBytes(UTF_8));
      Message sample = samples.nextMessage(PATIENCE);
      assertThat(sample).isNotNull();
      JsonObject json = Json.parseObject(sample.getData());
      assertThat(json.integer("status", 0)).isEqualTo(504);
      assertThat(json.string("description")).isEqualTo("Service Timeout");
    }
  }
}
