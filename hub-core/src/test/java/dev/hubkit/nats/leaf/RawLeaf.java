package dev.hubkit.nats.leaf;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A leaf node that says what a test has it say, and shows what the hub answers. */
final class RawLeaf implements AutoCloseable {
  // What differs from one server, connection or run to the other.
  private static final Set<String> OWN =
      Set.of(
          "server_id",
          "server_name",
          "version",
          "go",
          "host",
          "port",
          "ip",
          "client_id",
          "nonce",
          "api_lvl",
          "leafnode_urls",
          "git_commit",
          "compression",
          "xkey");

  private Socket socket;
  private BufferedReader in;
  private final String nonce;

  RawLeaf(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) LeafServers.PATIENCE.toMillis());
    in = reader(socket);
    String info = in.readLine();
    nonce = Json.parseObject(info.substring("INFO ".length()).getBytes(UTF_8)).string("nonce", "");
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
  }

  /** Makes the TLS handshake. */
  RawLeaf secure(SSLContext context) throws IOException {
    SSLSocket secured =
        (SSLSocket)
            context.getSocketFactory().createSocket(socket, "127.0.0.1", socket.getPort(), true);
    secured.startHandshake();
    socket = secured;
    in = reader(secured);
    return this;
  }

  /** Returns what it is to sign. */
  String nonce() {
    return nonce;
  }

  /** Sends CONNECT with fields besides those that each leaf node sends. */
  RawLeaf connect(String name, String fields) throws IOException {
    return send(
        "CONNECT {\"version\":\"2.15.3\",\"name\":\""
            + name
            + "\",\"server_id\":\"N"
            + name
            + "\",\"headers\":true,\"protocol\":3,\"compress_mode\":\"off\""
            + (fields.isEmpty() ? "" : "," + fields)
            + "}");
  }

  /** Sends lines of the protocol, separated by line feeds. */
  RawLeaf send(String lines) throws IOException {
    socket.getOutputStream().write((lines.replace("\n", "\r\n") + "\r\n").getBytes(UTF_8));
    return this;
  }

  /** Returns the lines up to the first that fits, or to the end of the connection. */
  List<String> until(Predicate<String> last) throws IOException {
    List<String> lines = new ArrayList<>();
    SortedSet<String> wanted = new TreeSet<>();
    String line;
    do {
      line = in.readLine();
      if (line == null) {
        lines.addAll(wanted);
        lines.add("(closed)");
        return lines;
      }
      // It pings when it likes.
      if (line.equals("PING")) {
        send("PONG");
      } else if (line.startsWith("LS+")) {
        // In any order.
        wanted.add(line.startsWith("LS+ $LDS.") ? "LS+ $LDS" : line);
      } else if (!line.startsWith("LS- $SYS.")) {
        // What the hub takes back of itself when a token changes says nothing of the leaf node.
        lines.add(line.startsWith("INFO ") ? info(line) : line);
      }
    } while (!last.test(line));
    lines.addAll(wanted);
    return lines;
  }

  /** Returns what the hub has said until it has handled all that was sent, or has closed. */
  List<String> answers() throws IOException {
    send("PING");
    return until("PONG"::equals);
  }

  /** Returns what the hub says until it closes the connection, which it is about to. */
  List<String> rest() throws IOException {
    return until(line -> false);
  }

  private static String info(String line) {
    JsonObject info = Json.parseObject(line.substring("INFO ".length()).getBytes(UTF_8));
    JsonWriter json = JsonWriter.compact().beginObject();
    for (String name : info.names().stream().sorted().toList()) {
      if (!OWN.contains(name)) {
        json.any(name, info.get(name));
      }
    }
    return "INFO " + new String(json.endObject().toBytes(), UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
