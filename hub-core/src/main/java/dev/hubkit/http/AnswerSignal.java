package dev.hubkit.http;

import dev.hubkit.work.SupervisedTask;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** Tells a connection, on its loop, that a worker has ended an answer. Thread-safe. */
final class AnswerSignal implements Exchange.Peer {
  /** What follows an answer. */
  enum Next {
    REQUEST,
    LINGER,
    CLOSE
  }

  private final HttpSocket socket;
  private final LoopTasks tasks;
  // Made beforehand: a worker that has run out of memory still has to tell the loop.
  private final SupervisedTask request;
  private final SupervisedTask linger;
  private final SupervisedTask close;

  /**
   * Has ended no answer yet.
   *
   * @param onEnd called on the loop's thread
   */
  AnswerSignal(HttpSocket socket, LoopTasks tasks, Consumer<Next> onEnd) {
    this.socket = socket;
    this.tasks = tasks;
    this.request = tasks.of(() -> onEnd.accept(Next.REQUEST));
    this.linger = tasks.of(() -> onEnd.accept(Next.LINGER));
    this.close = tasks.of(() -> onEnd.accept(Next.CLOSE));
  }

  @Override
  public void answered(boolean keepAlive) {
    tasks.submit(keepAlive ? request : linger);
  }

  @Override
  public void brokenOff() {
    tasks.submit(close);
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return socket.remote();
  }

  @Override
  public InetSocketAddress localAddress() {
    return socket.local();
  }
}
