package dev.hubkit.fossil.web;

import dev.hubkit.fossil.sync.SyncSummary;
import org.jspecify.annotations.Nullable;

/** Receives each HTTP request that was answered, on the thread that answered. Thread-safe. */
@FunctionalInterface
public interface ExchangeObserver {
  /** Called when a request has been answered, as far as the client read the answer. */
  void answered(Exchange exchange);

  /**
   * A request and its outcome.
   *
   * @param method such as {@code GET}
   * @param uri the target, with its query
   * @param address of the client
   * @param status of the answer; -1 when there was none
   * @param sync a summary of the sync message; null for other requests
   */
  record Exchange(
      String method, String uri, String address, int status, @Nullable SyncSummary sync) {}
}
