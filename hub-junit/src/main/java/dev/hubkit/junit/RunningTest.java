package dev.hubkit.junit;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A test, or a class, while it uses a hub; the clients that it opens have its name. Thread-safe.
 */
final class RunningTest {
  private final String name;
  private final boolean ofClass;
  private final List<String> around;
  private final Set<RunningTest> beside = ConcurrentHashMap.newKeySet();
  private final @Nullable RunningTest before;
  private volatile boolean ended;

  /**
   * Makes a test that runs.
   *
   * @param around the names of the classes around it, whose clients it uses, too
   * @param before what the thread did before
   */
  RunningTest(String name, boolean ofClass, List<String> around, @Nullable RunningTest before) {
    this.name = name;
    this.ofClass = ofClass;
    this.around = List.copyOf(around);
    this.before = before;
  }

  String name() {
    return name;
  }

  boolean isOfClass() {
    return ofClass;
  }

  @Nullable RunningTest before() {
    return before;
  }

  boolean hasEnded() {
    return ended;
  }

  void meet(RunningTest other) {
    beside.add(other);
  }

  void end() {
    ended = true;
    beside.clear();
  }

  /** Returns how many other tests have used the hub since this one began. */
  long others() {
    return beside.stream().filter(other -> !other.ofClass).count();
  }

  /** Returns whether another test that ran at the same time is known to have opened a client. */
  boolean isOfOther(String client) {
    return !isMine(client) && beside.stream().anyMatch(other -> other.isNamed(client));
  }

  private boolean isMine(String client) {
    return isNamed(client)
        || (ofClass && client.startsWith(name + "."))
        || around.stream().anyMatch(each -> isNamed(client, each));
  }

  private boolean isNamed(String client) {
    return isNamed(client, name);
  }

  // What is injected has the name of the parameter or field after that of the test.
  private static boolean isNamed(String client, String name) {
    return client.equals(name) || client.startsWith(name + " ");
  }
}
