package dev.hubkit.http;

import dev.hubkit.work.SupervisedTask;

/** Runs on workers what the TLS handshake of one connection needs. For the loop's thread. */
final class HandshakeTasks {
  private final SocketTransport transport;
  private final Dispatcher dispatcher;
  private final LoopTasks tasks;
  private boolean isRunning;

  HandshakeTasks(SocketTransport transport, Dispatcher dispatcher, LoopTasks tasks) {
    this.transport = transport;
    this.dispatcher = dispatcher;
    this.tasks = tasks;
  }

  /** Returns whether a worker is busy, so that the connection cannot read. */
  boolean isRunning() {
    return isRunning;
  }

  /** Runs the next task, if there is one, and calls {@code onDone} on the loop's thread then. */
  void run(Runnable onDone) {
    Runnable task = transport.task();
    if (task == null) {
      return;
    }
    isRunning = true;
    SupervisedTask done =
        tasks.of(
            () -> {
              isRunning = false;
              onDone.run();
            });
    dispatcher.run(
        "a TLS handshake",
        () -> {
          task.run();
          tasks.submit(done);
        },
        failure -> tasks.closeSoon());
  }
}
