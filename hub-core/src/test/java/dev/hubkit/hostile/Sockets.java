package dev.hubkit.hostile;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The sockets of hostile clients: it limits how many are open at once, and closes each after a
 * while, which ends whatever its client waits for. Thread-safe.
 */
final class Sockets implements AutoCloseable {
  private static final int CONNECT_COST = 2_000; // bytes that the throttle counts for it

  private final Semaphore free;
  private final Throttle throttle;
  private final Map<Socket, Long> ends = new ConcurrentHashMap<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread janitor = new Thread(this::closeOld, "hostile-janitor");

  Sockets(int most, Throttle throttle) {
    free = new Semaphore(most);
    this.throttle = throttle;
    janitor.start();
  }

  Throttle throttle() {
    return throttle;
  }

  /** Connects, and closes the socket after {@code seconds} if it is still open. */
  Socket connect(int port, int receiveBuffer, int seconds)
      throws IOException, InterruptedException {
    throttle.take(CONNECT_COST);
    free.acquire();
    Socket socket = new Socket();
    ends.put(socket, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
    try {
      if (receiveBuffer > 0) {
        socket.setReceiveBufferSize(receiveBuffer);
      }
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(15_000);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
      return socket;
    } catch (IOException e) {
      release(socket);
      throw e;
    }
  }

  /** Closes a socket now. */
  void release(Socket socket) {
    if (ends.remove(socket) != null) {
      free.release();
    }
    close(socket);
  }

  /** Closes all sockets. */
  void closeAll() {
    for (Socket socket : ends.keySet()) {
      release(socket);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // The other side has reset it before.
    }
  }

  private void closeOld() {
    try {
      while (!over.await(100, TimeUnit.MILLISECONDS)) {
        long now = System.nanoTime();
        ends.forEach(
            (socket, end) -> {
              if (end - now < 0) {
                release(socket);
              }
            });
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    over.countDown();
    closeAll();
  }
}
