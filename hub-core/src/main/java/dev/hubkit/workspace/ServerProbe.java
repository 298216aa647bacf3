package dev.hubkit.workspace;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.nats.credential.CredentialException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges messages with a server, to find out that it answers and is the expected one. Uses raw
 * sockets, since every start waits for it.
 */
public final class ServerProbe {
  private static final int LONGEST_LINE = 64 << 10;

  private ServerProbe() {}

  /** {@link #fromNats(Endpoint, ClientCredentials, Duration)} without credentials. */
  public static void fromNats(Endpoint endpoint, Duration timeout) throws IOException {
    fromNats(endpoint, null, timeout);
  }

  /**
   * Waits until a NATS server introduces itself, with the expected server id if there is one, and
   * answers a ping. Sends no ping to a server that asks for credentials or TLS unless there are
   * credentials. When commas separate several URLs, one of the servers has to answer.
   *
   * @param credentials the credentials to log in with; null for those in the URL, if any
   * @throws IOException if it does not answer so within {@code timeout}
   */
  @SuppressWarnings("exports")
  public static void fromNats(
      Endpoint endpoint, @Nullable ClientCredentials credentials, Duration timeout)
      throws IOException {
    @Nullable IOException failure = null;
    for (String url : endpoint.url().split(",", -1)) {
      Endpoint one = new Endpoint(url.strip(), endpoint.identity(), endpoint.external());
      try {
        fromOne(one, credentials == null ? inUrl(one) : credentials, timeout);
        return;
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static @Nullable ClientCredentials inUrl(Endpoint endpoint) throws IOException {
    String user = URI.create(endpoint.url()).getUserInfo();
    try {
      return user == null ? null : ClientCredentials.parse(user);
    } catch (CredentialException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static void fromOne(
      Endpoint endpoint, @Nullable ClientCredentials credentials, Duration timeout)
      throws IOException {
    try (Socket socket = connect(endpoint, timeout)) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      String line = line(in);
      if (!line.startsWith("INFO ")) {
        throw new IOException(endpoint.shown() + " does not speak NATS");
      }
      JsonObject info;
      try {
        info = Json.parseObject(line.substring(5));
      } catch (JsonException e) {
        throw new IOException(endpoint.shown() + " sent an INFO that is not JSON", e);
      }
      require(endpoint, info.string("server_id", ""));
      if ((credentials == null && info.bool("auth_required", false))
          || info.bool("tls_required", false)) {
        return;
      }
      JsonWriter connect = JsonWriter.compact().beginObject();
      connect.field("verbose", false).field("pedantic", false);
      if (credentials != null) {
        credentials.show(connect, info.string("nonce", ""));
      }
      String login = new String(connect.endObject().toBytes(), StandardCharsets.UTF_8);
      socket
          .getOutputStream()
          .write(("CONNECT " + login + "\r\nPING\r\n").getBytes(StandardCharsets.UTF_8));
      String answer = line(in);
      if (!answer.equals("PONG")) {
        throw new IOException(
            endpoint.shown()
                + (answer.contains("Authorization Violation")
                    ? " does not accept the credentials it was shown"
                    : " answered a ping with " + answer));
      }
    }
  }

  private static void require(Endpoint endpoint, String identity) throws IOException {
    if (endpoint.identity() != null && !endpoint.identity().equals(identity)) {
      throw new IOException("another server than the hub's answers at " + endpoint.shown());
    }
  }

  /**
   * Waits until a Fossil server answers a sync message that does nothing (an empty pull).
   *
   * @throws IOException if no such answer comes within {@code timeout}
   */
  public static void fromFossil(Endpoint endpoint, Duration timeout) throws IOException {
    URI uri = URI.create(endpoint.url());
    String project = endpoint.identity();
    String body =
        project == null
            ? "pragma client-version 22100 20230226 192424\n"
            : "pull 0000000000000000000000000000000000000000 " + project + "\n";
    try (Socket socket = connect(endpoint, timeout)) {
      String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + path
                      + " HTTP/1.0\r\nHost: "
                      + uri.getRawAuthority().substring(uri.getRawAuthority().indexOf('@') + 1)
                      + "\r\nContent-Type: application/x-fossil-uncompressed\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      String status = line(in);
      if (!status.startsWith("HTTP/1.") || !status.contains(" 200")) {
        throw new IOException(endpoint.shown() + " answered a sync request with: " + status);
      }
      String type = "";
      for (String header = line(in); !header.isEmpty(); header = line(in)) {
        if (header.regionMatches(true, 0, "content-type:", 0, 13)) {
          type = header.substring(13).strip();
        }
      }
      if (!type.startsWith("application/x-fossil")) {
        throw new IOException(endpoint.shown() + " does not speak Fossil's sync protocol");
      }
      String answer = new String(in.readNBytes(LONGEST_LINE), StandardCharsets.UTF_8);
      if (answer.startsWith("error wrong\\sproject")) {
        throw new IOException("another repository than the hub's is at " + endpoint.shown());
      }
    }
  }

  private static Socket connect(Endpoint endpoint, Duration timeout) throws IOException {
    URI uri = URI.create(endpoint.url());
    int millis = (int) Math.min(Integer.MAX_VALUE, Math.max(1, timeout.toMillis()));
    boolean secure = "https".equals(uri.getScheme());
    int port = uri.getPort();
    if (port < 0) {
      port = secure ? 443 : "http".equals(uri.getScheme()) ? 80 : 4222;
    }
    Socket socket = new Socket();
    try {
      socket.setSoTimeout(millis);
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(unbracketed(uri.getHost()), port), millis);
      return secure ? secured(socket, uri.getHost(), port) : socket;
    } catch (IOException e) {
      socket.close();
      throw new IOException(endpoint.shown() + " does not answer: " + e.getMessage(), e);
    }
  }

  private static String unbracketed(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /**
   * Checks as a browser does that this machine trusts the certificate and that it belongs to the
   * host.
   */
  private static Socket secured(Socket socket, String host, int port) throws IOException {
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    SSLSocket secured = (SSLSocket) factory.createSocket(socket, host, port, true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return secured;
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0 || line.size() >= LONGEST_LINE) {
        throw new IOException(b < 0 ? "the connection was closed" : "the line is too long");
      }
      line.write(b);
    }
    return line.toString(StandardCharsets.UTF_8).strip();
  }
}
