package dev.hubkit.junit;

import io.nats.client.Options;

/**
 * jnats without sockets. With the name of this data port among its options
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
 * <p>a client reaches a server of its own JVM by handing it bytes. It is found by the host and port
 * of the URL, again at each reconnect; so everything else of a client is as ever: reconnects,
 * drain, credentials, JetStream. A URL that no server of this JVM listens at is refused, like a
 * port that nobody listens on. There is no TLS on such a connection, and the server does not ask
 * for it; clients that insist on TLS are refused.
 */
public final class InProcess {
  private InProcess() {}

  /** The name of the data port class, for {@link Options.Builder#dataPortType}. */
  public static String dataPort() {
    return DataPortGenerator.NAME;
  }
}
