package dev.hubkit.nats.net;

import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.time.TimeSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The reply subjects that one client may publish to because it was sent them. Thread-safe. */
final class ReplyPermissions {
  // replyPermLimit of nats-server: so many new grants after which the ended ones are dropped.
  private static final int PRUNE_AFTER = 4096;

  private final ResponsePermission permission;
  private final TimeSource time;
  private final Map<String, Grant> grants = new HashMap<>();
  private int sincePruned;

  ReplyPermissions(ResponsePermission permission, TimeSource time) {
    this.permission = permission;
    this.time = time;
  }

  synchronized void grant(@Nullable String reply) {
    if (reply == null) {
      return;
    }
    grants.put(reply, new Grant(time.nanoTime()));
    if (++sincePruned > PRUNE_AFTER) {
      sincePruned = 0;
      grants.values().removeIf(this::hasEnded);
    }
  }

  /** Uses a grant, if there is one that has not ended. */
  synchronized boolean use(String subject) {
    Grant grant = grants.get(subject);
    if (grant == null) {
      return false;
    }
    if (hasEnded(grant)) {
      grants.remove(subject);
      return false;
    }
    grant.used++;
    return true;
  }

  private boolean hasEnded(Grant grant) {
    int most = permission.maxMessages();
    long longest = permission.expiresNanos();
    return (most > 0 && grant.used >= most)
        || (longest > 0 && time.nanoTime() - grant.since > longest);
  }

  private static final class Grant {
    private final long since;
    private int used;

    private Grant(long since) {
      this.since = since;
    }
  }
}
