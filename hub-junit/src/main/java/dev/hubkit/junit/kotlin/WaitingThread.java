package dev.hubkit.junit.kotlin;

import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits in the place of a coroutine, and is interrupted when nobody wants the result any more. Each
 * wait has a thread of its own, so that any number of coroutines may wait without keeping out those
 * that act, as they would in a dispatcher of limited size.
 */
final class WaitingThread<T extends @Nullable Object> extends Thread {
  private final Callable<T> work;
  private final BiConsumer<@Nullable T, @Nullable Throwable> done;

  /**
   * Makes a thread that does the work once it is started.
   *
   * @param done gets the result, or what the work threw
   */
  WaitingThread(Callable<T> work, BiConsumer<@Nullable T, @Nullable Throwable> done) {
    super("hub-junit-waiting");
    setDaemon(true);
    this.work = work;
    this.done = done;
  }

  @Override
  public void run() {
    T result;
    try {
      result = work.call();
    } catch (Throwable e) {
      done.accept(null, e);
      return;
    }
    done.accept(result, null);
  }
}
