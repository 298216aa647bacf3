package dev.hubkit;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * Two starts side by side, of which neither goes on to let clients in before the other could. A
 * start that there is none of is {@linkplain Side#absent() absent}.
 */
final class Rendezvous {
  private final Side fossil = new Side();
  private final Side nats = new Side();

  /** Thrown by one side's wait when the other side has failed, which has thrown why. */
  static final class MissedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MissedException() {
      super("the other server has not started");
    }
  }

  /** One of the two. */
  static final class Side {
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();

    /** Lets the other side not wait for this one. */
    void absent() {
      ready.complete(true);
    }

    /** Runs the start of this side, whose end without {@link #meet} the other side hears of. */
    <T> T start(Callable<T> work) throws Exception {
      try {
        return work.call();
      } finally {
        ready.complete(false);
      }
    }

    private void meet(Side other) {
      ready.complete(true);
      if (!other.ready.join()) {
        throw new MissedException();
      }
    }
  }

  Side fossil() {
    return fossil;
  }

  Side nats() {
    return nats;
  }

  /** Says that Fossil could let clients in, and waits until NATS could. */
  void fossilReady() {
    fossil.meet(nats);
  }

  /** Says that NATS could let clients in, and waits until Fossil could. */
  void natsReady() {
    nats.meet(fossil);
  }
}
