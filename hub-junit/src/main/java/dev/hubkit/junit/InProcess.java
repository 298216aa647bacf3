package dev.hubkit.junit;

import io.nats.client.Options;

/**
 * Connects jnats without sockets. With this data port among its options
 *
 * {@snippet id="InProcessTest.java#options" :
 * private Options.Builder options() {
 *   return Options.builder()
 *       .server(server.clientUrl())
 *       .connectionTimeout(PATIENCE)
 *       .dataPortType(InProcess.dataPort());
 * }
 * }
 *
 * <p>a client passes its bytes directly to a server of its own JVM. At each connect and reconnect,
 * the data port finds the server by the host and port of the URL; so reconnects, drain, credentials
 * and JetStream work as over TCP. If no server of this JVM listens at the URL, the connection is
 * refused, as on a closed port. Such a connection has no TLS: the server does not require it, and a
 * client that insists on TLS is refused.
 */
public final class InProcess {
  private InProcess() {}

  /** Returns the name of the data port class, for {@link Options.Builder#dataPortType}. */
  public static String dataPort() {
    return DataPortGenerator.NAME;
  }
}
