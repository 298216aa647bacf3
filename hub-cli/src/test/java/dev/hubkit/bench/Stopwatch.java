package dev.hubkit.bench;

import java.io.IOException;

/** Measures the time that passes, and the processor time that a server spends meanwhile. */
final class Stopwatch {
  private final NatsProcess server;
  private final double processorSeconds;
  private final long start;
  private double seconds;
  private double usedSeconds;

  private Stopwatch(NatsProcess server) throws IOException {
    this.server = server;
    this.processorSeconds = server.processorSeconds();
    this.start = System.nanoTime();
  }

  static Stopwatch start(NatsProcess server) throws IOException {
    return new Stopwatch(server);
  }

  Stopwatch stop() throws IOException {
    seconds = (System.nanoTime() - start) / 1e9;
    usedSeconds = server.processorSeconds() - processorSeconds;
    return this;
  }

  double seconds() {
    return seconds;
  }

  double processorMicros(double operations) {
    return usedSeconds * 1e6 / operations;
  }
}
