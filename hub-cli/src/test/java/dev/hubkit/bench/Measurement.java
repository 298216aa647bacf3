package dev.hubkit.bench;

import java.util.Map;

/** One way to load a server; answers a figure per row of the table. */
@FunctionalInterface
interface Measurement {
  /**
   * Runs once against {@code server}.
   *
   * @throws Unavailable when this machine can't tell
   */
  Map<String, Figure> run(NatsProcess server) throws Exception;

  /** How often it is made, for each that is asked for of the others: those that take long, less. */
  default int rounds(int asked) {
    return asked;
  }

  /** Whether a round that is not counted comes first. */
  default boolean warmsUp() {
    return true;
  }

  /** This measurement, made only once for each server, without a warm-up. */
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
