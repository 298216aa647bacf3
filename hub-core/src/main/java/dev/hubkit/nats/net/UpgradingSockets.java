package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.work.MemoryBudget;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a WebSocket port that have not been upgraded yet. As with nats-server, only
 * the upgrade makes them clients, which count and have ids, or leaf nodes. Thread-safe.
 */
final class UpgradingSockets {
  private static final Log log = Log.of(UpgradingSockets.class);

  private final @Nullable Predicate<UpgradedSocket> leafNodes;
  private final Set<Upgrading> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Begins without any.
   *
   * @param leafNodes takes connections of leaf nodes, or returns false; null when there is nobody
   */
  UpgradingSockets(@Nullable Predicate<UpgradedSocket> leafNodes) {
    this.leafNodes = leafNodes;
  }

  /**
   * Waits for the upgrade of a connection.
   *
   * @return the handler of what the filter reads meanwhile
   */
  InboundHandler await(WebSocketFilter filter, Clients clients, @Nullable FaultyTransport link) {
    int memory = filter.footprint();
    boolean held = clients.memory().reserveConnection(memory);
    Upgrading begun = new Upgrading(filter, clients, link, held ? memory : 0);
    filter.upgrading(begun);
    waiting.add(begun);
    if (closed || !held) {
      begun.end();
    }
    return begun;
  }

  /** Closes them all; others are closed at once from now on. */
  void close() {
    closed = true;
    waiting.forEach(Upgrading::end);
  }

  /** One connection. */
  private final class Upgrading implements InboundHandler, WebSocketFilter.Upgrading {
    private final WebSocketFilter filter;
    private final Clients clients;
    private final @Nullable FaultyTransport link;
    private final int memory;
    private final AtomicBoolean left = new AtomicBoolean();

    Upgrading(WebSocketFilter filter, Clients clients, @Nullable FaultyTransport link, int memory) {
      this.filter = filter;
      this.clients = clients;
      this.link = link;
      this.memory = memory;
    }

    @Override
    public void upgraded(UpgradeRequest request) {
      if (!leave()) {
        return;
      }
      if (request.isForLeafNodes()) {
        becomeLeafNode(request);
      } else {
        ClientConnection connection = clients.connect(filter);
        if (link != null) {
          connection.link(link);
        }
        filter.above(connection.inbound());
      }
    }

    private void becomeLeafNode(UpgradeRequest request) {
      if (leafNodes == null) {
        log.error("Not configured to accept leaf node connections");
        filter.close();
        return;
      }
      UpgradedSocket socket =
          new UpgradedSocket(
              filter, clients.memory(), filter.compresses(), !request.wantsNoMasking());
      filter.above(socket);
      if (!leafNodes.test(socket)) {
        socket.close();
      }
    }

    // Once: by its end, or by the upgrade.
    private boolean leave() {
      if (!left.compareAndSet(false, true)) {
        return false;
      }
      waiting.remove(this);
      MemoryBudget.CONNECTIONS.release(memory);
      return true;
    }

    void end() {
      if (leave()) {
        filter.close();
      }
    }

    @Override
    public ByteBuffer inputBuffer(ByteBuffer shared) {
      return shared.clear();
    }

    @Override
    public void received(ByteBuffer buffer, WorkBatch batch) {
      // Nothing comes before the upgrade, and after it there is somebody else.
    }

    @Override
    public boolean proceed(WorkBatch batch) {
      return true;
    }

    @Override
    public void writable() {
      // Nobody waits for that.
    }

    @Override
    public void close(CloseReason reason) {
      end();
    }

    @Override
    public String label() {
      InetSocketAddress address = filter.remoteAddress();
      return address == null ? "inproc" : HostPort.of(address).toString();
    }

    @Override
    public void abort(Throwable failure) {
      end();
    }
  }
}
