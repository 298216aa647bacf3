package dev.hubkit.nats.leaf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Passes on what connections to a port send and are sent, and counts the bytes. */
final class CountingRelay implements AutoCloseable {
  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final AtomicLong bytes = new AtomicLong();
  private final List<Socket> open = new ArrayList<>();
  private final int target;

  CountingRelay(int target) throws IOException {
    this.target = target;
    run(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** Returns how many bytes have been passed on, both ways together. */
  long bytes() {
    return bytes.get();
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void run(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // One of the two sides has closed it.
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket from = listening.accept();
      Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
      synchronized (open) {
        open.add(from);
        open.add(to);
      }
      run(() -> pass(from, to));
      run(() -> pass(to, from));
    }
  }

  private void pass(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      int count = in.read(buffer);
      while (count >= 0) {
        bytes.addAndGet(count);
        out.write(buffer, 0, count);
        count = in.read(buffer);
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    synchronized (open) {
      for (Socket each : open) {
        each.close();
      }
    }
  }
}
