package dev.hubkit.nats.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares what a server makes of the header of a proxy with the real nats-server. */
@ComparedWithNatsServer
class ProxyProtocolDifferenceTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final String CONNECT =
      "CONNECT {\"verbose\":false,\"protocol\":1,\"name\":\"n\"}\r\nPING\r\nPUB a 1\r\nx\r\nPING\r\n";
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Pattern CLIENT_IP = Pattern.compile("\"client_ip\":\"([^\"]*)\"");

  @TempDir Path directory;

  private static Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("none", "");
    for (String line :
        List.of(
            "PROXY TCP4 192.0.2.1 198.51.100.1 4000 4222\r\n",
            "PROXY  TCP4\t192.0.2.1 198.51.100.1 4000 4222 \r\n",
            "PROXY TCP6 2001:db8::1 2001:db8::2 4000 4222\r\n",
            "PROXY TCP6 ::ffff:192.0.2.1 ::1 4000 4222\r\n",
            "PROXY UNKNOWN\r\n",
            "PROXY UNKNOWN some thing else 1 2 3\r\n",
            "PROXY \r\n",
            "PROXY TCP4\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 4000\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 4000 4222 5\r\n",
            "PROXY TCP4 192.0.2 198.51.100.1 4000 4222\r\n",
            "PROXY TCP4 192.0.2.01 198.51.100.1 4000 4222\r\n",
            "PROXY TCP4 192.0.2.256 198.51.100.1 4000 4222\r\n",
            "PROXY TCP4 localhost 198.51.100.1 4000 4222\r\n",
            "PROXY TCP4 ::1 198.51.100.1 4000 4222\r\n",
            "PROXY TCP6 192.0.2.1 ::1 4000 4222\r\n",
            "PROXY TCP6 ::1 1::2::3 4000 4222\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 65535 0\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 65536 4222\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 -1 4222\r\n",
            "PROXY TCP4 192.0.2.1 198.51.100.1 4000 +1\r\n",
            "PROXY UDP4 192.0.2.1 198.51.100.1 4000 4222\r\n",
            "PROXY UNKNOWN " + "x".repeat(91) + "\r\n",
            "PROXY UNKNOWN " + "x".repeat(92) + "\r\n",
            "PROXY UNKNOWN " + "x".repeat(200) + "\r\n",
            "proxy UNKNOWN\r\n",
            "PROXZ UNKNOWN\r\n",
            "PING\r\n")) {
      headers.put(line, line);
    }
    for (String hex :
        List.of(
            "2111000cc0000201c63364010fa0107e", // TCP over IPv4
            "21110010c0000201c63364010fa0107e04000100", // with more behind it
            "2121002420010db8000000000000000000000001"
                + "20010db80000000000000000000000020fa0107e", // TCP over IPv6
            "20000000", // LOCAL
            "20110003aabbcc", // LOCAL with something
            "21010002aabb", // unspecified family
            "21000000", // unspecified protocol
            "2112000cc0000201c63364010fa0107e", // UDP
            "21310000", // Unix
            "2111000bc0000201c63364010fa010", // too short
            "21210023" + "00".repeat(35),
            "2211000cc0000201c63364010fa0107e", // unknown command
            "1111000cc0000201c63364010fa0107e", // unknown version
            "31110000")) {
      headers.put(hex, text(SIGNATURE + hex));
    }
    headers.put("wrong signature", text("0d0a0d0a000d0a515549540b") + "more");
    return headers;
  }

  private static String text(String hex) {
    return new String(HexFormat.of().parseHex(hex), ISO_8859_1);
  }

  @Test
  void servesThoseWhomAProxyTellsOf() throws Exception {
    try (PeerServers servers =
        PeerServers.start(directory, "proxy_protocol: true\nhttp: \"127.0.0.1:-1\"\n")) {
      Map<String, String> real = new LinkedHashMap<>();
      Map<String, String> ours = new LinkedHashMap<>();
      for (Map.Entry<String, String> header : headers().entrySet()) {
        real.put(
            header.getKey(),
            served(servers.real().port(), servers.real().monitorPort(), header.getValue()));
        ours.put(
            header.getKey(),
            served(servers.ours().port(), servers.ours().monitorPort(), header.getValue()));
      }

      assertThat(ours).isEqualTo(real);
      assertThat(real.get("PROXY TCP4 192.0.2.1 198.51.100.1 4000 4222\r\n"))
          .isEqualTo("null, 192.0.2.1, 192.0.2.1:4000 Client Closed 1");
      assertThat(real.get("20000000")).contains("127.0.0.1");
      assertThat(real.get("PROXY TCP4\r\n")).contains("Protocol Violation");
    }
  }

  /**
   * Returns the address that INFO tells before and after CONNECT, and what {@code /connz} tells of
   * the connection when it is closed. The header comes in two pieces.
   */
  private static String served(int port, int monitor, String header) throws Exception {
    StringBuilder seen = new StringBuilder();
    long before = latestClosed(monitor).map(each -> each.integer("cid", 0)).orElse(0L);
    int local = 0;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.setTcpNoDelay(true);
      local = socket.getLocalPort();
      InputStream in = socket.getInputStream();
      seen.append(address(line(in))).append(", ");
      int half = header.length() / 2;
      send(socket, header.substring(0, half));
      send(socket, header.substring(half) + CONNECT);
      String last = "";
      String said = "";
      while (!last.contains("connect_info") && !said.equals("end")) {
        said = line(in);
        last += said;
      }
      seen.append(last.contains("connect_info") ? address(last) : "closed").append(", ");
    } catch (IOException e) {
      // The server has reset the connection with something of it unread.
      seen.append("closed, ");
    }
    return seen + closed(monitor, before).replace(":" + local + " ", ":same ");
  }

  private static String address(String info) {
    Matcher matcher = CLIENT_IP.matcher(info);
    String found = "null";
    while (matcher.find()) {
      found = matcher.group(1);
    }
    return found.equals("null") ? found : plain(found);
  }

  private static String plain(String address) {
    try {
      return InetAddress.getByName(address).getHostAddress();
    } catch (IOException e) {
      throw new IllegalArgumentException(address, e);
    }
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int next = in.read();
    while (next >= 0 && next != '\n') {
      line.append((char) next);
      next = in.read();
    }
    return next < 0 ? "end" : line.toString().strip();
  }

  private static Optional<JsonObject> latestClosed(int monitor) throws Exception {
    return connz(monitor, "closed&sort=stop").objects("connections").stream()
        .max(Comparator.comparingLong(each -> each.integer("cid", 0)));
  }

  // Tells of the connection that has been closed after the one of an id.
  private static String closed(int monitor, long before) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(5))
        .until(
            () ->
                latestClosed(monitor)
                    .filter(each -> each.integer("cid", 0) > before)
                    .map(ProxyProtocolDifferenceTest::described),
            Optional::isPresent)
        .orElseThrow();
  }

  private static String described(JsonObject latest) {
    String reason = latest.string("reason", "");
    // A broken connection and a closed one look alike here.
    return plain(latest.string("ip", ""))
        + ":"
        + latest.integer("port", 0)
        + " "
        + (reason.equals("Read Error") ? "Client Closed" : reason)
        + " "
        + latest.integer("in_msgs", 0);
  }

  private static JsonObject connz(int monitor, String query) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + monitor + "/connz?limit=500&state=" + query))
            .build();
    return Json.parseObject(HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray()).body());
  }
}
