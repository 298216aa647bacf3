package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares how clients come in where TLS can be first or left out, also behind a proxy. */
@ComparedWithNatsServer
class TlsFirstDifferenceTest {
  private static final String CONNECT = "CONNECT {\"verbose\":false}\r\nPING\r\n";
  private static final String HEADER = "PROXY TCP4 192.0.2.1 198.51.100.1 4000 4222\r\n";

  @TempDir Path directory;

  private static Socket open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** Returns the first words of the lines that come until PONG or the end. */
  private static String heard(Socket socket) {
    List<String> words = new ArrayList<>();
    try {
      InputStream in = socket.getInputStream();
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next == '\n') {
          words.add(line.toString().strip().split(" ", 2)[0]);
          line.setLength(0);
          if (words.contains("PONG")) {
            return words.toString();
          }
        } else {
          line.append((char) next);
        }
      }
      if (line.length() > 0) {
        words.add(line.length() + " bytes");
      }
    } catch (IOException e) {
      // The server has reset the connection with something of it unread: an end, too.
    }
    words.add("end");
    return words.toString();
  }

  private static String talk(int port, String first) throws IOException {
    try (Socket socket = open(port)) {
      socket.getOutputStream().write((first + CONNECT).getBytes(ISO_8859_1));
      return heard(socket);
    }
  }

  private static String shakeHands(int port, String first, TestCertificate trusted)
      throws Exception {
    try (Socket socket = open(port)) {
      socket.getOutputStream().write(first.getBytes(ISO_8859_1));
      SSLSocket secured =
          (SSLSocket)
              trusted
                  .trusting(trusted)
                  .getSocketFactory()
                  .createSocket(socket, "localhost", port, false);
      try {
        secured.startHandshake();
      } catch (IOException e) {
        return "no handshake";
      }
      secured.getOutputStream().write(CONNECT.getBytes(ISO_8859_1));
      return heard(secured) + " " + secured.getSession().getCipherSuite();
    }
  }

  private static List<String> connect(int port, TestCertificate trusted) throws Exception {
    return List.of(
        "talks first: " + talk(port, ""),
        "talks behind a proxy: " + talk(port, HEADER),
        "begins with the handshake: " + shakeHands(port, "", trusted),
        "does so behind a proxy: " + shakeHands(port, HEADER, trusted),
        "behind a broken header: " + shakeHands(port, "PROXY x\r\n", trusted));
  }

  @Test
  void letsInThoseWhomNatsServerLetsIn() throws Exception {
    TestCertificate certificate =
        TestCertificate.make(directory, "server", "CN=localhost", "dns:localhost,ip:127.0.0.1");
    String tls =
        "tls { cert_file: \""
            + certificate.certFile()
            + "\", key_file: \""
            + certificate.keyFile()
            // Two seconds by default, which a busy machine may need for a handshake.
            + "\", timeout: 20, handshake_first: ";
    int number = 0;
    for (String first : List.of("true", "\"5s\"")) {
      for (String more : List.of("", "allow_non_tls: true\n")) {
        Path own = Files.createDirectories(directory.resolve("" + number++));
        String config = "proxy_protocol: true\n" + more + tls + first + " }\n";
        try (PeerServers servers = PeerServers.start(own, config)) {
          assertThat(connect(servers.ours().port(), certificate))
              .as(config)
              .isEqualTo(connect(servers.real().port(), certificate));
        }
      }
    }
  }
}
