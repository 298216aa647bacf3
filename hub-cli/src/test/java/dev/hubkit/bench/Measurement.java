package dev.hubkit.bench;

import java.util.Map;

/** One way to load a server; answers a figure per row of the table. */
@FunctionalInterface
interface Measurement {
  /** Runs once against {@code server}. */
  Map<String, Double> run(NatsProcess server) throws Exception;
}
