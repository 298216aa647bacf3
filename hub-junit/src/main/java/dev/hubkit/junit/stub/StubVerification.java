package dev.hubkit.junit.stub;

import dev.hubkit.junit.message.MessageMatcher;
import dev.hubkit.time.DurationText;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Checks what a stub was asked: {@code verify(stub).called(2)}, {@code
 * verify(stub).called(atLeast(1))}, {@code verify(stub).calledWith(json("$.id", 42))}. Immutable.
 */
public final class StubVerification {
  private static final int SHOWN = 10;
  private static final int NEAREST = 3;

  private final Stub stub;
  private final Duration patience;

  private StubVerification(Stub stub, Duration patience) {
    this.stub = stub;
    this.patience = patience;
  }

  /** Begins a check of a stub. */
  public static StubVerification verify(Stub stub) {
    return new StubVerification(stub, Duration.ZERO);
  }

  /** Returns a number of requests: {@code count} or more. */
  public static CallCount atLeast(long count) {
    return new CallCount(count, Long.MAX_VALUE);
  }

  /** Returns a number of requests: {@code count} or fewer. */
  public static CallCount atMost(long count) {
    return new CallCount(0, count);
  }

  /** Returns a number of requests: exactly {@code count}. */
  public static CallCount exactly(long count) {
    return new CallCount(count, count);
  }

  /** Has the checks wait for the requests, by the machine's clock; without this, they do not. */
  public StubVerification within(Duration machineTime) {
    return new StubVerification(stub, machineTime);
  }

  /**
   * Checks that the stub has got so many requests.
   *
   * @throws AssertionError if not; it shows the requests and the nearest misses
   */
  public void called(long times) {
    called(exactly(times));
  }

  /**
   * Checks that the stub has got so many requests.
   *
   * @throws AssertionError if not; it shows the requests and the nearest misses
   */
  public void called(CallCount expected) {
    check(expected, stub::count, "to " + stub, this::missed);
  }

  /** Checks that the stub has got no request. */
  public void neverCalled() {
    called(exactly(0));
  }

  /**
   * Checks that the stub has got a request that matches.
   *
   * @throws AssertionError if not; it says of the nearest requests what differed
   */
  public void calledWith(MessageMatcher matcher) {
    calledWith(matcher, atLeast(1));
  }

  /**
   * Checks that the stub has got so many requests that match.
   *
   * @throws AssertionError if not; it says of the nearest requests what differed
   */
  public void calledWith(MessageMatcher matcher, CallCount expected) {
    check(
        expected,
        () -> stub.calls().stream().filter(call -> matcher.matches(call.request().view())).count(),
        "to " + stub + " " + matcher,
        () -> differences(matcher));
  }

  private void check(
      CallCount expected, LongSupplier actual, String what, Supplier<String> misses) {
    CallLog log = stub.owner().log();
    if (log.await(() -> expected.includes(actual.getAsLong()), patience)) {
      return;
    }
    long found = actual.getAsLong();
    long dropped = log.dropped();
    throw new AssertionError(
        "Expected "
            + expected
            + " "
            + what
            + (patience.isZero() ? "" : " within " + DurationText.of(patience))
            + ", but there "
            + (found <= 1 ? "was " : "were ")
            + new CallCount(found, found)
            + "."
            + requests()
            + misses.get()
            + (dropped == 0 ? "" : "\n" + dropped + " older requests are no longer kept."));
  }

  private String requests() {
    List<StubCall> calls = stub.calls();
    if (calls.isEmpty()) {
      return "";
    }
    List<StubCall> last = calls.subList(Math.max(0, calls.size() - SHOWN), calls.size());
    return "\nIts "
        + (last.size() < calls.size() ? "last " : "")
        + "requests:"
        + last.stream().map(call -> "\n  " + call).collect(Collectors.joining());
  }

  /** Describes requests that the stub could have been meant for. */
  private String missed() {
    Scenarios scenarios = stub.owner().server().scenarios();
    List<String> lines =
        stub.owner().log().all().stream()
            .filter(call -> call.stub() != stub && call.account().equals(stub.mapping().account()))
            .map(call -> new Miss(call, stub.mapping().differences(call.request(), scenarios)))
            .sorted(Comparator.comparingInt(miss -> miss.differences().size()))
            .limit(NEAREST)
            .map(Miss::toString)
            .collect(Collectors.toList());
    stub.owner().unanswered().stream()
        .limit(NEAREST)
        .forEach(subject -> lines.add("\n  " + subject + ", which nobody subscribed to"));
    return lines.isEmpty() ? "" : "\nNearest other requests:" + String.join("", lines);
  }

  private String differences(MessageMatcher matcher) {
    String lines =
        stub.calls().stream()
            .map(call -> new Miss(call, matcher.differences(call.request().view())))
            .filter(miss -> !miss.differences().isEmpty())
            .sorted(Comparator.comparingInt(miss -> miss.differences().size()))
            .limit(NEAREST)
            .map(Miss::toString)
            .collect(Collectors.joining());
    return lines.isEmpty() ? missed() : "\nWhat differed:" + lines;
  }

  /** A request, and why it does not count. */
  private record Miss(StubCall call, List<String> differences) {
    @Override
    public String toString() {
      String why =
          differences.isEmpty()
              ? call.stub() == null ? "no stub answered it" : "answered by " + call.stub()
              : String.join(", ", differences);
      return "\n  " + call.request() + " (" + why + ")";
    }
  }

  @Override
  public String toString() {
    return "verification of " + stub;
  }
}
