package dev.hubkit.junit;

import dev.hubkit.junit.journal.Journal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/** Begins and ends a test, or a class, on a hub, and reports on the hub if it fails. */
final class TestProgress {
  private final HubDefinition definition;
  private final HubContext scope;
  private final ExtensionContext context;

  /**
   * Makes the view of a test or class.
   *
   * @param scope the hub of the same context
   */
  TestProgress(HubDefinition definition, HubContext scope, ExtensionContext context) {
    this.definition = definition;
    this.scope = scope;
    this.context = context;
  }

  /** Remembers the state of the hub's clock and journal, for {@link #endTest()}. */
  void beginTest() {
    beginRun();
    scope.start().controls().beginTest();
    TestHistory.beginIfWanted(scope.start().resource(), context);
    HubResource hub = scope.present();
    if (hub != null) {
      hub.ownStubs().beginTest();
      HubStore.of(context).put(beginKey(), hub.journal().mark());
    }
  }

  /** Begins the class. */
  void beginClass() {
    beginRun();
  }

  private void beginRun() {
    List<String> around = new ArrayList<>();
    for (Optional<ExtensionContext> outer = context.getParent();
        outer.isPresent();
        outer = outer.get().getParent()) {
      if (outer.get().getTestClass().isPresent()) {
        around.add(TestNames.of(outer.get()));
      }
    }
    HubStore.of(context)
        .put(
            runKey(),
            scope
                .start()
                .tests()
                .begin(TestNames.of(context), context.getTestMethod().isEmpty(), around));
  }

  private @Nullable RunningTest run() {
    return HubStore.of(context).get(runKey(), RunningTest.class);
  }

  private Object runKey() {
    return HubStore.key("run", definition.key(), context);
  }

  private void endRun() {
    RunningTest run = run();
    if (run != null) {
      scope.start().tests().end(run);
    }
  }

  /** Records the state of the hub if the test has failed, or if its trace is wanted anyway. */
  void recordEnd() {
    if (failure() != null) {
      failedTest();
    } else {
      tracedTest();
    }
  }

  /** Returns the trace of a test that has not failed; null if none is wanted. */
  private @Nullable TracedTest tracedTest() {
    HubResource hub = scope.present();
    ExtensionContext.Store store = HubStore.of(context);
    Journal.Mark begin = store.get(beginKey(), Journal.Mark.class);
    if (definition.trace() != Trace.ALWAYS || hub == null || begin == null) {
      return null;
    }
    return store.getOrComputeIfAbsent(
        HubStore.key("trace", definition.key(), context),
        key -> {
          TracedTest trace =
              new TracedTest(context, hub, FailureFiles.of(definition, context), begin, run());
          if (hub.hub().owner().nats() != null && !hub.started().controls().isCrashed()) {
            trace.addStreams(hub.hub().natsServers());
          }
          return trace;
        },
        TracedTest.class);
  }

  /** Ends the faults of the test, and reports on the hub if the test has failed. */
  void endTest() {
    try {
      reportTest();
    } finally {
      endRun();
    }
  }

  private void reportTest() {
    HubResource hub = scope.present();
    if (hub == null) {
      return;
    }
    Throwable failure = failure();
    FailedTest failed = failure == null ? null : failedTest();
    TracedTest traced = failure == null ? tracedTest() : null;
    hub.endTest();
    hub.ownStubs().endTest();
    hub.started().controls().endTest(hub.hub());
    if (failure != null && failed != null) {
      failed.report(failure);
    }
    if (traced != null) {
      write(traced);
    }
  }

  private void write(TracedTest traced) {
    try {
      context.publishReportEntry("hub trace", traced.write(null).toUri().toString());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The trace of "
              + TestNames.of(context)
              + " cannot be written; hub.junit.report-directory chooses another directory",
          e);
    }
  }

  /** Reports on the hub if the class has failed outside of its tests. */
  void endClass() {
    Throwable failure = failure();
    FailedTest failed = failure == null || definition.isPerTest() ? null : failedTest();
    if (failure != null && failed != null) {
      failed.report(failure);
    }
    endRun();
  }

  private @Nullable FailedTest failedTest() {
    HubResource hub = scope.present();
    if (hub == null) {
      return null;
    }
    ExtensionContext.Store store = HubStore.of(context);
    Journal.Mark begin = store.get(beginKey(), Journal.Mark.class);
    return store.getOrComputeIfAbsent(
        HubStore.key("failed", definition.key(), context),
        key ->
            new FailedTest(
                definition,
                context,
                hub,
                begin == null ? hub.journal().begin() : begin,
                run(),
                isTraced()),
        FailedTest.class);
  }

  // Without the note nobody would be told where the trace is.
  private boolean isTraced() {
    return definition.trace() == Trace.ALWAYS
        || (definition.trace() == Trace.ON_FAILURE && new AttributeDefaults(context).failureNote());
  }

  private Object beginKey() {
    return HubStore.key("begin", definition.key(), context);
  }

  private @Nullable Throwable failure() {
    return context.getExecutionException().filter(TestProgress::isFailure).orElse(null);
  }

  private static boolean isFailure(Throwable thrown) {
    return !(thrown instanceof TestAbortedException);
  }
}
