package dev.hubkit.junit.trace;

import dev.hubkit.json.JsonObject;
import dev.hubkit.junit.journal.UnmetExpectation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a trace is made of.
 *
 * @param test names the test
 * @param hub the name of its hub; empty for the only one
 * @param failure null for a test that has not failed
 * @param steps all that happened, in this order
 * @param dropped how many older entries the journal has dropped
 * @param unmet what the test waited for in vain
 * @param streams the streams at the end, as the server reports them
 */
record TraceContents(
    String test,
    String hub,
    @Nullable TraceFailure failure,
    List<TraceStep> steps,
    long dropped,
    List<UnmetExpectation> unmet,
    List<JsonObject> streams) {

  String result() {
    return failure == null ? "passed" : "failed";
  }
}
