package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.Connection;
import io.nats.client.impl.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/**
 * Traces of a message, and requests, that cross two leaf node connections and come out the same.
 */
@ComparedWithNatsServer
class LeafTraceTest extends LeafServers {
  private static final List<String> NAMES = List.of("low", "middle", "high");

  @Test
  void hopsAreThoseOfRealServersWhicheverOfThemAreOurs() throws Exception {
    List<String> expected = trace("real", Set.of("low", "middle", "high"));
    assertThat(expected).hasSize(3);
    assertThat(trace("ends", Set.of("middle"))).containsExactlyElementsOf(expected);
    assertThat(trace("between", Set.of("low", "high"))).containsExactlyElementsOf(expected);
  }

  // Each server is a leaf node of the next.
  private List<String> trace(String run, Set<String> real) throws Exception {
    List<Connection> clients = new ArrayList<>();
    int above = 0;
    for (int i = NAMES.size() - 1; i >= 0; i--) {
      String name = NAMES.get(i);
      int port = freePort();
      String config =
          "leafnodes { listen: \"127.0.0.1:"
              + port
              + "\", reconnect: \"100ms\""
              + (above == 0 ? "" : ", remotes: [{ url: \"nats-leaf://127.0.0.1:" + above + "\" }]")
              + " }\n";
      clients.add(
          0,
          real.contains(name)
              ? connect(startReal(run + "-" + name, config).port(), name)
              : connect(start(run + "-" + name, config).port(), name));
      above = port;
    }
    return events(run, clients);
  }

  private Connection connect(int port, String name) throws Exception {
    return connect(port, io.nats.client.Options.builder().connectionName(name));
  }

  private List<String> events(String run, List<Connection> clients) throws Exception {
    Connection low = clients.get(0);
    Connection high = clients.get(2);
    Queue<String> traces = new ConcurrentLinkedQueue<>();
    low.createDispatcher(m -> traces.add(told(run, Json.parseObject(m.getData()))))
        .subscribe("traces");
    high.subscribe("news");
    // Heard of after the news, so whoever reaches it knows of both.
    high.createDispatcher(m -> high.publish(m.getReplyTo(), m.getData())).subscribe("ask");
    high.flush(PATIENCE);
    awaitService(low, "ask");
    low.publish("news", new Headers().add("Nats-Trace-Dest", "traces"), bytes("read all about it"));
    await().atMost(PATIENCE).until(() -> traces.size() >= 3);
    return traces.stream().sorted().toList();
  }

  private static String told(String run, JsonObject trace) {
    StringBuilder told = new StringBuilder();
    told.append(trace.object("request").objectOrEmpty("header").strings("Nats-Trace-Hop"))
        .append(trace.integer("hops", 0));
    for (JsonObject event : trace.objects("events")) {
      told.append(' ');
      for (String name : event.names().stream().sorted().toList()) {
        if (!Set.of("ts", "cid").contains(name)) {
          told.append(name)
              .append('=')
              .append(String.valueOf(event.get(name)).replace(run + "-", ""))
              .append(',');
        }
      }
    }
    return told.toString();
  }
}
