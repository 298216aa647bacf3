package dev.hubkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A client that connects to a port of the loopback address again and again. */
public final class Knocking implements AutoCloseable {
  private static final long PAUSE_NANOS = 200_000;

  private final int port;
  private final AtomicInteger letIn = new AtomicInteger();
  private final CountDownLatch refused = new CountDownLatch(10);
  private final Thread thread;
  private volatile boolean closing;

  private Knocking(int port) {
    this.port = port;
    this.thread = new Thread(this::knock, "knocking-" + port);
  }

  /** Starts a client, and returns when the port has refused some connections. */
  public static Knocking at(int port) throws InterruptedException {
    Knocking knocking = new Knocking(port);
    knocking.thread.start();
    knocking.refused.await();
    return knocking;
  }

  /** Returns how often the port has accepted a connection so far. */
  public int letIn() {
    return letIn.get();
  }

  private void knock() {
    while (!closing) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        letIn.incrementAndGet();
      } catch (IOException e) {
        refused.countDown();
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  @Override
  public void close() throws InterruptedException {
    closing = true;
    thread.join();
  }
}
