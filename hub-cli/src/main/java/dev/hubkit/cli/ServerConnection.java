package dev.hubkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.HubVersion;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.credential.ClientCredentials;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a client to a NATS server. A thread reads and answers PING; {@link #next} returns
 * what the server has sent, to one caller at a time. While nobody calls it, the connection reads on
 * until {@value #MOST_WAITING} messages wait.
 */
final class ServerConnection implements AutoCloseable {
  private static final int CONNECT_MILLIS = 10_000;
  private static final int LONGEST_LINE = 1 << 20;
  private static final int LARGEST_MESSAGE = 64 << 20;
  private static final int MOST_WAITING = 1024;
  private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final String address;
  private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(MOST_WAITING);
  private final LoginOptions login;
  private Socket socket;
  private InputStream in;
  private OutputStream out;
  private volatile long lastRead = System.nanoTime();
  private volatile boolean closed;
  private long nextPing = System.nanoTime() + PING_NANOS;

  /** What the server has sent. */
  sealed interface Event {}

  /** A message for a subscription. */
  record Delivery(String sid, String subject, @Nullable String reply, byte[] header, byte[] payload)
      implements Event {}

  /** The answer to a PING. */
  record Pong() implements Event {}

  /** An error that leaves the connection open, as when a right is missing. */
  record Refusal(String text) implements Event {}

  private record Lost(IOException cause) implements Event {}

  /** Thrown when the server refuses a login. */
  static final class LoginException extends IOException {
    private static final long serialVersionUID = 1L;

    LoginException(String message) {
      super(message);
    }
  }

  @SuppressWarnings("this-escape") // The thread begins when all is there.
  private ServerConnection(URI server, LoginOptions login) throws IOException {
    this.login = login;
    int port = server.getPort() < 0 ? 4222 : server.getPort();
    address = server.getHost() + ":" + port;
    socket = new Socket();
    boolean ready = false;
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(CONNECT_MILLIS);
      socket.connect(new InetSocketAddress(server.getHost(), port), CONNECT_MILLIS);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      out = socket.getOutputStream();
      boolean wantsTls = server.getScheme().equals("tls") || login.wantsTls();
      if (login.isTlsFirst()) {
        startTls(server.getHost(), port);
      }
      JsonObject info = info();
      if (!login.isTlsFirst() && (wantsTls || info.bool("tls_required", false))) {
        startTls(server.getHost(), port);
      }
      logIn(login.credentials(server), info.string("nonce", ""));
      socket.setSoTimeout(0);
      ready = true;
    } finally {
      if (!ready) {
        socket.close();
      }
    }
  }

  /** Connects and logs in. */
  static ServerConnection open(URI server, LoginOptions login) throws IOException {
    ServerConnection connection = new ServerConnection(server, login);
    Thread reader = new Thread(connection::read, "hub-record-reader");
    reader.setDaemon(true);
    reader.start();
    return connection;
  }

  private void startTls(String host, int port) throws IOException {
    SSLSocket encrypted =
        (SSLSocket) login.tls().getSocketFactory().createSocket(socket, host, port, true);
    SSLParameters parameters = encrypted.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    encrypted.setSSLParameters(parameters);
    try {
      encrypted.startHandshake();
    } catch (SSLException e) {
      throw new IOException(
          "TLS with " + address + " fails (" + e.getMessage() + "); see to --tlsca and --tlscert",
          e);
    }
    socket = encrypted;
    in = new BufferedInputStream(encrypted.getInputStream(), 1 << 16);
    out = encrypted.getOutputStream();
  }

  private JsonObject info() throws IOException {
    String line = readLine();
    try {
      if (line.startsWith("INFO ")) {
        return Json.parseObject(line.substring("INFO ".length()));
      }
    } catch (JsonException e) {
      throw new IOException(address + " does not speak NATS: " + e.getMessage(), e);
    }
    throw new IOException(address + " does not speak NATS");
  }

  private void logIn(@Nullable ClientCredentials credentials, String nonce) throws IOException {
    JsonWriter connect =
        JsonWriter.compact()
            .beginObject()
            .field("verbose", false)
            .field("pedantic", false)
            .field("echo", false)
            .field("name", "hub record")
            .field("lang", "java")
            .field("version", HubVersion.current())
            .field("protocol", 1)
            .field("headers", true)
            .field("no_responders", true);
    if (credentials != null) {
      credentials.show(connect, nonce);
    }
    send("CONNECT " + new String(connect.endObject().toBytes(), UTF_8) + "\r\nPING\r\n");
    for (String line = readLine(); !line.equals("PONG"); line = readLine()) {
      if (line.startsWith("-ERR")) {
        throw new LoginException(
            address
                + " refuses the login ("
                + line.substring("-ERR".length()).strip()
                + "); see to --user, --creds or --nkey");
      }
    }
  }

  private synchronized void send(String text) throws IOException {
    out.write(text.getBytes(UTF_8));
    out.flush();
  }

  /** Subscribes. */
  void subscribe(String subject, String sid) throws IOException {
    send("SUB " + subject + " " + sid + "\r\n");
  }

  /** Ends a subscription. */
  void unsubscribe(String sid) throws IOException {
    send("UNSUB " + sid + "\r\n");
  }

  /** Publishes. */
  synchronized void publish(String subject, @Nullable String reply, byte[] payload)
      throws IOException {
    String target = reply == null ? subject : subject + " " + reply;
    out.write(("PUB " + target + " " + payload.length + "\r\n").getBytes(UTF_8));
    out.write(payload);
    out.write(new byte[] {'\r', '\n'});
    out.flush();
  }

  /** Asks for a PONG, which comes after everything that the server has sent before. */
  void ping() throws IOException {
    send("PING\r\n");
  }

  /**
   * Waits for what the server sends.
   *
   * @return null if nothing comes in time
   * @throws IOException if the connection is lost
   */
  @Nullable Event next(long nanos) throws IOException {
    long now = System.nanoTime();
    if (now - nextPing >= 0) {
      nextPing = now + PING_NANOS;
      ping();
      if (now - lastRead > SILENCE_NANOS && events.isEmpty()) {
        throw new IOException(address + " is silent");
      }
    }
    try {
      Event event = events.poll(nanos, TimeUnit.NANOSECONDS);
      if (event instanceof Lost lost) {
        throw lost.cause();
      }
      return event;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void read() {
    try {
      try {
        while (!closed) {
          Event event = read(readLine());
          lastRead = System.nanoTime();
          if (event != null) {
            events.put(event);
          }
        }
      } catch (IOException | RuntimeException e) {
        events.put(
            new Lost(
                e instanceof IOException io
                    ? io
                    : new IOException(address + " does not speak NATS: " + e.getMessage(), e)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable Event read(String line) throws IOException {
    List<String> words = List.of(line.split(" +", 0));
    switch (words.get(0)) {
      case "MSG" -> {
        return delivery(words, 0, Integer.parseInt(words.get(words.size() - 1)));
      }
      case "HMSG" -> {
        return delivery(
            words.subList(0, words.size() - 1),
            Integer.parseInt(words.get(words.size() - 2)),
            Integer.parseInt(words.get(words.size() - 1)));
      }
      case "PING" -> send("PONG\r\n");
      case "PONG" -> {
        return new Pong();
      }
      case "-ERR" -> {
        String text = line.substring("-ERR".length()).strip();
        if (text.toLowerCase(java.util.Locale.ROOT).contains("permissions violation")) {
          return new Refusal(text);
        }
        throw new IOException(address + " says " + text);
      }
      default -> {
        // INFO and +OK.
      }
    }
    return null;
  }

  // MSG subject sid [reply] size
  private Delivery delivery(List<String> words, int headerLength, int length) throws IOException {
    if (length < headerLength || length > LARGEST_MESSAGE) {
      throw new IOException(address + " sends a message of " + length + " bytes");
    }
    byte[] content = in.readNBytes(length);
    if (content.length < length || in.readNBytes(2).length < 2) {
      throw new EOFException(address + " has closed the connection");
    }
    return new Delivery(
        words.get(2),
        words.get(1),
        words.size() > 4 ? words.get(3) : null,
        Arrays.copyOf(content, headerLength),
        Arrays.copyOfRange(content, headerLength, length));
  }

  private String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0 || line.size() > LONGEST_LINE) {
        throw new EOFException(address + " has closed the connection");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(UTF_8);
  }

  @Override
  public String toString() {
    return address;
  }

  @Override
  public void close() {
    closed = true;
    try {
      socket.close();
    } catch (IOException e) {
      // It is not used any more.
    }
    // The reader may wait for room.
    events.clear();
  }
}
