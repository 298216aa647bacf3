package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sends the same bytes to the real nats-server and to ours, which must give the same answers. */
final class WireTranscriptTest {
  private static final String CONNECT =
      "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,"
          + "\"protocol\":1,\"echo\":true,\"lang\":\"test\",\"version\":\"1\"}\r\n";
  private static final String QUIET = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";
  // The mark at the end of a session; its answer also shows that the connection is still open.
  private static final String END = "SUB zz.end 9999\r\nPUB zz.end 3\r\nEND\r\n";
  private static final String END_ANSWER = "MSG zz.end 9999 3\r\nEND\r\n";
  // At a pause, the session waits until the server has answered everything so far.
  static final String PAUSE = "(pause)";
  private static final Pattern INFO = Pattern.compile("INFO \\{[^\r]*}");

  @TempDir static Path directory;
  private static NatsServerProcess real;
  private static NatsServer ours;

  @BeforeAll
  static void start() throws IOException {
    real = NatsServerProcess.start(directory);
    ours = NatsServer.start(NatsOptions.builder().port(0).build());
  }

  @AfterAll
  static void stop() {
    if (ours != null) {
      ours.close();
      real.close();
    }
  }

  static List<String> sessions() {
    List<String> sessions = new ArrayList<>();
    // The beginning of a connection.
    sessions.add("");
    sessions.add("PING\r\n");
    sessions.add("PING\r\n" + CONNECT + "PING\r\nPING\r\n");
    sessions.add(CONNECT + "PING\r\n");
    sessions.add("CONNECT {}\r\nPING\r\n");
    sessions.add("connect {\"verbose\":false}\r\nping\r\n");
    sessions.add("CONNECT{\"verbose\":false}\r\nPING\r\n");
    sessions.add("CONNECT {\"verbose\":true}\r\nSUB a 1\r\nPUB a 1\r\nx\r\nUNSUB 1\r\nPING\r\n");
    sessions.add("CONNECT {\"verbose\":true,\"pedantic\":true}\r\nSUB a..b 1\r\nPUB a.* 0\r\n\r\n");
    sessions.add("CONNECT {\"verbose\":false,\"pedantic\":true}\r\nPUB a..b 2\r\nhi\r\n");
    sessions.add("CONNECT {\"verbose\":false,\"echo\":false}\r\nSUB a 1\r\nPUB a 1\r\nx\r\n");
    sessions.add("CONNECT {\"protocol\":7}\r\n");
    sessions.add("CONNECT {\"protocol\":-1}\r\n");
    sessions.add("CONNECT {\"no_responders\":true}\r\n");
    sessions.add("CONNECT {\"no_responders\":true,\"headers\":false}\r\n");
    sessions.add("CONNECT {\"account\":\"A\"}\r\n");
    sessions.add("CONNECT {\"verbose\":false,\"new_account\":true}\r\n");
    sessions.add("CONNECT {\"user\":\"a\",\"pass\":\"b\",\"verbose\":false}\r\nPING\r\n");
    sessions.add("CONNECT {bad}\r\nPING\r\n");
    sessions.add("CONNECT\r\nPING\r\n");
    sessions.add("CONNECT {\"verbose\":1}\r\n");
    sessions.add("CONNECT []\r\n");
    sessions.add(CONNECT + "SUB a 1\r\n" + CONNECT + "PUB a 1\r\nx\r\nPING\r\n");
    // Without CONNECT.
    sessions.add("SUB a 1\r\nPUB a 2\r\nhi\r\n");
    sessions.add("PUB a 2\r\nhi\r\nPING\r\n");
    sessions.add("HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n");
    // Subscriptions.
    sessions.add(QUIET + "SUB a.* 1\r\nSUB a.> 2\r\nSUB > 3\r\nPUB b.c 0\r\n\r\nUNSUB 3\r\n");
    sessions.add(QUIET + "SUB a g 1\r\nPUB a r 3\r\nabc\r\n");
    sessions.add(QUIET + "SUB  a\t 1 \r\nPUB\ta  1\r\nx\r\n");
    sessions.add(QUIET + "sub a 1\npub a 1\nx\r\n");
    sessions.add(QUIET + "SUB a 1\r\nSUB b 1\r\nPUB b 1\r\nx\r\nPUB a 1\r\ny\r\n");
    sessions.add(
        QUIET + "SUB a 1\r\nUNSUB 1 2\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\n");
    sessions.add(QUIET + "SUB a 1\r\nPUB a 1\r\n1\r\nUNSUB 1 1\r\nPUB a 1\r\n2\r\n");
    sessions.add(QUIET + "SUB a 1\r\nUNSUB 1 0\r\nPUB a 1\r\n2\r\n");
    sessions.add(QUIET + "SUB a 1\r\nUNSUB 1 x\r\nPUB a 1\r\n2\r\n");
    sessions.add(QUIET + "UNSUB 77\r\n");
    sessions.add(QUIET + "UNSUB\r\n");
    sessions.add(QUIET + "UNSUB 1 2 3\r\n");
    sessions.add(QUIET + "SUB\r\n");
    sessions.add(QUIET + "SUB a\r\n");
    sessions.add(QUIET + "SUB a b c d\r\n");
    sessions.add(QUIET + "SUB a. 1\r\nSUB .a 2\r\nSUB a..b 3\r\nSUB a.>.b 4\r\nSUB foo* 5\r\n");
    sessions.add(QUIET + "SUB foo* 5\r\nPUB foo* 1\r\nx\r\nPUB foobar 1\r\ny\r\n");
    sessions.add(QUIET + "SUB a.* 5\r\nPUB a.* 1\r\nx\r\nPUB a.> 1\r\ny\r\n");
    sessions.add(
        QUIET + "SUB > 5\r\nPUB a..b 1\r\nx\r\nPUB a. 1\r\ny\r\nPUB .a 1\r\nz\r\nUNSUB 5\r\n");
    sessions.add(QUIET + "SUB \u00e4.\u20ac 1\r\nPUB \u00e4.\u20ac 1\r\nx\r\n");
    // Publishing.
    sessions.add(QUIET + "PUB\r\n");
    sessions.add(QUIET + "PUB a\r\n");
    sessions.add(QUIET + "PUB a b c 1\r\nx\r\n");
    sessions.add(QUIET + "PUB a -1\r\n");
    sessions.add(QUIET + "PUB a x\r\n");
    sessions.add(QUIET + "PUB a 1234567890\r\n");
    sessions.add(QUIET + "PUB a 1\r\nxy\r\n");
    sessions.add(QUIET + "PUB a 2\r\nx\r\nPING\r\n");
    sessions.add(QUIET + "PUB a 1\r\nx\ry");
    sessions.add(QUIET + "SUB a 1\r\nPUB a 0\r\n\r\n");
    sessions.add(QUIET + "PUB a 1048577\r\n");
    sessions.add(QUIET + "SUB a 1\r\nPUB a 2000000\r\nxxx");
    sessions.add(QUIET + "SUB a 1\r\nPUB a $JS.ACK.x.y 1\r\nx\r\nPUB a _R_.xx 1\r\nx\r\n");
    sessions.add(QUIET + "SUB a 1\r\nPUB a _GR_.xx 1\r\nx\r\nPUB _GR_.x 1\r\nx\r\n");
    sessions.add(QUIET + "PUB $NRG.P.x 1\r\nx\r\n");
    // Headers.
    sessions.add(
        CONNECT
            + "SUB h 1\r\nHPUB h 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\nHPUB h r 12 12\r\n"
            + "NATS/1.0\r\n\r\n\r\n");
    sessions.add(QUIET + "HPUB h 12 14\r\nNATS/1.0\r\n\r\nhi\r\n");
    sessions.add(CONNECT + "HPUB h 20 14\r\nNATS/1.0\r\n\r\nhi\r\n");
    sessions.add(CONNECT + "HPUB h 14\r\n");
    sessions.add(CONNECT + "HPUB h x 14\r\n");
    sessions.add(CONNECT + "HPUB h 12 x\r\n");
    sessions.add(CONNECT + "SUB h 1\r\nHPUB h 0 2\r\nhi\r\n");
    sessions.add(CONNECT + "SUB h 1\r\nHPUB h 3 5\r\nabchi\r\n");
    sessions.add(CONNECT + "SUB h 1\r\nHPUB h 12 2000000\r\n");
    // No responders.
    sessions.add(CONNECT + "SUB inbox.* 1\r\nPUB nobody inbox.7 2\r\nhi\r\n");
    sessions.add(CONNECT + "SUB inbox.* q 1\r\nPUB nobody inbox.7 2\r\nhi\r\n");
    sessions.add(CONNECT + "PUB nobody inbox.7 2\r\nhi\r\n");
    sessions.add(CONNECT + "SUB inbox.* 1\r\nUNSUB 1 1\r\nPUB nobody inbox.7 2\r\nhi\r\n");
    sessions.add(QUIET + "SUB inbox.* 1\r\nPUB nobody inbox.7 2\r\nhi\r\n");
    // Bytes outside the protocol.
    sessions.add("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    sessions.add(QUIET + "FOO\r\n");
    sessions.add(QUIET + "X");
    sessions.add(QUIET + "PUX");
    sessions.add(QUIET + "PINGPONG\r\n");
    sessions.add(QUIET + "PING a b\r\n");
    sessions.add(QUIET + "PONG\r\nPING\r\n");
    sessions.add(QUIET + "\r\n");
    sessions.add(QUIET + " PING\r\n");
    sessions.add(QUIET + "MSG a 1 1\r\nx\r\n");
    sessions.add(QUIET + "+OK\r\nPING\r\n");
    sessions.add(QUIET + "-ERR 'x'\r\nPING\r\n");
    sessions.add(QUIET + "-ERR\r\n");
    sessions.add(QUIET + "INFO {}\r\nPING\r\n");
    sessions.add(QUIET + "INFO x\r\nPING\r\n");
    sessions.add(QUIET + "RS+ a b\r\n");
    sessions.add(QUIET + "A+ a\r\n");
    sessions.add(QUIET + "LS+ a\r\n");
    // Lines that are too long.
    sessions.add(QUIET + "SUB " + "a".repeat(4095) + " 1\r\n");
    sessions.add(QUIET + "SUB " + "a".repeat(4094) + " 1\r\n");
    sessions.add(QUIET + "PUB " + "a".repeat(5000));
    sessions.add("CONNECT {\"name\":\"" + "a".repeat(5000) + "\"}\r\n");
    return sessions;
  }

  @ParameterizedTest
  @MethodSource("sessions")
  void answersAlike(String session) throws IOException {
    assertThat(converse(ours.port(), session, END, END_ANSWER))
        .isEqualTo(converse(real.port(), session, END, END_ANSWER));
  }

  // A server that closes without reading all input resets the connection; this counts as its end,
  // too.
  static String converse(int port, String session, String end, String endAnswer)
      throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    boolean ended = false;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(1500);
      InputStream in = socket.getInputStream();
      while (!answer.toString(StandardCharsets.UTF_8).endsWith("\r\n")) {
        answer.write(in.read());
      }
      try {
        int from = 0;
        for (int to = session.indexOf(PAUSE); to >= 0; to = session.indexOf(PAUSE, from)) {
          String part = session.substring(from, to) + "PING\r\n";
          socket.getOutputStream().write(part.getBytes(StandardCharsets.UTF_8));
          int seen = answer.size();
          while (!answer.toString(StandardCharsets.UTF_8).substring(seen).contains("PONG\r\n")) {
            answer.write(in.read());
          }
          from = to + PAUSE.length();
        }
        String rest = session.substring(from) + end;
        socket.getOutputStream().write(rest.getBytes(StandardCharsets.UTF_8));
        while (!answer.toString(StandardCharsets.UTF_8).endsWith(endAnswer)) {
          int next = in.read();
          if (next < 0) {
            ended = true;
            break;
          }
          answer.write(next);
        }
      } catch (SocketException e) {
        ended = true;
      } catch (java.net.SocketTimeoutException e) {
        answer.writeBytes("(silence)".getBytes(StandardCharsets.US_ASCII));
      }
    }
    // The server sends its first ping after two seconds; on a slow machine, a session may take that
    // long.
    String said = answer.toString(StandardCharsets.UTF_8).replaceAll("(?m)^PING\\r\\n", "");
    String text = said + (ended ? "(closed)" : "");
    return INFO.matcher(text)
        .replaceAll(
            match -> match.group().contains("connect_info") ? "INFO {connect_info}" : "INFO {...}");
  }

  @Test
  @ComparedWithNatsServer
  void tellsTheSameFieldsInInfo() throws IOException {
    Map<String, Object> expected = info(real.port());
    Map<String, Object> actual = info(ours.port());
    // Fields that some builds of nats-server send and this server does not.
    expected.remove("git_commit");
    for (String differs : List.of("server_id", "server_name", "go", "port", "client_id", "xkey")) {
      expected.computeIfPresent(differs, (name, value) -> value.getClass().getSimpleName());
      actual.computeIfPresent(differs, (name, value) -> value.getClass().getSimpleName());
    }
    assertThat(actual).isEqualTo(expected);
  }

  private static Map<String, Object> info(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write((CONNECT + "PING\r\n").getBytes(StandardCharsets.UTF_8));
      InputStream in = socket.getInputStream();
      StringBuilder text = new StringBuilder();
      while (!text.toString().contains("connect_info") || text.charAt(text.length() - 1) != '\n') {
        text.append((char) in.read());
      }
      int start = text.lastIndexOf("INFO ") + 5;
      dev.hubkit.json.JsonObject json =
          dev.hubkit.json.Json.parseObject(text.substring(start).strip());
      Map<String, Object> fields = new TreeMap<>();
      for (String name : json.names()) {
        fields.put(name, json.get(name));
      }
      return fields;
    }
  }
}
