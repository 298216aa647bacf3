package dev.hubkit.nats.monitor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * However a connection ends, the client reads, {@code /connz} tells and the events of the system
 * account say what they do with the real nats-server.
 */
@ComparedWithNatsServer
class ConnectionEndsDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String USERS =
      """
      http: "127.0.0.1:-1"
      server_name: srv
      accounts {
        SYS { users: [{user: sys, password: sys}] }
        A { users: [
          {user: a, password: a}
          {user: p, password: p, permissions: {publish: ["ok"], subscribe: ["ok"]}}
          {user: ws, password: ws, allowed_connection_types: ["WEBSOCKET"]}
          {nkey: UCNGL4W5QX66CFX6A6DCBVDH5VOHMI7B2UZZU7TXAUQQSI2JPHULCKBR}
        ] }
      }
      system_account: SYS
      """;

  private static final String LIMITS =
      """
      max_payload: 1000
      max_control_line: 512
      max_subscriptions: 6
      websocket { listen: "127.0.0.1:-1", no_tls: true, handshake_timeout: "30s" }
      authorization { timeout: 30 }
      """;

  /**
   * What a client does.
   *
   * @param text what it sends behind INFO
   * @param ends whether the server ends the connection; otherwise the client does
   */
  private record Client(String name, String text, boolean ends) {}

  private static String connect(String fields) {
    return "CONNECT {\"verbose\":false,\"name\":\"me\",\"lang\":\"x\",\"version\":\"1\","
        + "\"protocol\":1,\"headers\":true,\"no_responders\":true"
        + (fields.isEmpty() ? "" : "," + fields)
        + "}\r\n";
  }

  private static final String USER = "\"user\":\"a\",\"pass\":\"a\"";
  private static final String A = connect(USER);

  private static final List<Client> CLIENTS =
      List.of(
          new Client("goes", A, false),
          new Client("goes unknown", "", false),
          new Client("goes within a payload", A + "PUB a 100\r\nabc", false),
          new Client("wrong password", connect("\"user\":\"a\",\"pass\":\"x\""), true),
          new Client("unknown user", connect("\"user\":\"zz\",\"pass\":\"x\""), true),
          new Client("no user", connect(""), true),
          new Client("unknown token", connect("\"auth_token\":\"secret\""), true),
          new Client(
              "wrong signature",
              connect(
                  "\"nkey\":\"UCNGL4W5QX66CFX6A6DCBVDH5VOHMI7B2UZZU7TXAUQQSI2JPHULCKBR\","
                      + "\"sig\":\"xx\""),
              true),
          new Client("a JWT without operator", connect("\"jwt\":\"e.e.e\",\"sig\":\"x\""), true),
          new Client("a JWT and a user", connect("\"jwt\":\"e.e.e\"," + USER), false),
          new Client("another type", connect("\"user\":\"ws\",\"pass\":\"ws\""), true),
          new Client("an account", connect(USER + ",\"account\":\"A\""), true),
          new Client("PING first", "PING\r\n", true),
          new Client("HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", true),
          new Client("TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000", true),
          new Client("other protocol", connect(USER + ",\"protocol\":9"), true),
          new Client(
              "needs headers",
              "CONNECT {\"user\":\"a\",\"pass\":\"a\",\"no_responders\":true}\r\n",
              true),
          new Client("headers without", "CONNECT {" + USER + "}\r\nHPUB a 12 14\r\n", true),
          new Client("no JSON", "CONNECT {bad\r\n", true),
          new Client("payload", A + "PUB a 2000\r\n", true),
          new Client("control line", A + "PUB " + "x".repeat(600) + " 1\r\n", true),
          new Client("unknown operation", A + "FOO bar\r\n", true),
          new Client("words", A + "PUB a b c d e\r\n", true),
          new Client("size", A + "PUB a x\r\n", true),
          new Client("end of payload", A + "PUB a 2\r\nhixx\r\nPING\r\n", true),
          new Client("SUB", A + "SUB a\r\n", true),
          new Client("header size", A + "HPUB a 20 10\r\n", true),
          new Client("MSG", A + "MSG a 1 2\r\nhi\r\n", true),
          new Client("route", A + "RS+ A b\r\n", true),
          new Client("error", A + "-ERR 'mine'\r\n", true),
          new Client(
              "subscriptions",
              A
                  + "SUB a 1\r\nSUB b q 2\r\n"
                  + "SUB c 3\r\nSUB d 4\r\nSUB e 5\r\nSUB f 6\r\nSUB g 7\r\n",
              false),
          new Client(
              "permissions", connect("\"user\":\"p\",\"pass\":\"p\"") + "SUB no 1\r\n", false));

  /** A frame that a WebSocket client sends behind CONNECT. */
  private record Frame(String name, int first, int second, byte[] payload, boolean answered) {}

  private static byte[] closing(int status, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return ByteBuffer.allocate(2 + bytes.length).putShort((short) status).put(bytes).array();
  }

  // Whether nats-server sends its own close frame after a frame that is wrong is up to its threads.
  private static final List<Frame> FRAMES =
      List.of(
          new Frame("close", 0x88, 0x80, closing(1000, "bye"), true),
          new Frame("close without status", 0x88, 0x80, new byte[0], true),
          new Frame("status", 0x88, 0x80, closing(1005, ""), false),
          new Frame("text of close", 0x88, 0x80, closing(1000, "\u00ff\u00fe"), true),
          new Frame("mask", 0x82, 0, "PING\r\n".getBytes(UTF_8), false),
          new Frame("opcode", 0x85, 0x80, "PING\r\n".getBytes(UTF_8), false),
          new Frame("reserved", 0xa2, 0x80, "PING\r\n".getBytes(UTF_8), false),
          new Frame("continuation", 0x80, 0x80, "PING\r\n".getBytes(UTF_8), false),
          new Frame("operation", 0x82, 0x80, "FOO\r\n".getBytes(UTF_8), false),
          new Frame("payload", 0x82, 0x80, "PUB a 2000\r\n".getBytes(UTF_8), true));

  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path directory;

  private String get(int monitor, String page) throws Exception {
    return http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + monitor + page)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private long closed(int monitor) throws Exception {
    return Json.parseObject(get(monitor, "/connz?state=closed&limit=1")).integer("total", -1);
  }

  private static Socket open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  private static String readUntil(InputStream in, String end) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      for (int next = in.read(); next >= 0; next = in.read()) {
        text.write(next);
        if (!end.isEmpty() && text.toString(ISO_8859_1).endsWith(end)) {
          break;
        }
      }
    } catch (IOException e) {
      text.write("(reset)".getBytes(UTF_8));
    }
    return text.toString(ISO_8859_1);
  }

  private static String play(Client client, int port) throws IOException {
    try (Socket socket = open(port)) {
      readUntil(socket.getInputStream(), "\r\n");
      socket.getOutputStream().write(client.text.getBytes(ISO_8859_1));
      boolean waits =
          !client.ends && client.text.startsWith("CONNECT") && !client.text.endsWith("c");
      if (waits) {
        socket.getOutputStream().write("PING\r\n".getBytes(UTF_8));
      }
      return client.ends || waits
          ? readUntil(socket.getInputStream(), waits ? "PONG\r\n" : "")
          : "";
    }
  }

  private static String play(Frame frame, int port) throws IOException {
    try (Socket socket = open(port)) {
      socket
          .getOutputStream()
          .write(
              """
              GET / HTTP/1.1\r
              Host: x\r
              Upgrade: websocket\r
              Connection: Upgrade\r
              Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
              Sec-WebSocket-Version: 13\r
              \r
              """
                  .getBytes(UTF_8));
      readUntil(socket.getInputStream(), "} \r\n");
      String login = "CONNECT {\"verbose\":false," + USER + "}\r\nPING\r\n";
      send(socket, 0x82, 0x80, login.getBytes(UTF_8));
      readUntil(socket.getInputStream(), "PONG\r\n");
      send(socket, frame.first, frame.second, frame.payload);
      String answer = readUntil(socket.getInputStream(), "");
      return frame.answered ? answer : "";
    }
  }

  private static void send(Socket socket, int first, int second, byte[] payload)
      throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(10 + payload.length).put((byte) first);
    frame.put((byte) (second | payload.length));
    if (second != 0) {
      // A mask of zeros.
      frame.putInt(0);
    }
    frame.put(payload).flip();
    socket.getOutputStream().write(frame.array(), 0, frame.limit());
  }

  private static Connection system(int port, Queue<String> events) throws Exception {
    Connection system =
        Nats.connect(
            Options.builder().server("nats://sys:sys@127.0.0.1:" + port).noReconnect().build());
    Dispatcher dispatcher =
        system.createDispatcher(
            event -> events.add(event.getSubject() + ' ' + new String(event.getData(), UTF_8)));
    dispatcher.subscribe("$SYS.ACCOUNT.*.CONNECT");
    dispatcher.subscribe("$SYS.ACCOUNT.*.DISCONNECT");
    dispatcher.subscribe("$SYS.ACCOUNT.A.SERVER.CONNS");
    dispatcher.subscribe("$SYS.SERVER.*.CLIENT.AUTH.ERR");
    system.flush(PATIENCE);
    return system;
  }

  private static CompletableFuture<List<String>> both(Callable<List<String>> other) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return other.call();
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
  }

  @FunctionalInterface
  private interface Play {
    String run() throws IOException;
  }

  private List<String> hear(int port, int monitor) throws Exception {
    Queue<String> events = new ConcurrentLinkedQueue<>();
    List<String> heard = new ArrayList<>();
    try (Connection system = system(port, events)) {
      String id = system.getServerInfo().getServerId();
      for (Client client : CLIENTS) {
        heard.add(end(client.name, monitor, () -> play(client, port)));
      }
      int webSocket = webSocketPort(monitor);
      for (Frame frame : FRAMES) {
        heard.add(end("WebSocket: " + frame.name, monitor, () -> play(frame, webSocket)));
      }
      end(
          "last",
          monitor,
          () -> play(new Client("last", connect("\"user\":\"last\""), true), port));
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  events.stream().filter(event -> event.contains("\"user\":\"last\"")).count()
                      == 2);
      // Whether the observer hears of its own connection depends on the moment.
      events.stream()
          .filter(event -> !event.startsWith("$SYS.ACCOUNT.SYS.CONNECT "))
          .map(event -> plain(event.replace(id, "ID")))
          .sorted()
          .forEach(heard::add);
    }
    return heard;
  }

  private int webSocketPort(int monitor) throws Exception {
    JsonObject webSocket = Json.parseObject(get(monitor, "/varz")).object("websocket");
    return (int) Objects.requireNonNull(webSocket).integer("port", 0);
  }

  private String end(String name, int monitor, Play play) throws Exception {
    long before = closed(monitor);
    String read = play.run().replaceAll("INFO .*\r\n", "");
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> closed(monitor) > before);
    String page = get(monitor, "/connz?state=closed&auth=1&subs=detail&sort=cid&offset=" + before);
    return name + "\n  " + read + "\n  " + plain(page.substring(page.indexOf("\"connections\"")));
  }

  private static final Pattern OWN =
      Pattern.compile(
          "\"(id|cid|port|seq|rtt|pending_bytes|num_subscriptions|timestamp|time|start|stop|uptime"
              + "|idle|last_activity|server_id)\": ?(\"[^\"]*\"|[0-9]+)");

  private static final Pattern SUBSCRIPTIONS =
      Pattern.compile("(?s)\"subscriptions_list_detail\": \\[(.*?)\\]");

  private static final Pattern FLOW =
      Pattern.compile("\"(sent|received)\":\\{\"msgs\":\\d+,\"bytes\":\\d+,\"gateways\".*?\\}\\}");

  private static String plain(String json) {
    String text = OWN.matcher(json).replaceAll("\"$1\":").replaceAll("\\s+", " ");
    Matcher list = SUBSCRIPTIONS.matcher(text);
    if (list.find()) {
      // In any order.
      String sorted =
          Stream.of(list.group(1).split("}", -1))
              .map(each -> each.replaceFirst("^[, ]+", "").strip())
              .sorted()
              .collect(Collectors.joining("}"));
      text = list.replaceFirst(Matcher.quoteReplacement(sorted));
    }
    return FLOW.matcher(text).replaceAll("$1");
  }

  @Test
  void connectionsEndAsWithTheRealServer() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, USERS + LIMITS)) {
      CompletableFuture<List<String>> real =
          both(() -> hear(servers.real().port(), servers.real().monitorPort()));
      List<String> hub = hear(servers.ours().port(), servers.ours().monitorPort());
      assertThat(String.join("\n", hub)).isEqualTo(String.join("\n", real.get()));
    }
  }

  private List<String> starve(int port, int monitor) throws Exception {
    try (Socket slow = new Socket();
        Connection fast = Nats.connect("nats://a:a@127.0.0.1:" + port)) {
      slow.setReceiveBufferSize(4096);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      slow.getOutputStream().write((A + "SUB flood 1\r\nPING\r\n").getBytes(UTF_8));
      readUntil(slow.getInputStream(), "PONG\r\n");
      // More than the sockets take.
      for (int i = 0; i < 300; i++) {
        fast.publish("flood", new byte[30_000]);
      }
      fast.flush(PATIENCE);
      return List.of(counters(monitor, "Slow Consumer"));
    }
  }

  private List<String> keepSilent(int port, int monitor) throws Exception {
    try (Socket silent = open(port)) {
      silent.getOutputStream().write((A + "PING\r\n").getBytes(UTF_8));
      String read = readUntil(silent.getInputStream(), "");
      String error = read.substring(Math.max(0, read.indexOf("-ERR")));
      return List.of(error, counters(monitor, "Stale Connection"));
    }
  }

  private String counters(int monitor, String reason) throws Exception {
    await()
        .atMost(PATIENCE)
        .until(() -> get(monitor, "/connz?state=closed").contains('"' + reason));
    JsonObject varz = Json.parseObject(get(monitor, "/varz"));
    StringBuilder text = new StringBuilder();
    for (String name :
        List.of(
            "slow_consumers",
            "slow_consumer_stats",
            "stale_connections",
            "stale_connection_stats")) {
      text.append(name).append(' ');
      Object value = varz.get(name);
      text.append(value instanceof JsonObject object ? object.names() : value).append(' ');
      if (value instanceof JsonObject object) {
        object.names().forEach(each -> text.append(object.get(each)).append(' '));
      }
    }
    for (JsonObject account :
        Json.parseObject(get(monitor, "/accstatz?unused=1")).objects("account_statz")) {
      if (account.string("acc", "").equals("A")) {
        text.append("of the account ").append(account.get("slow_consumers"));
      }
    }
    for (JsonObject connection :
        Json.parseObject(get(monitor, "/connz?state=closed&sort=cid")).objects("connections")) {
      text.append("\n  ").append(connection.string("reason", ""));
    }
    return text.toString();
  }

  @Test
  void slowClientsAreCountedAsByTheRealServer() throws Exception {
    String limits = "max_payload: 100000\nmax_pending: 300000\n";
    try (PeerServers servers = PeerServers.start(directory, USERS + limits)) {
      CompletableFuture<List<String>> real =
          both(() -> starve(servers.real().port(), servers.real().monitorPort()));
      assertThat(starve(servers.ours().port(), servers.ours().monitorPort())).isEqualTo(real.get());
    }
  }

  @Test
  void silentClientsAreCountedAsByTheRealServer() throws Exception {
    String limits = "ping_interval: \"200ms\"\nping_max: 1\n";
    try (PeerServers servers = PeerServers.start(directory, USERS + limits)) {
      CompletableFuture<List<String>> real =
          both(() -> keepSilent(servers.real().port(), servers.real().monitorPort()));
      assertThat(keepSilent(servers.ours().port(), servers.ours().monitorPort()))
          .isEqualTo(real.get());
    }
  }
}
