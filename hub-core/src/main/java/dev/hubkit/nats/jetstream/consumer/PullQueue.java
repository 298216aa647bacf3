package dev.hubkit.nats.jetstream.consumer;

import org.jspecify.annotations.Nullable;

/**
 * The waiting pull requests, in the order in which they are served: round robin, and by priority
 * first for a prioritized consumer (ADR-42). Not thread-safe.
 */
final class PullQueue {
  /** Limits how many requests the server remembers for clients that ask for more than there is. */
  private final long capacity;

  private final boolean prioritized;
  private final @Nullable Listener listener;
  private @Nullable Entry head;
  private @Nullable Entry tail;
  private int size;

  /** Is told which requests wait. */
  interface Listener {
    /** Notes that a request waits, named by its reply subject. */
    void asked(String reply);

    /** Notes that a request waits no more. */
    void ended(String reply);
  }

  PullQueue(long capacity, boolean prioritized, @Nullable Listener listener) {
    this.capacity = capacity;
    this.prioritized = prioritized;
    this.listener = listener;
  }

  /** A waiting request, and what is left to fulfil of it. */
  static final class Entry {
    /** Never, as a time. */
    public static final long NEVER = Long.MAX_VALUE;

    public final String reply;
    final boolean noWait;

    /** When the request expires; {@link #NEVER} if it does not. */
    final long expiresAt;

    public final long heartbeat;
    final PullRequest.@Nullable Priority priority;

    /** When the next heartbeat is due; {@link #NEVER} if there is none. */
    long heartbeatAt;

    public long remaining;
    long remainingBytes;
    public long delivered;
    String pin;
    private @Nullable Entry next;

    Entry(PullRequest request, String reply, long now) {
      this.reply = reply;
      this.noWait = request.noWait();
      this.expiresAt = request.expires() == 0 ? NEVER : later(now, request.expires());
      this.heartbeat = request.heartbeat();
      this.heartbeatAt = heartbeat > 0 ? later(now, heartbeat) : NEVER;
      this.priority = request.priority();
      this.remaining = request.batch();
      this.remainingBytes = request.maxBytes();
      this.pin = priority == null ? "" : priority.id();
    }

    /**
     * Counts the bytes of a message for the request, if it has a limit. A request whose bytes are
     * used up ends with this message.
     *
     * @return false if the message has more bytes than are left; then nothing is counted
     */
    boolean takeBytes(long size) {
      if (remainingBytes > 0) {
        if (size > remainingBytes) {
          return false;
        }
        remainingBytes -= size;
        if (remainingBytes == 0) {
          remaining = 1;
        }
      }
      return true;
    }

    /** Postpones the next heartbeat, because the client has just got a message. */
    public void onActivity(long now) {
      if (heartbeat > 0) {
        heartbeatAt = later(now, heartbeat);
      }
    }

    private long level() {
      return priority == null ? Integer.MAX_VALUE : priority.level();
    }

    private static long later(long now, long delay) {
      long at = now + delay;
      return delay > 0 && at < now ? NEVER : at;
    }
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  boolean isFull() {
    return size >= capacity;
  }

  /** Returns the request to serve next, or null if there is none. */
  @Nullable
  public Entry peek() {
    return head;
  }

  /** Returns the request behind {@code entry}, or null if there is none. */
  public static @Nullable Entry next(Entry entry) {
    return entry.next;
  }

  /** Adds a request; returns false if the queue is full. */
  public boolean add(Entry entry) {
    if (isFull()) {
      return false;
    }
    if (prioritized) {
      insert(entry);
    } else {
      append(entry);
    }
    size++;
    if (listener != null) {
      listener.asked(entry.reply);
    }
    return true;
  }

  /**
   * Counts a message for the first request, and moves it behind the others or removes it if it is
   * fulfilled.
   */
  public void serve() {
    Entry served = head;
    if (served == null) {
      return;
    }
    served.delivered++;
    served.remaining--;
    if (served.remaining <= 0) {
      remove(null, served);
    } else if (size > 1) {
      unlink(null, served);
      if (prioritized) {
        insert(served);
      } else {
        append(served);
      }
      size++;
    }
  }

  /** Moves the first request behind the others without serving it. */
  public void cycle() {
    Entry moved = head;
    if (moved != null && size > 1) {
      unlink(null, moved);
      append(moved);
      size++;
    }
  }

  /** Removes the first request. */
  public void removeFirst() {
    if (head != null) {
      remove(null, head);
    }
  }

  /** Removes all requests without telling of it. */
  public void clear() {
    head = null;
    tail = null;
    size = 0;
  }

  /** Removes {@code entry}, which comes after {@code before}; null if it is the first. */
  public void remove(@Nullable Entry before, Entry entry) {
    unlink(before, entry);
    if (listener != null) {
      listener.ended(entry.reply);
    }
  }

  private void unlink(@Nullable Entry before, Entry entry) {
    if (before == null) {
      head = entry.next;
    } else {
      before.next = entry.next;
    }
    if (tail == entry) {
      tail = before;
    }
    entry.next = null;
    size--;
  }

  private void append(Entry entry) {
    if (tail == null) {
      head = entry;
    } else {
      tail.next = entry;
    }
    tail = entry;
    entry.next = null;
  }

  private void insert(Entry entry) {
    Entry before = null;
    for (Entry at = head; at != null && at.level() <= entry.level(); at = at.next) {
      before = at;
    }
    entry.next = before == null ? head : before.next;
    if (before == null) {
      head = entry;
    } else {
      before.next = entry;
    }
    if (entry.next == null) {
      tail = entry;
    }
  }
}
