package dev.hubkit.fossil.web;

import dev.hubkit.fossil.sync.SyncSummary;
import org.jspecify.annotations.Nullable;

/** Receives each HTTP request that was answered, on the thread that answered. Thread-safe. */
@FunctionalInterface
public interface ExchangeObserver {
  /** A request has been answered, as far as the client took it. */
  void answered(Exchange exchange);

  /**
   * A request and what came of it.
   *
   * @param method such as {@code GET}
   * @param uri what was asked for, with its query
   * @param address of the client
   * @param status of the answer; -1 when there was none
   * @param sync what the sync message was about; null for another request
   */
  record Exchange(
      String method, String uri, String address, int status, @Nullable SyncSummary sync) {}
}
