package dev.hubkit.nats.net;

import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.MemoryBudget;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reply subjects that one client or leaf node may publish to because it has received them.
 * Their number is limited by memory: a client that sends requests could make them as many as it
 * likes, and then the oldest are forgotten. Thread-safe.
 */
public final class ReplyPermissions {
  // replyPermLimit of nats-server: so many new grants after which the ended ones are dropped.
  private static final int PRUNE_AFTER = 4096;
  // The memory of a grant besides the characters of its subject.
  private static final int GRANT_BYTES = 160;
  // The memory that every client may use.
  private static final int FREE = 4 * 1024;
  private static final int PIECE = 16 * 1024;

  private final ResponsePermission permission;
  private final TimeSource time;
  private final MemoryBudget memory;
  private final Map<String, Grant> grants = new LinkedHashMap<>(); // the oldest first
  private int sincePruned;
  private long taken;
  private long reserved;
  private boolean closed;

  /** Grants nothing yet. */
  public ReplyPermissions(ResponsePermission permission, TimeSource time, MemoryBudget memory) {
    this.permission = permission;
    this.time = time;
    this.memory = memory;
  }

  /** Grants as many answers to {@code reply} as the permission says; nothing for null. */
  public synchronized void grant(@Nullable String reply) {
    if (reply == null || closed) {
      return;
    }
    if (grants.remove(reply) != null) {
      taken -= size(reply);
    }
    if (++sincePruned > PRUNE_AFTER) {
      prune();
    }
    if (makeRoom(size(reply))) {
      grants.put(reply, new Grant(time.nanoTime()));
      taken += size(reply);
    }
  }

  private static long size(String reply) {
    return GRANT_BYTES + (long) reply.length();
  }

  private void prune() {
    sincePruned = 0;
    Iterator<Map.Entry<String, Grant>> all = grants.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<String, Grant> each = all.next();
      if (!hasEnded(each.getValue())) {
        break; // all after it are newer
      }
      taken -= size(each.getKey());
      all.remove();
    }
    long unused = Math.min(reserved, FREE + reserved - taken) / PIECE * PIECE;
    if (unused > 0) {
      memory.release(unused);
      reserved -= unused;
    }
  }

  private boolean makeRoom(long bytes) {
    if (hasRoom(bytes)) {
      return true;
    }
    prune();
    Iterator<String> oldest = grants.keySet().iterator();
    while (!hasRoom(bytes) && oldest.hasNext()) {
      taken -= size(oldest.next());
      oldest.remove();
    }
    return hasRoom(bytes);
  }

  private boolean hasRoom(long bytes) {
    if (taken + bytes <= FREE + reserved) {
      return true;
    }
    if (!memory.reserve(PIECE)) {
      return false;
    }
    reserved += PIECE;
    return taken + bytes <= FREE + reserved;
  }

  /** Uses a grant, if there is one that has not ended. */
  public synchronized boolean use(String subject) {
    Grant grant = grants.get(subject);
    if (grant == null) {
      return false;
    }
    if (hasEnded(grant)) {
      grants.remove(subject);
      taken -= size(subject);
      return false;
    }
    if (++grant.used == permission.maxMessages()) {
      grants.remove(subject);
      taken -= size(subject);
    }
    return true;
  }

  /** Returns how many there are. */
  synchronized int count() {
    return grants.size();
  }

  /** Grants nothing any more and releases the memory. */
  public synchronized void close() {
    closed = true;
    grants.clear();
    memory.release(reserved);
    reserved = 0;
    taken = 0;
  }

  private boolean hasEnded(Grant grant) {
    long longest = permission.expiresNanos();
    return longest > 0 && time.nanoTime() - grant.since > longest;
  }

  private static final class Grant {
    private final long since;
    private int used;

    private Grant(long since) {
      this.since = since;
    }
  }
}
