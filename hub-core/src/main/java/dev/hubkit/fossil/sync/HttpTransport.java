package dev.hubkit.fossil.sync;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages over HTTP and HTTPS. Follows redirects, but never from HTTPS to HTTP. Uses the
 * JDK's older client, which is in {@code java.base} and starts much faster than the newer one.
 */
final class HttpTransport implements SyncTransport {
  private static final int MOST_REDIRECTS = 20;
  private static final int LONGEST_COMPLAINT = 500;

  private final @Nullable SSLSocketFactory sockets;
  private final int connectMillis;
  private final int readMillis;
  private URI server;
  private volatile @Nullable HttpURLConnection running;
  private volatile boolean cancelled;

  /**
   * @param server without user info
   * @param tls decides which servers to trust over HTTPS, null for the JDK's own decision
   * @param readTimeout how long to wait for the next bytes of an answer
   */
  HttpTransport(
      URI server, @Nullable SSLContext tls, Duration connectTimeout, Duration readTimeout) {
    this.server = server;
    this.sockets = tls == null ? null : tls.getSocketFactory();
    this.connectMillis = (int) connectTimeout.toMillis();
    this.readMillis = (int) readTimeout.toMillis();
  }

  @Override
  public Answer exchange(MessageFormat format, Body body) throws IOException {
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpURLConnection connection = post(format, body);
      int status = connection.getResponseCode();
      switch (status) {
        case 200 -> {
          return answer(connection);
        }
        case 301, 302, 307, 308 -> redirect(connection);
        default ->
            throw new SyncProtocolException(
                server + " answers with HTTP status " + status + complaint(connection));
      }
    }
    throw new SyncProtocolException(server + " redirects without end");
  }

  private HttpURLConnection post(MessageFormat format, Body body) throws IOException {
    if (cancelled) {
      throw new IOException("cancelled");
    }
    HttpURLConnection connection = (HttpURLConnection) new URL(server.toString()).openConnection();
    if (sockets != null && connection instanceof HttpsURLConnection secure) {
      secure.setSSLSocketFactory(sockets);
    }
    running = connection;
    connection.setConnectTimeout(connectMillis);
    connection.setReadTimeout(readMillis);
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setDoOutput(true);
    connection.setRequestMethod("POST");
    connection.setRequestProperty("Content-Type", format.contentType());
    connection.setRequestProperty("User-Agent", "Fossil/2.21 (Hub)");
    connection.setFixedLengthStreamingMode(body.length());
    try (OutputStream out = connection.getOutputStream()) {
      body.writeTo(out);
    }
    return connection;
  }

  private Answer answer(HttpURLConnection connection) throws IOException {
    MessageFormat format = MessageFormat.of(connection.getContentType());
    if (format == null) {
      throw new SyncProtocolException(
          server
              + " does not speak the sync protocol; its answer is "
              + connection.getContentType());
    }
    return new Answer(format, connection.getInputStream());
  }

  private void redirect(HttpURLConnection connection) throws IOException {
    String location = connection.getHeaderField("Location");
    connection.disconnect();
    if (location == null) {
      throw new SyncProtocolException(server + " redirects to nowhere");
    }
    URI target;
    try {
      target = server.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new SyncProtocolException(server + " redirects to " + location, e);
    }
    boolean secure = "https".equals(server.getScheme());
    if (!"https".equals(target.getScheme()) && (secure || !"http".equals(target.getScheme()))) {
      throw new SyncProtocolException(server + " redirects to " + target);
    }
    server = target;
  }

  private static String complaint(HttpURLConnection connection) throws IOException {
    try (InputStream body = connection.getErrorStream()) {
      if (body == null) {
        return "";
      }
      String text = new String(body.readNBytes(LONGEST_COMPLAINT), StandardCharsets.UTF_8);
      return text.isBlank() ? "" : ": " + text.strip();
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    close();
  }

  @Override
  public void close() {
    HttpURLConnection connection = running;
    if (connection != null) {
      connection.disconnect();
    }
  }
}
