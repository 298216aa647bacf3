package dev.hubkit;

import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * The JetStream domain that a hub with an upstream has unless it is given one. Two leaf nodes of
 * one cluster must not share a domain, since either would answer requests to the other. So the name
 * is made of user and directory, for people, and of a checksum over machine and path.
 */
final class JetStreamDomain {
  private static final int DIGITS = 4;

  private JetStreamDomain() {}

  /** Returns the domain of the hub of a directory; the same at each start. */
  static String of(Path root) {
    Path name = root.getFileName();
    String user = System.getProperty("user.name", "");
    return word(user.isEmpty() ? "hub" : user)
        + "-"
        + word(name == null ? "root" : name.toString())
        + "-"
        + checksum(host() + ":" + root);
  }

  /** Returns the domain of a configuration; empty for none. */
  static String of(ServerConfig config) {
    return config.get(Options.JETSTREAM_SETTINGS).domain();
  }

  private static String word(String text) {
    return text.replaceAll("[^A-Za-z0-9_-]", "_");
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // The path alone tells hubs of one machine apart.
      return "";
    }
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().toHexDigits(crc.getValue(), DIGITS);
  }
}
