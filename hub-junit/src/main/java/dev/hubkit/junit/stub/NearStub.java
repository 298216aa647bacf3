package dev.hubkit.junit.stub;

import java.util.Comparator;
import java.util.List;

/**
 * A stub that did not match a request, and why.
 *
 * @param differences what kept it from matching
 */
record NearStub(Stub stub, List<String> differences) {
  /** The code of the error that a request gets which no stub matches. */
  static final int NOT_FOUND = 404;

  private static final int MOST = 3;

  /** Returns the nearest stubs, the nearest first. */
  static List<NearStub> of(StubRequest request, List<Stub> stubs, Scenarios scenarios) {
    return stubs.stream()
        .map(stub -> new NearStub(stub, stub.mapping().differences(request, scenarios)))
        .sorted(Comparator.comparingInt(near -> near.differences().size()))
        .limit(MOST)
        .toList();
  }

  @Override
  public String toString() {
    return stub + " (" + String.join(", ", differences) + ")";
  }
}
