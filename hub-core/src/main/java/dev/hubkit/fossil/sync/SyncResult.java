package dev.hubkit.fossil.sync;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an exchange came to.
 *
 * @param progress what was transferred
 * @param pushRefused whether the server gave but would not take
 * @param messages what the server has to say to the user
 * @param lockedBy the user who holds the lock that was asked for; null when it was granted or not
 *     asked for
 */
public record SyncResult(
    SyncProgress progress, boolean pushRefused, List<String> messages, @Nullable String lockedBy) {
  /** Copies the list. */
  public SyncResult {
    messages = List.copyOf(messages);
  }
}
