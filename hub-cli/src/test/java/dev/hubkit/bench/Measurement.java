package dev.hubkit.bench;

import java.util.Map;

/** One way to load a server; returns a figure for each row of the table. */
@FunctionalInterface
interface Measurement {
  /**
   * Runs once against {@code server}.
   *
   * @throws Unavailable when this machine cannot measure it
   */
  Map<String, Figure> run(NatsProcess server) throws Exception;

  /**
   * Returns how often to run this when the others run {@code asked} times: long measurements run
   * less often.
   */
  default int rounds(int asked) {
    return asked;
  }

  /** Returns whether a round that does not count comes first. */
  default boolean warmsUp() {
    return true;
  }

  /** Returns a measurement that runs this one only once for each server, without a warm-up. */
  default Measurement once() {
    Measurement measured = this;
    return new Measurement() {
      @Override
      public Map<String, Figure> run(NatsProcess server) throws Exception {
        return measured.run(server);
      }

      @Override
      public int rounds(int asked) {
        return 1;
      }

      @Override
      public boolean warmsUp() {
        return false;
      }
    };
  }

  /** The reason why a row is skipped. */
  final class Unavailable extends Exception {
    private static final long serialVersionUID = 1;

    Unavailable(String reason) {
      super(reason);
    }
  }
}
