package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Published;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** The events of a history, in order. Keeps all of them, or says that it could not. Thread-safe. */
final class EventLog {
  // So that the limit of events also limits the memory for payloads.
  private static final long BYTES_PER_EVENT = 512;

  private final int mostEvents;
  private final List<HistoryEvent> events = new ArrayList<>();
  // What was published with a reply subject and has not been answered, by that subject.
  private final Map<String, Deque<Long>> unanswered = new HashMap<>();
  private long last;
  private long bytes;
  private boolean full;
  private volatile boolean running = true;

  EventLog(int mostEvents) {
    this.mostEvents = mostEvents;
  }

  boolean isRunning() {
    return running;
  }

  void stop() {
    running = false;
  }

  /** Adds the event that is made of the next number. */
  synchronized void add(int size, LongFunction<? extends HistoryEvent> event) {
    if (!running) {
      return;
    }
    bytes += size;
    if (events.size() >= mostEvents || bytes > mostEvents * BYTES_PER_EVENT) {
      full = true;
      running = false;
      unanswered.clear();
      return;
    }
    HistoryEvent made = event.apply(++last);
    events.add(made);
    if (made instanceof Published published && published.reply() != null) {
      unanswered.computeIfAbsent(published.reply(), key -> new ArrayDeque<>(1)).add(last);
    }
  }

  /** Returns the number of the event that waits for an answer on a subject; null for none. */
  synchronized @Nullable Long answered(String subject) {
    Deque<Long> waiting = unanswered.get(subject);
    if (waiting == null) {
      return null;
    }
    Long first = waiting.poll();
    if (waiting.isEmpty()) {
      unanswered.remove(subject);
    }
    return first;
  }

  /** Returns the events so far. */
  synchronized List<HistoryEvent> events() {
    return List.copyOf(events);
  }

  /** Returns whether there were more events than it keeps. */
  synchronized boolean isFull() {
    return full;
  }

  int mostEvents() {
    return mostEvents;
  }
}
