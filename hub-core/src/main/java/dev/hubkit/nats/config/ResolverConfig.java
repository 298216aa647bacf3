package dev.hubkit.nats.config;

/**
 * Where the JWTs of accounts are kept.
 *
 * @param location the directory or URL; empty in memory
 * @param allowDelete whether accounts can be deleted on request
 * @param hardDelete whether a deleted account's file is removed rather than renamed
 * @param limit most accounts kept; 0 for the default
 * @param ttlNanos how long a cached account is kept; 0 for the default
 * @param fetchTimeoutNanos how long to wait for an account; 0 for the default
 */
public record ResolverConfig(
    Kind kind,
    String location,
    boolean allowDelete,
    boolean hardDelete,
    long limit,
    long ttlNanos,
    long fetchTimeoutNanos) {

  /** The kinds of resolver. */
  public enum Kind {
    MEMORY,
    URL,
    /** A directory that holds every account. */
    FULL,
    /** A directory that holds accounts for a while. */
    CACHE
  }

  static ResolverConfig memory() {
    return new ResolverConfig(Kind.MEMORY, "", false, false, 0, 0, 0);
  }

  static ResolverConfig url(String url) {
    return new ResolverConfig(Kind.URL, url, false, false, 0, 0, 0);
  }
}
