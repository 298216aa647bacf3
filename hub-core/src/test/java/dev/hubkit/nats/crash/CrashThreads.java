package dev.hubkit.nats.crash;

import io.nats.client.Connection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The threads of clients that work while their server is killed. */
final class CrashThreads {
  private final Connection connection;
  private final List<Thread> threads = new ArrayList<>();
  private volatile @Nullable Throwable failure;
  private volatile boolean over;

  CrashThreads(Connection connection) {
    this.connection = connection;
  }

  /** What a client does until its server is gone. */
  interface Work {
    void run() throws Exception;
  }

  /** Starts a thread with this work. */
  void begin(String name, Work work) {
    Thread thread = new Thread(() -> run(name, work), "crash-" + name);
    threads.add(thread);
    thread.start();
  }

  private void run(String name, Work work) {
    try {
      work.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      // The server is gone, as expected. The ledger holds nothing that it had not confirmed.
      if (!over && connection.getStatus() == Connection.Status.CONNECTED) {
        failure = new AssertionError(name + " failed though the server lives", e);
      }
    } catch (AssertionError e) {
      failure = e;
    }
  }

  /** Tells the clients that the server is about to be killed. */
  void expectTheEnd() {
    over = true;
  }

  /** Returns whether the end of the server is expected. */
  boolean isOver() {
    return over;
  }

  /** Waits for all work to end; fails when some of it failed while the server was alive. */
  void await() throws InterruptedException {
    for (Thread thread : threads) {
      thread.interrupt();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure != null) {
      throw new AssertionError("a client failed though the server lives", failure);
    }
  }
}
