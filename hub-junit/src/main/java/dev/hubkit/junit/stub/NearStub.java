package dev.hubkit.junit.stub;

import dev.hubkit.nats.subject.Subjects;
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
  private static final double FAR = 0.5;

  /** Returns the nearest stubs, the nearest first. */
  static List<NearStub> of(StubRequest request, List<Stub> stubs, Scenarios scenarios) {
    return stubs.stream()
        .map(stub -> new NearStub(stub, stub.mapping().differences(request, scenarios)))
        .sorted(Comparator.comparingInt(near -> near.differences().size()))
        .limit(MOST)
        .toList();
  }

  /** Names the stub whose subject comes nearest to one without stubs; empty if none is near. */
  static String hint(String subject, List<Stub> stubs) {
    return stubs.stream()
        .map(Stub::mapping)
        .filter(mapping -> distance(mapping.subject(), subject) <= FAR)
        .min(Comparator.comparingDouble(mapping -> distance(mapping.subject(), subject)))
        .map(mapping -> "; nearest: stub " + mapping)
        .orElse("");
  }

  /** Returns the share of tokens that differ. */
  private static double distance(String pattern, String subject) {
    List<String> wanted = Subjects.tokens(pattern);
    List<String> found = Subjects.tokens(subject);
    int most = Math.max(wanted.size(), found.size());
    int differing = 0;
    for (int i = 0; i < most; i++) {
      String token = i < wanted.size() ? wanted.get(i) : "";
      if (token.equals(">")) {
        break;
      }
      boolean same = i < found.size() && (token.equals("*") || token.equals(found.get(i)));
      differing += same ? 0 : 1;
    }
    return (double) differing / most;
  }

  @Override
  public String toString() {
    return stub + " (" + String.join(", ", differences) + ")";
  }
}
