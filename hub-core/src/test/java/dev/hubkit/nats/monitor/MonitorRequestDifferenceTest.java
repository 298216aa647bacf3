package dev.hubkit.nats.monitor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sends the monitoring port requests of all forms, odd ones too, and expects the status, the
 * headers and the complaints of the real nats-server.
 */
@ComparedWithNatsServer
class MonitorRequestDifferenceTest {
  private static final int PATIENCE_MILLIS = 20_000;
  private static final int LARGE = 2_000_000;

  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO", "get", "TRACE");

  private static final List<String> TARGETS =
      List.of(
          "/",
          "//",
          "//healthz",
          "///varz",
          "/./varz",
          "/a/../varz",
          "/varz/.",
          "/varz//?a=b&c",
          "/foo//bar",
          "/%76arz",
          "/varz/",
          "/healthz/",
          "/varz?",
          "/varz#x",
          "/HEALTHZ",
          "/favicon.ico",
          "http://x/varz",
          "/varz?callback=f",
          "/healthz?callback=f",
          "/connz?a=%zz",
          "/connz?state=closed;x=1",
          "/connz?state=OPEN",
          "/connz?state=1",
          "/connz?state=zz&sort=zz",
          "/connz?subs=DETAIL",
          "/connz?filter_subject=a",
          "/connz?cid=18446744073709551615",
          "/connz?sort=stop",
          "/connz?sort=reason&state=all",
          "/connz?acc=nobody",
          "/connz?mqtt_client=x&state=all",
          "/routez?subs=Detail",
          "/routez?subs=x",
          "/subscriptionsz",
          "/subsz?subs=detail",
          "/subsz?subs=x&test=*",
          "/subsz?test=*",
          "/subsz?acc=nobody",
          "/accountz/",
          "/accountz?acc=nobody",
          "/accstatz?unused=x",
          "/ipqueuesz",
          "/ipqueuesz?all=x",
          "/ipqueuesz?all=1&queues=none",
          "/raftz",
          "/raftz?acc=A",
          "/debug/vars/",
          "/debug/pprof/",
          "/expvarz",
          "/leafz?subs=x",
          "/gatewayz",
          "/gatewayz?accs=x",
          "/gatewayz?subs=x&accs=x",
          "/gatewayz?gw_name=a",
          "/healthz?leaf-remotes-connected=1",
          "/healthz?leaf-remotes-connected=x&details=x",
          "/healthz?details=x&js-enabled=y",
          "/jsz?limit=x",
          "/jsz?raft=x&offset=y",
          "/jsz?offset=9223372036854775807",
          "/jsz?acc=nobody&streams=1",
          "/jsz?stream-leader-only=x",
          "/jsz?direct-consumers=x");

  @TempDir private Path directory;

  private static String request(String line, String... headers) {
    return line
        + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        + String.join("", headers)
        + "\r\n";
  }

  private static Map<String, String> requests() {
    Map<String, String> requests = new LinkedHashMap<>();
    for (String method : METHODS) {
      requests.put(method, request(method + " /varz", "Content-Length: 0\r\n"));
      requests.put(method + " redirected", request(method + " //varz", "Content-Length: 0\r\n"));
    }
    for (String target : TARGETS) {
      requests.put(target, request("GET " + target));
    }
    requests.put("many headers", request("GET /varz", "X-A: b\r\n".repeat(20_000)));
    requests.put("a large header", request("GET /varz", "X-A: " + "a".repeat(LARGE) + "\r\n"));
    requests.put("a large target", request("GET /varz?" + "a".repeat(LARGE)));
    requests.put("no host", "GET /varz HTTP/1.1\r\n\r\n");
    requests.put("HTTP/2.0", "GET /varz HTTP/2.0\r\nHost: x\r\n\r\n");
    requests.put("no request", "garbage\r\n\r\n");
    requests.put("a body", request("POST /varz", "Content-Length: 5\r\n") + "hello");
    return requests;
  }

  private static String ask(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      try {
        OutputStream out = socket.getOutputStream();
        out.write(request.getBytes(ISO_8859_1));
        out.flush();
      } catch (IOException e) {
        // It has answered before it has read everything.
        assertThat(request.length()).isGreaterThan(LARGE);
      }
      return essence(new String(socket.getInputStream().readAllBytes(), ISO_8859_1));
    }
  }

  private static String essence(String answer) {
    int end = answer.indexOf("\r\n\r\n");
    String[] lines = answer.substring(0, Math.max(0, end)).split("\r\n", -1);
    TreeSet<String> headers = new TreeSet<>();
    for (int i = 1; i < lines.length; i++) {
      String header = lines[i].toLowerCase(Locale.ROOT);
      if (!header.matches("(date|content-length|transfer-encoding): .*")) {
        headers.add(header);
      }
    }
    String body = answer.substring(end + 4);
    boolean isReport = body.contains("server_id") || body.contains("<html");
    return lines[0] + " " + headers + " " + (isReport ? "(report)" : body.strip());
  }

  private static List<String> hear(int port) throws IOException {
    List<String> heard = new ArrayList<>();
    for (Map.Entry<String, String> request : requests().entrySet()) {
      heard.add(request.getKey() + ": " + ask(port, request.getValue()));
    }
    return heard;
  }

  private void compare(String basePath, String base) throws IOException {
    Path store = directory.resolve("base" + base.length());
    String config = "http: \"127.0.0.1:-1\"\n" + basePath;
    try (PeerServers servers = PeerServers.start(store, config)) {
      if (base.isEmpty()) {
        assertThat(hear(servers.ours().monitorPort()))
            .containsExactlyElementsOf(hear(servers.real().monitorPort()));
      }
      for (String target :
          List.of("/", "/varz", base, base + "/", base + "/varz", base + "//varz")) {
        String request = request("GET " + (target.isEmpty() ? "/" : target));
        assertThat(ask(servers.ours().monitorPort(), request))
            .as(target)
            .isEqualTo(ask(servers.real().monitorPort(), request));
      }
    }
  }

  @Test
  void answersRequestsAsTheRealServer() throws IOException {
    compare("", "");
  }

  @Test
  void answersBelowABasePathAsTheRealServer() throws IOException {
    compare("http_base_path: \"/nats/x\"\n", "/nats/x");
  }
}
