package dev.hubkit.junit.stub;

import dev.hubkit.json.JsonWriter;

/** An endpoint of a service of stubs, and its figures. Thread-safe. */
final class StubEndpoint {
  private final String name;
  private final StubMapping.Interest interest;
  private final String started;
  private long requests;
  private long errors;
  private String lastError = "";
  private long nanos;

  /**
   * Makes an endpoint without requests.
   *
   * @param started when it was started, as JSON has it; jnats says so, too
   */
  StubEndpoint(String name, StubMapping.Interest interest, String started) {
    this.name = name;
    this.started = started;
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

  synchronized void reset() {
    requests = 0;
    errors = 0;
    lastError = "";
    nanos = 0;
  }

  /** Writes what INFO says of it. */
  void writeInfo(JsonWriter json) {
    json.beginObject();
    writeIdentity(json);
    json.beginObject("metadata").endObject().endObject();
  }

  /** Writes what STATS says of it. */
  synchronized void writeStats(JsonWriter json) {
    json.beginObject();
    writeIdentity(json);
    json.field("num_requests", requests)
        .field("num_errors", errors)
        .field("last_error", lastError)
        .field("processing_time", nanos)
        .field("average_processing_time", requests == 0 ? 0 : nanos / requests)
        .field("started", started)
        .endObject();
  }

  private void writeIdentity(JsonWriter json) {
    String queueGroup = interest.queueGroup();
    json.field("name", name)
        .field("subject", interest.subject())
        .field("queue_group", queueGroup == null ? "" : queueGroup);
  }
}
