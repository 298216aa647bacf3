package dev.hubkit.cli;

import dev.hubkit.io.SystemError;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.WebSocketConfig;
import dev.hubkit.nats.wire.HostPort;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The file that tells where the ports of a server are, for {@code --ports_file_dir}, as nats-server
 * writes it (PortsInfo and logPorts in its {@code server.go}).
 */
final class PortsFile {
  private final Path path;

  private PortsFile(Path path) {
    this.path = path;
  }

  /** Names the file of this process in a directory. */
  static PortsFile in(String directory) {
    return new PortsFile(
        Path.of(directory, "nats-server_" + ProcessHandle.current().pid() + ".ports"));
  }

  /** Writes the file; a failure is only logged. */
  void write(NatsServer server, ServerLog log) {
    try {
      Files.write(path, content(server));
    } catch (IOException e) {
      log.error(
          "Error writing ports file (" + path + "): open " + path + ": " + SystemError.text(e));
    }
  }

  private static byte[] content(NatsServer server) throws IOException {
    ServerConfig config = server.options().config();
    String host = server.options().host();
    String monitorHost = or(config.get(Options.HTTP_HOST), host);
    JsonWriter json = JsonWriter.compact().beginObject();
    boolean secured = config.get(Options.TLS).isPresent() && !config.get(Options.ALLOW_NON_TLS);
    json.field("nats", urls(secured ? "tls" : "nats", host, server.port()));
    if (server.monitorPort() > 0) {
      json.field("monitoring", urls("http", monitorHost, server.monitorPort()));
    }
    if (server.securedMonitorPort() > 0) {
      json.field("monitoring", urls("https", monitorHost, server.securedMonitorPort()));
    }
    if (server.clusterPort() > 0) {
      String scheme = config.get(Options.CLUSTER).tls() == null ? "nats" : "tls";
      String clusterHost = or(config.get(Options.CLUSTER).host(), host);
      json.field("cluster", urls(scheme, clusterHost, server.clusterPort()));
    }
    if (server.profilePort() > 0) {
      json.field("profile", urls("http", host, server.profilePort()));
    }
    if (server.webSocketPort() > 0) {
      WebSocketConfig block = config.get(Options.WEBSOCKET).orElseThrow();
      String scheme = block.tls() == null || block.noTls() ? "ws" : "wss";
      json.field("websocket", urls(scheme, or(block.host(), host), server.webSocketPort()));
    }
    return json.endObject().toBytes();
  }

  private static String or(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }

  // Each address of the machine where the server listens on all of them, in the order in which the
  // operating system lists the interfaces, the addresses of IPv4 first.
  private static List<String> urls(String scheme, String host, int port) throws IOException {
    InetAddress bound = bound(host);
    if (!bound.isAnyLocalAddress()) {
      return List.of(url(scheme, bound, port));
    }
    List<String> urls = new ArrayList<>();
    List<NetworkInterface> interfaces =
        new ArrayList<>(NetworkInterface.networkInterfaces().toList());
    interfaces.sort(Comparator.comparingInt(NetworkInterface::getIndex));
    for (NetworkInterface each : interfaces) {
      each.inetAddresses()
          .sorted(Comparator.comparing(address -> address instanceof Inet6Address))
          .forEach(address -> urls.add(url(scheme, address, port)));
    }
    return urls;
  }

  private static InetAddress bound(String host) throws UnknownHostException {
    return InetAddress.getByName(host);
  }

  private static String url(String scheme, InetAddress address, int port) {
    return scheme + "://" + new HostPort(HostPort.text(address), port);
  }

  /** Deletes the file; a failure is only logged. */
  void delete(ServerLog log) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      log.error(
          "Error cleaning up ports file " + path + ": remove " + path + ": " + SystemError.text(e));
    }
  }
}
