package dev.hubkit.junit;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tests, and the classes of tests, that use a hub at the moment. Thread-safe. */
final class RunningTests {
  private static final String NOBODY = "hub-junit";

  // Threads that a test starts open connections for it. A test may use several hubs.
  private static final InheritableThreadLocal<@Nullable RunningTest> OF_THREAD =
      new InheritableThreadLocal<>();

  private final Set<RunningTest> running = new LinkedHashSet<>();

  /**
   * Begins a test on the thread that runs it.
   *
   * @param around the names of the classes around it
   */
  RunningTest begin(String name, boolean ofClass, List<String> around) {
    RunningTest test = new RunningTest(name, ofClass, around, OF_THREAD.get());
    OF_THREAD.set(test);
    synchronized (this) {
      for (RunningTest other : running) {
        other.meet(test);
        test.meet(other);
      }
      running.add(test);
    }
    return test;
  }

  /** Ends a test. */
  void end(RunningTest test) {
    synchronized (this) {
      running.remove(test);
    }
    test.end();
    RunningTest here = OF_THREAD.get();
    while (here != null && here.hasEnded()) {
      here = here.before();
    }
    OF_THREAD.set(here);
  }

  /**
   * Returns the name for a client that the calling thread opens: that of its test or class, else
   * that of the only test, else that of nobody.
   */
  String clientName() {
    RunningTest here = OF_THREAD.get();
    if (here != null && !here.hasEnded()) {
      return here.name();
    }
    synchronized (this) {
      List<RunningTest> tests = running.stream().filter(each -> !each.isOfClass()).toList();
      return tests.size() == 1 ? tests.get(0).name() : NOBODY;
    }
  }
}
