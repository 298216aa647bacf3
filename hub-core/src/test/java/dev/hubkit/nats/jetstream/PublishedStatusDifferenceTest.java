package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients publish headers with a status, which is the server's to tell: streams store none. */
@ComparedWithNatsServer
class PublishedStatusDifferenceTest {
  private static final List<String> HEADERS =
      List.of(
          "NATS/1.0 100 Idle Heartbeat\r\n\r\n",
          "NATS/1.0 100 FlowControl Request\r\nA: b\r\nNats-Msg-Id: 1\r\n\r\n",
          "NATS/1.0 \r\nA: b\r\n\r\n",
          "NATS/1.0503\r\n\r\n",
          "NATS/1.0\r\n\r\n",
          "NATS/1.0\r\nA: b\r\n\r\n",
          "NATS/2.0 100 Idle\r\n\r\n");

  @TempDir Path directory;

  /** Sends lines one after the other; returns what the server says up to the end of the last. */
  private static String converse(int port, List<String> lines) throws Exception {
    StringBuilder heard = new StringBuilder();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      OutputStream out = socket.getOutputStream();
      out.write(
          "CONNECT {\"verbose\":false,\"headers\":true}\r\n".getBytes(StandardCharsets.UTF_8));
      byte[] bytes = new byte[8192];
      int pongs = 0;
      for (String line : lines) {
        out.write((line + "PING\r\n").getBytes(StandardCharsets.UTF_8));
        pongs++;
        while (heard.toString().split("PONG\r\n", -1).length <= pongs) {
          int count = socket.getInputStream().read(bytes);
          if (count < 0) {
            return heard + "(closed)";
          }
          heard.append(new String(bytes, 0, count, StandardCharsets.UTF_8));
        }
      }
    }
    return heard.substring(heard.indexOf("\r\n"));
  }

  @Test
  void storesNoStatusOfAClient() throws Exception {
    List<String> lines = new ArrayList<>();
    lines.add("SUB s 1\r\n");
    for (String headers : HEADERS) {
      int length = headers.length();
      lines.add("HPUB s " + length + " " + (length + 2) + "\r\n" + headers + "ok\r\n");
    }
    try (ServerPair servers = ServerPair.start(directory)) {
      servers.compare(
          server -> {
            server.api("STREAM.CREATE.S", "{'name':'S','subjects':['s'],'allow_direct':true}");
          });
      String hub = converse(servers.hubPort(), lines);
      assertThat(hub).isEqualTo(converse(servers.realPort(), lines));
      servers.compare(
          server -> {
            server.await("STREAM.INFO.S", "\"last_seq\":" + HEADERS.size());
            for (int i = 1; i <= HEADERS.size(); i++) {
              server.api("STREAM.MSG.GET.S", "{'seq':" + i + "}");
              server.get("$JS.API.DIRECT.GET.S", "{'seq':" + i + "}");
            }
          });
    }
  }
}
