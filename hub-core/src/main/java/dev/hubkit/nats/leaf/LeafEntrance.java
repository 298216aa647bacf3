package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.nats.net.UpgradedSocket;
import dev.hubkit.nats.peer.AgreedCompression;
import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerOutputStream;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.work.Supervisor;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.function.Consumer;

/**
 * Greets those that connect to the port for leaf nodes, or come in at the WebSocket port. Serves
 * each on a thread of its own, until its end. Thread-safe.
 */
final class LeafEntrance {
  private static final Log log = Log.of(LeafEntrance.class);

  private final LeafContext context;
  private final Supervisor supervisor;
  private final Consumer<Leaf> serving;

  /**
   * Lets nobody in yet.
   *
   * @param serving serves a connection until its end
   */
  LeafEntrance(LeafContext context, Supervisor supervisor, Consumer<Leaf> serving) {
    this.context = context;
    this.supervisor = supervisor;
    this.serving = serving;
  }

  /** Takes over a socket; returns false, and leaves it alone, when there are too many. */
  boolean take(Socket socket) {
    InetSocketAddress address = (InetSocketAddress) socket.getRemoteSocketAddress();
    return spawn(address, socket, () -> serve(socket, address));
  }

  /** Takes over a connection of the WebSocket port; returns false when there are too many. */
  boolean take(UpgradedSocket socket) {
    return spawn(socket.remoteAddress(), socket, () -> serve(socket));
  }

  private interface Work {
    void run() throws IOException;
  }

  private boolean spawn(InetSocketAddress address, Closeable socket, Work work) {
    return !context.table().isCrowded()
        && context.threads().spawn("leaf-in", () -> run(address, socket, work));
  }

  private void run(InetSocketAddress address, Closeable socket, Work work) {
    try {
      work.run();
    } catch (IOException e) {
      log.error("{} - leaf node: {}", HostPort.of(address), e.getMessage());
      close(socket);
    } catch (Throwable failure) {
      supervisor.failed("a leaf node", failure, null);
      close(socket);
    }
  }

  private static void close(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.trace("Closing a useless socket failed", e);
    }
  }

  private void serve(Socket socket, InetSocketAddress address) throws IOException {
    long id = context.server().newId();
    String nonce = LeafGreeting.newNonce();
    log.info("{} - Leafnode connection created", LeafWire.label(address, false, id));
    byte[] info = info(id, nonce, false);
    Socket greeted = LeafGreeting.greet(socket, info, context.settings().get().tls());
    PeerOutputStream out = new PeerOutputStream(greeted.getOutputStream());
    serve(LeafWire.of(greeted, greeted.getInputStream(), out), id, nonce);
  }

  private void serve(UpgradedSocket socket) throws IOException {
    LeafWire wire = LeafWire.of(socket);
    long id = context.server().newId();
    String nonce = LeafGreeting.newNonce();
    log.info("{} - Leafnode connection created", wire.label(id));
    wire.out().write(info(id, nonce, wire.compressesFrames()));
    wire.out().flush();
    serve(wire, id, nonce);
  }

  // What WebSocket compresses is not compressed twice, and nobody is offered that.
  private byte[] info(long id, String nonce, boolean compressed) {
    PeerCompression wanted = context.settings().get().compression();
    boolean none = compressed || wanted.mode() == PeerCompression.Mode.NOT_SUPPORTED;
    return context.infos().greeting(id, nonce, none ? "" : wanted.mode().text());
  }

  private void serve(LeafWire wire, long id, String nonce) {
    AgreedCompression compression =
        new AgreedCompression(wire.compressing(), context.settings().get().compression());
    serving.accept(new Leaf(id, context, wire, compression, nonce, AcceptedIntroduction::new));
  }
}
