package dev.hubkit.nats.leaf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.net.RawWebSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What a leaf node hears that comes in at the WebSocket port and breaks some rule, or a client at
 * the leaf nodes' path: the same as from the real nats-server.
 */
@ComparedWithNatsServer
class WebSocketLeafDifferenceTest extends LeafServers {
  private static final String CONNECT =
      "CONNECT {\"version\":\"2.15.3\",\"name\":\"leaf\",\"server_id\":\"NLEAF\",\"headers\":true,"
          + "\"protocol\":3,\"compress_mode\":\"off\"}\r\n";
  private static final int LEAVES = 0x88;

  private static byte[] request(String path, String more) {
    return ("GET "
            + path
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            + more
            + "\r\n")
        .getBytes(UTF_8);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] data(String text) {
    return RawWebSocket.frame(RawWebSocket.BINARY, true, false, text.getBytes(UTF_8));
  }

  private static byte[] close(int status, String text) {
    byte[] why = text.getBytes(UTF_8);
    ByteBuffer body = ByteBuffer.allocate(2 + why.length).putShort((short) status).put(why);
    return RawWebSocket.frame(8, true, false, body.array());
  }

  // What is sent behind CONNECT, by what is wrong or odd with it.
  private static Map<String, byte[]> frames() {
    Map<String, byte[]> frames = new LinkedHashMap<>();
    frames.put("nothing is wrong", data("PONG\r\n"));
    frames.put("a reserved bit", bytes(0xa2, 0x80, 0, 0, 0, 0));
    frames.put("no mask", bytes(0x82, 0x01, '+'));
    frames.put("compressed without agreement", bytes(0xc2, 0x80, 0, 0, 0, 0));
    frames.put("a continuation of nothing", bytes(0x80, 0x80, 0, 0, 0, 0));
    frames.put("an unknown opcode", bytes(0x83, 0x80, 0, 0, 0, 0));
    frames.put("a ping in parts", bytes(0x09, 0x80, 0, 0, 0, 0));
    frames.put("a long ping", bytes(0x89, 0xfe, 0, 200, 0, 0, 0, 0));
    frames.put("a negative length", bytes(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0));
    frames.put("a message within another", bytes(0x02, 0x80, 0, 0, 0, 0, 0x82, 0x80, 0, 0, 0, 0));
    frames.put("a close frame of one byte", bytes(LEAVES, 0x81, 0, 0, 0, 0, 1));
    frames.put("a close frame of a bad status", close(1005, ""));
    frames.put("a close frame", close(1000, "bye"));
    frames.put("an empty close frame", bytes(LEAVES, 0x80, 0, 0, 0, 0));
    frames.put("a ping", RawWebSocket.frame(9, true, false, "ping".getBytes(UTF_8)));
    frames.put("an unknown operation", data("NONSENSE\r\n"));
    frames.put("too large a payload", data("LMSG a 200000\r\n"));
    return frames;
  }

  private static Socket open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  // What comes, up to `last` or the end.
  private static List<String> heard(RawWebSocket leaf, String last) {
    List<String> heard = new ArrayList<>();
    try {
      while (heard.stream().noneMatch(last::equals)) {
        RawWebSocket.Frame frame = leaf.next();
        if (frame.opcode() == RawWebSocket.BINARY) {
          frame
              .text()
              .lines()
              .filter(line -> !line.startsWith("LS+ ") && !line.equals("PING"))
              .map(line -> line.startsWith("INFO ") ? "INFO" : line)
              .forEach(heard::add);
        } else if (frame.opcode() == 8 && frame.payload().length > 1) {
          int status = ByteBuffer.wrap(frame.payload()).getShort() & 0xffff;
          heard.add("close " + status + " " + frame.text().substring(2));
        } else {
          heard.add(frame.opcode() + " " + frame.text());
        }
      }
    } catch (EOFException | SocketException e) {
      heard.add("(closed)");
    } catch (IOException e) {
      heard.add(e.toString());
    }
    return heard;
  }

  private static String upgraded(int port, String path, String headers, String sent)
      throws IOException {
    try (RawWebSocket socket = new RawWebSocket(open(port))) {
      String answer = socket.upgrade(request(path, headers)).lines().findFirst().orElse("");
      if (!answer.contains("101")) {
        return answer;
      }
      // Behind the first INFO.
      List<String> seen = heard(socket, "INFO");
      if (seen.contains("INFO") && !sent.isEmpty()) {
        socket.send(data(sent));
        seen.addAll(heard(socket, "PONG"));
      }
      return answer + " " + seen;
    }
  }

  private static List<String> run(int port) throws IOException {
    List<String> seen = new ArrayList<>();
    String client = "CONNECT {\"lang\":\"java\",\"version\":\"1\"}\r\nPING\r\n";
    String leaf = CONNECT + "PING\r\n";
    for (String path : List.of("/leafnode", "/x/leafnode", "/leafnode?x=1", "/leafnode/", "/x")) {
      seen.add(path + " " + upgraded(port, path, "", ""));
    }
    seen.add("leaf node: " + upgraded(port, "/leafnode", "", leaf));
    seen.add("client: " + upgraded(port, "/leafnode", "", client));
    seen.add("leaf node at the clients' path: " + upgraded(port, "/", "", CONNECT + "LS+ x\r\n"));
    seen.add("origin: " + upgraded(port, "/leafnode", "Origin: http://bad.example\r\n", leaf));
    seen.add("origin: " + upgraded(port, "/leafnode", "Origin: http://good.example\r\n", leaf));
    seen.add("no CONNECT: " + upgraded(port, "/leafnode", "", "PING\r\n"));
    for (Map.Entry<String, byte[]> each : frames().entrySet()) {
      seen.add(each.getKey() + ": " + played(port, each.getValue()));
    }
    return seen;
  }

  private static List<String> keepSilent(int port) throws IOException {
    try (RawWebSocket silent = new RawWebSocket(open(port))) {
      silent.upgrade(request("/leafnode", ""));
      return heard(silent, "never");
    }
  }

  private static List<String> played(int port, byte[] frame) throws IOException {
    try (RawWebSocket socket = new RawWebSocket(open(port))) {
      socket.upgrade(request("/leafnode", ""));
      heard(socket, "INFO");
      socket.send(data(CONNECT + "PING\r\n"));
      heard(socket, "PONG");
      socket.send(frame);
      try {
        socket.send(data("PING\r\n"));
      } catch (SocketException e) {
        // It has ended already.
      }
      List<String> heard = heard(socket, "PONG");
      // What nats-server says of broken frames and operations, it does not wait for to be sent.
      heard.removeIf(line -> line.startsWith("close 1002") || line.startsWith("-ERR 'Unknown"));
      return heard;
    }
  }

  private static String config(int port, String timeout) {
    return """
        max_payload: 100000
        leafnodes { listen: "127.0.0.1:-1", authorization { timeout: %s } }
        websocket {
          listen: "127.0.0.1:%d", no_tls: true, allowed_origins: ["http://good.example"]
        }
        """
        .formatted(timeout, port);
  }

  @Test
  void hearTheSame() throws Exception {
    int port = freePort();
    startReal("hub", config(port, "30"));
    NatsServer ours = start("ours", config(-1, "30"));
    List<String> expected = run(port);
    assertThat(run(ours.webSocketPort())).containsExactlyElementsOf(expected);
  }

  @Test
  void hearThatTheyHaveBeenSilentForTooLong() throws Exception {
    int port = freePort();
    startReal("hub", config(port, "0.8"));
    NatsServer ours = start("ours", config(-1, "0.8"));
    assertThat(keepSilent(ours.webSocketPort())).isEqualTo(keepSilent(port));
  }

  @Test
  void nobodyIsServedWhereThereIsNoPortForLeafNodes() throws Exception {
    String config = "websocket { listen: \"127.0.0.1:%d\", no_tls: true }\n";
    int port = freePort();
    startReal("hub", config.formatted(port));
    NatsServer ours = start("ours", config.formatted(-1));
    String expected = upgraded(port, "/leafnode", "", "");
    assertThat(upgraded(ours.webSocketPort(), "/leafnode", "", "")).isEqualTo(expected);
    assertThat(expected).contains("101").contains("(closed)");
  }
}
