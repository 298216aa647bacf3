package dev.hubkit.conformance;

/** How one test ended. */
enum Outcome {
  PASSED,
  FAILED,
  SKIPPED,
  /** The run ended before this test did. */
  MISSING,
  /** The whole class took too long. */
  CUT
}
