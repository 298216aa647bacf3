package dev.hubkit.nats.account;

import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The work that one thread does in one go: all the operations read from a socket at once, one
 * timer, one API request. Connections and streams touched on the way are flushed once, at its end,
 * so that a hundred messages for one subscriber cost one write. Confined to its thread.
 */
public final class WorkBatch {
  private static final Supervisor SUPERVISOR = new Supervisor("batch");

  // Not a deque: that of the JDK loses what is in it when there is no memory for more.
  private final ArrayList<Flushable> deferred = new ArrayList<>();
  private int next;
  private final Set<Flushable> known = new HashSet<>();
  private @Nullable BackPressure congestion;
  private @Nullable Requester requester;
  private @Nullable MessageTrace trace;
  private boolean importing;
  private boolean own;
  private boolean answering;
  private boolean answeringJetStream;
  private @Nullable AccountTraffic exporter;

  /** Flushes {@code target} at the end of this batch, once however often it is deferred. */
  public void defer(Flushable target) {
    if (known.add(target)) {
      try {
        deferred.add(target);
      } catch (Throwable e) {
        // What is known but not deferred would never be flushed.
        known.remove(target);
        throw e;
      }
    }
  }

  /** Returns the present publisher of this batch; null for the server itself. */
  public @Nullable Requester requester() {
    return requester;
  }

  /** Sets the publisher from now on. */
  public void requester(@Nullable Requester publisher) {
    requester = publisher;
  }

  /** Returns the trace of the message that is being published; null when it is not traced. */
  public @Nullable MessageTrace trace() {
    return trace;
  }

  /** Sets the trace of what is published from now on; null for none. */
  public void trace(@Nullable MessageTrace present) {
    trace = present;
  }

  /** Returns whether a message is on its way through a service import. */
  boolean importing() {
    return importing;
  }

  void importing(boolean within) {
    importing = within;
  }

  /** Returns whether the message on its way is one of the server itself. */
  boolean own() {
    return own;
  }

  void own(boolean byServer) {
    own = byServer;
  }

  /** Returns whether the message on its way is an answer, to where its requester wanted it. */
  boolean answering() {
    return answering;
  }

  /**
   * Sets whether what is published from now on are answers that may go where the requester wanted
   * them and only because it did.
   */
  public void answering(boolean onBehalf) {
    answering = onBehalf;
  }

  /** Returns whether the message had a reply subject of JetStream before it was imported. */
  boolean answeringJetStream() {
    return answeringJetStream;
  }

  void answeringJetStream(boolean before) {
    answeringJetStream = before;
  }

  /**
   * Returns the account of a message on its way to another one that imports it; null for a message
   * that stays in its account.
   */
  public @Nullable AccountTraffic exporter() {
    return exporter;
  }

  void exporter(@Nullable AccountTraffic of) {
    exporter = of;
  }

  /** Notes that so much waits for a target that its publishers must slow down. */
  public void congested(BackPressure target) {
    congestion = target;
  }

  /**
   * Returns the last target that {@link #congested} was called for since this was last asked, if
   * any.
   */
  public @Nullable BackPressure takeCongestion() {
    BackPressure was = congestion;
    congestion = null;
    return was;
  }

  /** Returns whether nothing is deferred. */
  public boolean isEmpty() {
    return next >= deferred.size();
  }

  /**
   * Forgets the publisher and its state, because publishing has failed halfway; what was deferred
   * before stays deferred.
   */
  public void abandon() {
    requester = null;
    trace = null;
    congestion = null;
    importing = false;
    own = false;
    answering = false;
    answeringJetStream = false;
    exporter = null;
  }

  /**
   * Flushes what was deferred, and what that defers in turn, until nothing is left; the batch can
   * then be used again. A target that fails is told so, and the others are flushed all the same.
   */
  public void flush() {
    while (next < deferred.size()) {
      Flushable target = deferred.get(next);
      next++;
      known.remove(target);
      try {
        WorkStep.BATCH_FLUSH.reach();
        target.flush(this);
      } catch (Throwable failure) {
        SUPERVISOR.failed(target, failure, target);
      }
    }
    // Also when a target has flushed this batch in between.
    deferred.clear();
    next = 0;
  }
}
