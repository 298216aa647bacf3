package dev.hubkit;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * Joins two starts that run side by side: neither goes on to let clients in before the other could.
 * A side without a server is {@linkplain Side#absent() absent}.
 */
final class Rendezvous {
  private final Side fossil = new Side();
  private final Side nats = new Side();

  /** Thrown to the side that waits when the other side has failed and thrown the cause. */
  static final class MissedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MissedException() {
      super("the other server has not started");
    }
  }

  /** One of the two starts. */
  static final class Side {
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();

    /** Declares that there is no start on this side, so that the other does not wait. */
    void absent() {
      ready.complete(true);
    }

    /**
     * Runs the start of this side. If it ends without {@link #meet}, the other side stops waiting.
     */
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
