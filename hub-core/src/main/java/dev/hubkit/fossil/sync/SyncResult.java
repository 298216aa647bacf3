package dev.hubkit.fossil.sync;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of an exchange.
 *
 * @param progress what was transferred
 * @param pushRefused whether the server sent content but refused to receive any
 * @param messages messages of the server for the user
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
