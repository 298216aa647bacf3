package dev.hubkit.nats.leaf;

import dev.hubkit.nats.peer.PeerOutputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** Opens WebSocket to a hub (leafNodeSolicitWSConnection in nats-server's leafnode.go). */
final class WebSocketHandshake {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final String EXTENSION =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  private static final String NO_MASKING = "Nats-No-Masking";
  private static final int MOST_HEAD = 16 * 1024;

  private WebSocketHandshake() {}

  /**
   * Asks the hub for a connection of a leaf node.
   *
   * @param plain the socket below {@code socket}
   * @param to the stream to the socket
   * @throws IOException if it refuses, or does not answer in time
   */
  static WebSocketStreams make(
      Socket plain, Socket socket, PeerOutputStream to, URI url, LeafRemoteSettings settings)
      throws IOException {
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    String key = Base64.getEncoder().encodeToString(random);
    to.write(request(url, key, settings));
    to.flush();
    InputStream in = new BufferedInputStream(socket.getInputStream());
    ResponseHead answer;
    try {
      answer = ResponseHead.read(new TimedInput(plain, in, settings.firstInfoTimeout(), MOST_HEAD));
    } catch (SocketTimeoutException e) {
      throw new IOException("the hub has not answered within " + settings.firstInfoTimeout(), e);
    }
    if (!answer.is(101)
        || !answer.first("Upgrade").equalsIgnoreCase("websocket")
        || !answer.first("Connection").equalsIgnoreCase("upgrade")
        || !answer.first("Sec-WebSocket-Accept").equals(accepted(key))) {
      throw new IOException("invalid websocket connection");
    }
    boolean compress = settings.webSocketCompression() && compresses(answer);
    boolean mask = settings.webSocketMasking() || !answer.first(NO_MASKING).equals("true");
    WebSocketOutputStream out = new WebSocketOutputStream(to, mask, compress);
    WebSocketInputStream frames = new WebSocketInputStream(in, out, compress, false);
    return new WebSocketStreams(frames, out, compress);
  }

  private static byte[] request(URI url, String key, LeafRemoteSettings settings) {
    String path = url.getRawPath() == null ? "" : url.getRawPath();
    String before = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    String text =
        "GET "
            + before
            + "/leafnode HTTP/1.1\r\nHost: "
            + url.getHost()
            + ":"
            + url.getPort()
            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
            + key
            + "\r\nSec-WebSocket-Version: 13\r\n";
    if (settings.webSocketCompression()) {
      text += "Sec-WebSocket-Extensions: " + EXTENSION + "\r\n";
    }
    if (!settings.webSocketMasking()) {
      text += NO_MASKING + ": true\r\n";
    }
    return (text + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static boolean compresses(ResponseHead answer) throws IOException {
    for (String header : answer.all("Sec-WebSocket-Extensions")) {
      for (String extension : header.toLowerCase(Locale.ROOT).split(",", -1)) {
        List<String> words = List.of(extension.strip().split("\\s*;\\s*", -1));
        if (words.contains("permessage-deflate")) {
          if (words.contains("server_no_context_takeover")
              && words.contains("client_no_context_takeover")) {
            return true;
          }
          throw new IOException("compression negotiation error");
        }
      }
    }
    return false;
  }

  private static String accepted(String key) {
    try {
      byte[] text = (key + GUID).getBytes(StandardCharsets.ISO_8859_1);
      byte[] hash = MessageDigest.getInstance("SHA-1").digest(text);
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-1", e);
    }
  }
}
