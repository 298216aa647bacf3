package dev.hubkit.cli;

import dev.hubkit.nats.wire.HostPort;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A syslog that the server logs to, in the form of Go's {@code log/syslog}, which nats-server uses.
 * Confined to the log that owns it.
 */
final class Syslog implements AutoCloseable {
  private static final String TAG = "nats-server";
  private static final int CONNECT_MILLIS = 5_000;
  // LOG_DAEMON; what goes to another machine has no facility (logger/syslog.go of nats-server).
  private static final int DAEMON = 3 << 3;
  private static final List<String> LOCAL = List.of("/dev/log", "/var/run/syslog", "/var/run/log");
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ENGLISH);
  private static final DateTimeFormatter RFC_3339 =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ssXXX", Locale.ROOT);

  private final Dialer dialer;
  private final boolean local;
  private final int facility;
  private final String host;
  private final long pid = ProcessHandle.current().pid();
  private @Nullable Line line;

  /** Connects to a syslog. */
  private interface Dialer {
    Line dial() throws IOException;
  }

  /** What messages go through. */
  private interface Line extends AutoCloseable {
    void send(byte[] message) throws IOException;

    @Override
    void close() throws IOException;
  }

  private Syslog(Dialer dialer, boolean local, int facility) throws IOException {
    this.dialer = dialer;
    this.local = local;
    this.facility = facility;
    this.host = local ? "" : InetAddress.getLocalHost().getHostName();
    this.line = dialer.dial();
  }

  /**
   * Connects to the syslog of this machine.
   *
   * @throws IOException in nats-server's words
   */
  static Syslog local() throws IOException {
    return new Syslog(Syslog::dialLocal, true, DAEMON);
  }

  private static Line dialLocal() throws IOException {
    for (String path : LOCAL) {
      if (!Files.exists(Path.of(path)) || Files.isDirectory(Path.of(path))) {
        continue;
      }
      try {
        return stream(Path.of(path));
      } catch (IOException e) {
        // The JDK knows no sockets for datagrams among files, but the program logger does.
        return LoggerProgram.start(path);
      }
    }
    throw new IOException("Unix syslog delivery error");
  }

  /**
   * Connects to another syslog.
   *
   * @param url {@code udp://host:port}, {@code tcp://host:port} or {@code unix:///path}
   * @throws IllegalArgumentException if it is none of these, in nats-server's words
   * @throws IOException if nobody is there, in nats-server's words
   */
  static Syslog remote(String url) throws IOException {
    int end = url.indexOf("://");
    if (end < 1) {
      throw new IllegalArgumentException("parse \"" + url + "\": missing protocol scheme");
    }
    String network = url.substring(0, end).toLowerCase(Locale.ROOT);
    URI target = URI.create(url);
    return switch (network) {
      case "udp" -> new Syslog(() -> datagrams(target), false, 0);
      case "tcp" -> new Syslog(() -> tcp(target), false, 0);
      case "unix" -> new Syslog(() -> stream(Path.of(target.getPath())), true, 0);
      default ->
          throw new IllegalArgumentException("error invalid network type: \"" + network + "\"");
    };
  }

  private static Line datagrams(URI target) throws IOException {
    DatagramSocket socket = new DatagramSocket();
    try {
      socket.connect(new InetSocketAddress(target.getHost(), target.getPort()));
    } catch (RuntimeException e) {
      socket.close();
      throw new IOException("dial udp " + target.getAuthority() + ": " + e.getMessage(), e);
    }
    return new Line() {
      @Override
      public void send(byte[] message) throws IOException {
        socket.send(new DatagramPacket(message, message.length));
      }

      @Override
      public void close() {
        socket.close();
      }
    };
  }

  private static Line tcp(URI target) throws IOException {
    Socket socket = new Socket();
    InetSocketAddress address = new InetSocketAddress(target.getHost(), target.getPort());
    try {
      socket.connect(address, CONNECT_MILLIS);
    } catch (IOException e) {
      socket.close();
      String where = address.isUnresolved() ? target.getAuthority() : HostPort.of(address) + "";
      String why = e instanceof ConnectException ? "connect: connection refused" : e.getMessage();
      throw new IOException("dial tcp " + where + ": " + why, e);
    }
    OutputStream out = socket.getOutputStream();
    return new Line() {
      @Override
      public void send(byte[] message) throws IOException {
        out.write(message);
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }

  private static Line stream(Path path) throws IOException {
    SocketChannel channel;
    try {
      channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      String why = Files.exists(path) ? "connection refused" : "no such file or directory";
      throw new IOException("dial unix " + path + ": connect: " + why, e);
    }
    return new Line() {
      @Override
      public void send(byte[] message) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(message);
        while (left.hasRemaining()) {
          channel.write(left);
        }
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  /** The program {@code logger}, which writes what it reads to the syslog of this machine. */
  private record LoggerProgram(Process process) implements Line {
    static LoggerProgram start(String socket) throws IOException {
      String own = "--id=" + ProcessHandle.current().pid();
      Process started =
          new ProcessBuilder("logger", "-u", socket, "--prio-prefix", own, "-t", TAG)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return new LoggerProgram(started);
    }

    // It adds the time, the tag and the process itself.
    @Override
    public void send(byte[] message) throws IOException {
      String text = new String(message, StandardCharsets.UTF_8);
      String head = text.substring(0, text.indexOf('>') + 1);
      String body = text.substring(text.indexOf("]: ") + 3);
      process.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
    }
  }

  /**
   * Writes a line; connects again once when that fails.
   *
   * @throws IOException if that fails, too
   */
  void write(Instant when, LogLabel label, String text) throws IOException {
    byte[] message = message(when, label, text);
    Line present = line;
    if (present != null) {
      try {
        present.send(message);
        return;
      } catch (IOException e) {
        close();
      }
    }
    Line again = dialer.dial();
    line = again;
    again.send(message);
  }

  private byte[] message(Instant when, LogLabel label, String text) {
    var local = when.atZone(ZoneId.systemDefault());
    String head = "<" + (facility | label.severity()) + ">";
    head += this.local ? STAMP.format(local) : RFC_3339.format(local) + " " + host;
    return (head + " " + TAG + "[" + pid + "]: " + text + "\n").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    Line present = line;
    line = null;
    if (present != null) {
      present.close();
    }
  }
}
