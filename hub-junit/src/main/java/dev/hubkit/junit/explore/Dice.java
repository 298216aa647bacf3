package dev.hubkit.junit.explore;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * The decisions of one seed. A decision depends on the seed and the operation alone, not on the
 * order in which threads ask. So that runs differ, a seed leaves out some kinds of adversity, and
 * makes others rare or frequent. Immutable.
 */
final class Dice {
  private static final double[] RATES = {0.04, 0.12, 0.35};
  // A crash concerns everybody, and costs more time than the rest.
  private static final double CRASH_FACTOR = 0.4;

  private final long seed;
  private final Map<Adversity, Double> rates = new EnumMap<>(Adversity.class);

  Dice(long seed, Set<Adversity> chosen, double intensity) {
    this.seed = seed;
    for (Adversity each : chosen) {
      if (chosen.size() == 1 || uniform("used " + each) < 0.5) {
        double rate = RATES[(int) (uniform("rate of " + each) * RATES.length)];
        rates.put(each, rate * intensity * (each == Adversity.CRASH ? CRASH_FACTOR : 1));
      }
    }
  }

  /** Returns whether an adversity strikes at an operation. */
  boolean strikes(Adversity adversity, Operation operation) {
    Double rate = rates.get(adversity);
    return rate != null && uniform(adversity + " at " + operation.key()) < rate;
  }

  /** Returns a number from 0 to below 1, always the same for one text. */
  double uniform(String text) {
    // FNV-1a over the characters, then the finalizer of SplitMix64, which spreads each bit.
    long hash = 0xcbf29ce484222325L ^ seed * 0x9e3779b97f4a7c15L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ hash >>> 30) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ hash >>> 27) * 0x94d049bb133111ebL;
    hash ^= hash >>> 31;
    return (hash >>> 11) * 0x1.0p-53;
  }
}
