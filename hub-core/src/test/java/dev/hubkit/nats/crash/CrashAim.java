package dev.hubkit.nats.crash;

import java.util.List;

/** The work during which a server is to be killed. */
enum CrashAim {
  /** The server begins a new segment, because the last one is full. */
  ROLLOVER("a new segment", "BIG", "PACKED", "RING"),
  /** The server replaces a segment with a smaller copy. */
  REWRITING("rewriting", "BIG", "RING"),
  /** The server replaces a segment with a compressed copy. */
  COMPRESSION("S2 compression", "PACKED"),
  /** The server writes the digest of a segment next to it. */
  DIGEST("a digest", "BIG", "PACKED", "RING"),
  /** The server deletes a segment that holds nothing it needs. */
  RECLAIMING("deleting of segments", "RING", "AGED"),
  /** The server removes messages that are too old. */
  EXPIRY("expiry", "AGED"),
  /** A client purges everything. */
  PURGE("a purge of all", "BIG", "PACKED", "RING", "PACKED", "RING"),
  /** A client purges the messages of one subject. */
  PURGE_SUBJECT("a purge by subject", "BIG", "PACKED", "RING"),
  /** A client purges all but the last messages. */
  PURGE_KEEP("a purge that keeps some", "BIG", "PACKED", "RING"),
  /** A client removes or erases messages, one by one. */
  REMOVAL("a removal", "BIG", "PACKED", "RING"),
  /** The server opens its store. */
  RECOVERY("recovery", "BIG"),
  /** The server goes back to a snapshot of its own. */
  REWIND("a rewind", "REWOUND"),
  /** The server sends a snapshot to a client. */
  SNAPSHOT("a snapshot", "BIG", "PACKED"),
  /** The server restores a stream from a client's snapshot. */
  RESTORE("a restore", "SMALL");

  private final String description;

  @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable
  private final List<String> streams;

  CrashAim(String description, String... streams) {
    this.description = description;
    this.streams = List.of(streams);
  }

  /** Returns the streams to which this can happen. */
  List<String> streams() {
    return streams;
  }

  @Override
  public String toString() {
    return description;
  }
}
