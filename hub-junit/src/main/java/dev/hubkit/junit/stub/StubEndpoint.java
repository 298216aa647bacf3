package dev.hubkit.junit.stub;

/** An endpoint of a service of stubs, and its figures. Thread-safe. */
final class StubEndpoint {
  private final String name;
  private final StubMapping.Interest interest;
  private long requests;
  private long errors;
  private String lastError = "";
  private long nanos;

  StubEndpoint(String name, StubMapping.Interest interest) {
    this.name = name;
    this.interest = interest;
  }

  String name() {
    return name;
  }

  StubMapping.Interest interest() {
    return interest;
  }

  /**
   * Counts a request.
   *
   * @param took how long it took, in nanoseconds of the hub's time
   * @param error the code and text of an error, as in {@code 400:no such item}; empty for none
   */
  synchronized void count(long took, String error) {
    requests++;
    nanos += took;
    if (!error.isEmpty()) {
      errors++;
      lastError = error;
    }
  }
}
