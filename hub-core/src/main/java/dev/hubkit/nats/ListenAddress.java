package dev.hubkit.nats;

import dev.hubkit.log.Quoted;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.port.ReservedPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.function.Function;

/**
 * Where a server is to listen.
 *
 * @param port 0 for any free one
 */
record ListenAddress(String host, int port) {
  private static final int MOST = 65_535;

  /**
   * Reserves the port without accepting anybody yet.
   *
   * @param complaint makes the message of a failure out of its cause, as nats-server words it
   * @throws NatsException if it can't be had, for one because it is in use
   */
  ReservedPort reserve(Function<String, String> complaint) {
    if (port < 0 || port > MOST) {
      throw new NatsException(complaint.apply("listen tcp: address " + port + ": invalid port"));
    }
    if (host.startsWith("[")) {
      // Otherwise the JDK takes it for the address in the brackets.
      throw new NatsException(
          complaint.apply("listen tcp: address " + this + ": missing port in address"));
    }
    InetSocketAddress address = new InetSocketAddress(host, port);
    try {
      return ReservedPort.hold(address);
    } catch (IOException e) {
      throw new NatsException(complaint.apply(cause(address, e)), e);
    }
  }

  /** Returns what nats-server says when it can't listen for clients here (AcceptLoop). */
  String refused(String cause) {
    return "Error listening on port: " + this + ", " + Quoted.of(cause);
  }

  // As net.Listen of Go says it.
  private String cause(InetSocketAddress address, IOException e) {
    if (e instanceof UnknownHostException) {
      return "listen tcp: lookup " + host + ": no such host";
    }
    String problem = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return "listen tcp "
        + new HostPort(HostPort.text(address.getAddress()), port)
        + ": bind: "
        + problem;
  }

  @Override
  public String toString() {
    return new HostPort(host, port).toString();
  }
}
