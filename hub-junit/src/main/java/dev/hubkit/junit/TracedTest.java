package dev.hubkit.junit;

import dev.hubkit.json.JsonObject;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.journal.JournalEntry;
import dev.hubkit.junit.trace.TestTrace;
import dev.hubkit.junit.trace.TraceFailure;
import dev.hubkit.log.Log;
import dev.hubkit.nats.NatsServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The trace of a test: recorded when the test method has ended, and written after the test. */
final class TracedTest {
  private static final Log log = Log.of(TracedTest.class);

  private final ExtensionContext context;
  private final FailureFiles files;
  private final TestTrace trace;

  /**
   * Records what has happened in a hub up to now.
   *
   * @param begin when the test began
   * @param run the test beside others; null if there are none
   */
  TracedTest(
      ExtensionContext context,
      HubResource hub,
      FailureFiles files,
      Journal.Mark begin,
      @Nullable RunningTest run) {
    this.context = context;
    this.files = files;
    Predicate<JournalEntry> ofOther =
        entry -> run != null && entry.clientName().filter(run::isOfOther).isPresent();
    Journal journal = hub.journal();
    trace =
        new TestTrace(
            TestNames.of(context),
            hub.name(),
            journal,
            begin,
            hub.started().controls().trace(),
            ofOther.negate(),
            journal.unmetSince(begin, ofOther.negate(), run != null && run.others() > 0));
  }

  /** Adds the streams of servers as they are now, unless the trace has them. */
  void addStreams(List<NatsServer> servers) {
    Map<String, JsonObject> byName = new TreeMap<>();
    for (NatsServer server : servers) {
      for (JsonObject stream : server.streams()) {
        // Of several replicas the one that has heard most.
        byName.merge(
            stream.string("name", ""),
            stream,
            (one, other) -> lastSequence(one) >= lastSequence(other) ? one : other);
      }
    }
    trace.addStreams(List.copyOf(byName.values()));
  }

  private static long lastSequence(JsonObject stream) {
    return stream.objectOrEmpty("state").unsigned("last_seq", 0);
  }

  /**
   * Writes the trace and attaches it to the test.
   *
   * @param failure null for a test that has not failed
   * @throws IOException if the file cannot be written
   */
  Path write(@Nullable Throwable failure) throws IOException {
    String testClass = context.getTestClass().map(Class::getName).orElse("");
    Path file =
        files.writeTrace(trace.page(failure == null ? null : TraceFailure.of(failure, testClass)));
    try {
      TraceFiles.attach(file, context);
    } catch (IOException | RuntimeException e) {
      // The file is there; a launcher without a directory for the output of tests attaches none.
      log.debug("The trace " + file + " is not attached", e);
    }
    return file;
  }
}
