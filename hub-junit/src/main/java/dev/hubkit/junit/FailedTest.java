package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.junit.journal.Journal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A failed test and its hub: records the state at the failure, and reports it. */
final class FailedTest {
  private final HubDefinition definition;
  private final ExtensionContext context;
  private final HubResource hub;
  private final FailureFiles files;
  private final FailureReport report;
  private final @Nullable TracedTest trace;
  private @Nullable Path state;
  private String obstacle = "";

  /**
   * Records the state of a hub just after its test has failed.
   *
   * @param begin when the test began
   * @param run the test beside others; null if it did not begin
   * @param traced whether to write a trace
   */
  FailedTest(
      HubDefinition definition,
      ExtensionContext context,
      HubResource hub,
      Journal.Mark begin,
      @Nullable RunningTest run,
      boolean traced) {
    this.definition = definition;
    this.context = context;
    this.hub = hub;
    files = FailureFiles.of(definition, context);
    report = new FailureReport(hub, TestNames.of(context), begin, run);
    trace = traced ? new TracedTest(context, hub, files, begin, run) : null;
    try {
      if (hub.started().controls().isCrashed()) {
        try (CrashedHub onDisk = hub.started().onDisk()) {
          record(onDisk.hub());
        }
      } else {
        record(hub.hub());
      }
    } catch (IOException | RuntimeException e) {
      obstacle = String.valueOf(e.getMessage());
    }
  }

  private void record(Hub from) throws IOException {
    if (hub.hub().owner().nats() != null) {
      report.addStreams(StreamsReport.of(from.natsServers()));
      if (trace != null) {
        trace.addStreams(from.natsServers());
      }
    }
    if (definition.keepOnFailure() && state == null) {
      Path file = files.state();
      from.snapshot().save(file);
      state = file;
    }
  }

  // A server that a fault has ended, such as a lame duck, could not be asked when the test failed.
  private void recordWhatIsMissing() {
    if (!obstacle.isEmpty()) {
      try {
        record(hub.hub());
      } catch (IOException | RuntimeException e) {
        obstacle = String.valueOf(e.getMessage());
      }
    }
  }

  /** Publishes the report and adds a note to the failure, after the faults have been removed. */
  void report(Throwable failure) {
    recordWhatIsMissing();
    context.publishReportEntry(report.entries());
    List<String> places = new ArrayList<>();
    AttributeDefaults defaults = new AttributeDefaults(context);
    boolean wantsNote = defaults.failureNote();
    if (wantsNote) {
      if (RefusedReplicas.caused(failure)) {
        places.add("refused replicas: " + RefusedReplicas.REMEDY);
      }
      places.add("full report: " + writtenReport());
    }
    String page = writtenTrace(failure);
    if (!page.isEmpty()) {
      places.add("trace: " + page);
    }
    if (state != null) {
      places.add(howToOpen(state));
      System.out.println("The state of " + TestNames.of(context) + " is kept. " + howToOpen(state));
    } else if (definition.keepOnFailure()) {
      places.add("state: not kept, because " + obstacle);
      System.out.println("The state of " + TestNames.of(context) + " is not kept: " + obstacle);
    }
    if (wantsNote) {
      FailureNote note = report.note(places);
      failure.addSuppressed(note);
      FailureConsole.system().show(note, defaults.failureNoteOnConsole(), System.out);
    }
  }

  private static String howToOpen(Path state) {
    return "to look at it: hub open " + state;
  }

  /** Returns the address of the page of the trace; empty if there is to be none. */
  private String writtenTrace(Throwable failure) {
    if (trace == null) {
      return "";
    }
    try {
      return trace.write(failure).toUri().toString();
    } catch (IOException | RuntimeException e) {
      return "(cannot be written: " + e.getMessage() + ")";
    }
  }

  private String writtenReport() {
    try {
      return files.write(report.entries()).toString();
    } catch (IOException | UncheckedIOException e) {
      return "(cannot be written: " + e.getMessage() + ")";
    }
  }
}
