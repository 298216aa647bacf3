package dev.hubkit.junit.stub;

import dev.hubkit.time.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A stub that answers requests in the place of a service. It is removed after the test that
 * declared it, unless the test's class has declared it before the first test. Thread-safe.
 */
public final class Stub {
  private final Stubs owner;
  private final StubMapping mapping;
  private final @Nullable StubEndpoint endpoint;
  private final Set<Timer> delayed = ConcurrentHashMap.newKeySet();
  private List<StubReply> replies;
  private int next;
  private long count;
  private volatile boolean removed;

  Stub(Stubs owner, StubMapping mapping, List<StubReply> replies, @Nullable StubEndpoint endpoint) {
    this.owner = owner;
    this.mapping = mapping;
    this.replies = replies;
    this.endpoint = endpoint;
  }

  /**
   * Adds a reply to the end of the sequence; see {@link StubBuilder#reply(StubReply,
   * StubReply...)}.
   */
  public synchronized Stub thenReply(StubReply reply) {
    List<StubReply> all = new ArrayList<>(replies);
    all.add(reply);
    replies = List.copyOf(all);
    return this;
  }

  /** Returns how many requests it has got. */
  public synchronized long count() {
    return count;
  }

  /** Returns the requests that it has got, oldest first; of very many, the last ones. */
  public List<StubCall> calls() {
    return owner.log().all().stream().filter(call -> call.stub() == this).toList();
  }

  /** Stops answering, and drops replies that wait for the hub's time. Safe to call again. */
  public void remove() {
    owner.remove(this);
  }

  /** Returns whether it has stopped answering. */
  public boolean isRemoved() {
    return removed;
  }

  Stubs owner() {
    return owner;
  }

  StubMapping mapping() {
    return mapping;
  }

  @Nullable StubEndpoint endpoint() {
    return endpoint;
  }

  /** Counts a request and returns its reply. */
  synchronized Counted take() {
    count++;
    StubReply reply = replies.get(Math.min(next, replies.size() - 1));
    next = Math.min(next + 1, replies.size());
    return new Counted(reply, count);
  }

  /** A reply, and how many requests the stub has got with this one. */
  record Counted(StubReply reply, long count) {}

  /** Forgets the requests, and begins the sequence anew. */
  synchronized void reset() {
    count = 0;
    next = 0;
    cancelDelayed();
  }

  void ended() {
    removed = true;
    cancelDelayed();
  }

  private void cancelDelayed() {
    delayed.forEach(Timer::cancel);
    delayed.clear();
  }

  /** Keeps a timer, to cancel it with the stub. */
  void keep(Timer timer) {
    delayed.add(timer);
    if (removed) {
      cancelDelayed();
    }
  }

  void release(Timer timer) {
    delayed.remove(timer);
  }

  @Override
  public String toString() {
    return "stub " + mapping;
  }
}
