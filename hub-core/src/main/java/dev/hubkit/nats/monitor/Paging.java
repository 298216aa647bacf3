package dev.hubkit.nats.monitor;

import java.util.List;

/**
 * The page of a list that a request selects by {@code offset} and {@code limit}. Both may be any
 * 64-bit numbers, as in server/monitor.go of nats-server.
 *
 * @param offset how many elements come before it; 0 or more
 * @param limit how many elements it has at most; 1 or more
 */
record Paging(long offset, long limit) {
  private static final int DEFAULT_LIMIT = 1024;

  /**
   * Reads what is asked for: the list from its beginning where the offset is negative, and as many
   * elements as usual where the limit is not positive.
   *
   * @throws Query.BadQueryException if one of them is no number
   */
  static Paging of(Query query) {
    long offset = query.integer("offset");
    long limit = query.integer("limit");
    return new Paging(Math.max(0, offset), limit <= 0 ? DEFAULT_LIMIT : limit);
  }

  /** Returns the part of the list, which is empty behind its end. */
  <T> List<T> of(List<T> all) {
    int from = (int) Math.min(offset, all.size());
    int count = (int) Math.min(limit, all.size() - from);
    return all.subList(from, from + count);
  }
}
