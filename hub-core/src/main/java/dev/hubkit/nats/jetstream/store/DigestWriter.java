package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The making of one {@link SegmentDigest}, by another thread as that reads all of the segment. The
 * log's own thread puts it into its place, or gives it up when the segment changes meanwhile.
 */
final class DigestWriter {
  private static final Log logger = Log.of(DigestWriter.class);

  private final Segments segments;
  private final Segment segment;
  private final Segment.View view;
  private byte @Nullable [] content;
  private volatile boolean made;
  private volatile boolean abandoned;

  DigestWriter(Segments segments, Segment segment) {
    this.segments = segments;
    this.segment = segment;
    view = segment.view();
  }

  Segment segment() {
    return segment;
  }

  /** Reads the segment. The one method that another thread may call. */
  void make() {
    if (!abandoned) {
      try {
        WorkStep.STORE_DIGEST.reach();
        content = SegmentDigest.of(view, segments.log());
      } catch (Throwable e) {
        // When the file was closed meanwhile, nobody wants it any more.
        if (!abandoned) {
          logger.warn("Can't read {} for its digest", segment.path, e);
        }
      }
    }
    made = true;
  }

  /** Whether {@link #make} has ended. */
  boolean isMade() {
    return made;
  }

  /** Puts the digest into its place. */
  void finish() {
    byte[] digest = content;
    if (digest == null) {
      segment.staysUndigested = true; // it is not worth another try
      return;
    }
    FileSystem disk = segments.disk();
    Path temporary = SegmentDigest.temporaryOf(segment.path);
    try {
      disk.delete(temporary);
      try (StoreFile file = disk.open(temporary)) {
        file.write(digest, 0, digest.length, 0);
      }
      // Not synced: the next start finds out whether it is whole.
      disk.replace(temporary, SegmentDigest.pathOf(segment.path));
      segment.digested = true;
    } catch (IOException e) {
      logger.warn("Can't write the digest of {}", segment.path, e);
      segment.staysUndigested = true;
    }
  }

  void abandon() {
    abandoned = true;
  }
}
