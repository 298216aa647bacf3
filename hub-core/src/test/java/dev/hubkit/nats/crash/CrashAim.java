package dev.hubkit.nats.crash;

import java.util.List;

/** What a server is to be at when it is killed. */
enum CrashAim {
  /** A segment is full, and the next begins. */
  ROLLOVER("a new segment", "BIG", "PACKED", "RING"),
  /** A smaller copy of a segment is made, and put in its place. */
  REWRITING("rewriting", "BIG", "RING"),
  /** A compressed copy of a segment is made, and put in its place. */
  COMPRESSION("S2 compression", "PACKED"),
  /** What a segment says is written beside it. */
  DIGEST("a digest", "BIG", "PACKED", "RING"),
  /** A segment of which nothing is needed is deleted. */
  RECLAIMING("deleting of segments", "RING", "AGED"),
  /** Messages are too old. */
  EXPIRY("expiry", "AGED"),
  /** Everything is purged. */
  PURGE("a purge of all", "BIG", "PACKED", "RING", "PACKED", "RING"),
  /** What has a subject is purged. */
  PURGE_SUBJECT("a purge by subject", "BIG", "PACKED", "RING"),
  /** All but the last messages are purged. */
  PURGE_KEEP("a purge that keeps some", "BIG", "PACKED", "RING"),
  /** Messages are removed or erased, one by one. */
  REMOVAL("a removal", "BIG", "PACKED", "RING"),
  /** The server opens its store. */
  RECOVERY("recovery", "BIG"),
  /** The server goes back to a snapshot of its own. */
  REWIND("a rewind", "REWOUND"),
  /** A snapshot is sent to a client. */
  SNAPSHOT("a snapshot", "BIG", "PACKED"),
  /** A snapshot of a client becomes a stream. */
  RESTORE("a restore", "SMALL");

  private final String description;

  @SuppressWarnings("ImmutableEnumChecker") // List.of is
  private final List<String> streams;

  CrashAim(String description, String... streams) {
    this.description = description;
    this.streams = List.of(streams);
  }

  /** The streams that it can happen to. */
  List<String> streams() {
    return streams;
  }

  @Override
  public String toString() {
    return description;
  }
}
