package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares what single options of the configuration change for clients with the real nats-server.
 */
class ServerOptionsDifferenceTest {
  @TempDir Path directory;

  /**
   * Returns everything that a server answers, until it closes the connection or has answered a PING
   * after everything else.
   */
  private static String answers(int port, String sent) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      send(socket, sent + "PING\r\n");
      InputStream in = socket.getInputStream();
      StringBuilder text = new StringBuilder();
      while (!text.toString().endsWith("PONG\r\n")) {
        int next = in.read();
        if (next < 0) {
          return text + "(closed)";
        }
        text.append((char) next);
      }
      return text.toString();
    }
  }

  private static String tail(String answers) {
    return answers.substring(answers.indexOf("\r\n") + 2);
  }

  @Test
  void knowsNoHeadersWhereTheyAreTurnedOff() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, "no_header_support: true\n")) {
      for (String sent :
          new String[] {
            "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\n",
            "CONNECT {\"verbose\":false,\"headers\":true}\r\nHPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n",
            "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB a 1\r\nPUB a 1\r\nx\r\n"
          }) {
        String real = answers(servers.real().port(), sent);
        String ours = answers(servers.ours().port(), sent);
        assertThat(real).contains("\"headers\":false");
        assertThat(ours).contains("\"headers\":false");
        assertThat(tail(ours)).as(sent).isEqualTo(tail(real));
      }
    }
  }

  @Test
  void leavesTheApiToAnAccountThatImportsSomeOfIt() throws Exception {
    String config =
        """
        jetstream { store_dir: "$STORE" }
        accounts {
          JS {
            jetstream: enabled
            users: [{user: js, password: js}]
            exports: [{service: "$JS.API.INFO"}]
          }
          U {
            users: [{user: u, password: u}]
            imports: [{service: {account: JS, subject: "$JS.API.INFO"}}]
          }
          V { users: [{user: v, password: v}] }
        }
        """;
    try (PeerServers servers = PeerServers.start(directory, config)) {
      List<String> real = ask(servers.real().port(), "u");
      assertThat(real.toString()).contains("NATS/1.0 503");
      assertThat(ask(servers.ours().port(), "u")).isEqualTo(real);
      List<String> refused = ask(servers.real().port(), "v");
      assertThat(refused).hasSize(2).allMatch(it -> it.contains("not enabled for account"));
      assertThat(ask(servers.ours().port(), "v")).isEqualTo(refused);
    }
  }

  /** Returns the answers to two requests to the API, in any order. */
  private static List<String> ask(int port, String user) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      send(
          socket,
          "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true,\"user\":\""
              + user
              + "\",\"pass\":\""
              + user
              + "\"}\r\nSUB in 1\r\n"
              + "PUB $JS.API.STREAM.INFO.S in 0\r\n\r\nPUB $JS.API.INFO in 0\r\n\r\n");
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      List<String> answers = new ArrayList<>();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("{") || line.startsWith("NATS/1.0")) {
          // The test does not compare the account information that follows.
          answers.add(line.replaceFirst("\"memory\":.*", "..."));
          if (answers.size() == 2) {
            // A surplus answer would come before this message.
            send(socket, "PUB in 3\r\nend\r\n");
          }
        } else if (line.equals("end")) {
          Collections.sort(answers);
          return answers;
        }
      }
      throw new EOFException("closed after " + answers);
    }
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
  }
}
