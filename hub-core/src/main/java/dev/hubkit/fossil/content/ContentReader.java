package dev.hubkit.fossil.content;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Restores content from the stored rows: from deltas, each based on another record, down to a full
 * text. Not thread-safe.
 */
final class ContentReader {
  private final DbTransaction session;
  private final BlobTable records;
  private final ContentCache cache;

  ContentReader(DbTransaction session, BlobTable records, ContentCache cache) {
    this.session = session;
    this.records = records;
    this.cache = cache;
  }

  /**
   * The content of an artifact, null when it is not there (a phantom, or a delta against one).
   *
   * @throws MalformedContentException if what is stored is damaged
   */
  byte @Nullable [] read(long rid) {
    long[] chain = new long[16];
    ArtifactName[] names = new ArtifactName[16];
    int depth = 0;
    byte[] content = null;
    for (long at = rid; ; ) {
      Link link =
          session.first(
              "SELECT b.uuid, d.srcid FROM blob b LEFT JOIN delta d ON d.rid=b.rid"
                  + " WHERE b.rid=? AND b.size>=0",
              row -> new Link(new ArtifactName(row.text(1)), row.number(2)),
              at);
      if (link == null) {
        return null;
      }
      content = cache.get(link.name);
      if (content != null) {
        break;
      }
      if (depth == chain.length) {
        if (depth > 1000 && depth > records.count()) {
          throw BlobTable.loop(rid);
        }
        chain = Arrays.copyOf(chain, depth * 2);
        names = Arrays.copyOf(names, depth * 2);
      }
      chain[depth] = at;
      names[depth++] = link.name;
      if (link.source == 0) {
        break;
      }
      at = link.source;
    }
    for (int i = depth - 1; i >= 0; i--) {
      content = step(chain[i], names[i], content);
      // Keeps every eighth step of a long chain, so that its other members are near a known one.
      if (i == 0 || i % 8 == 0) {
        cache.put(names[i], content);
      }
    }
    return content;
  }

  private record Link(ArtifactName name, long source) {}

  /**
   * Returns the content of a record, given the content of its base; null for a record stored in
   * full.
   */
  byte[] step(long rid, ArtifactName name, byte @Nullable [] source) {
    byte[] packed = packed(rid);
    try {
      byte[] unpacked = CompressedBlob.unpack(packed);
      return source == null ? unpacked : Delta.apply(source, unpacked);
    } catch (MalformedContentException e) {
      throw new MalformedContentException("artifact " + name + ": " + e.getMessage(), e);
    }
  }

  private byte[] packed(long rid) {
    byte[] packed = session.first("SELECT content FROM blob WHERE rid=?", row -> row.bytes(1), rid);
    if (packed == null) {
      throw new MalformedContentException("record " + rid + " has a size but no content");
    }
    return packed;
  }
}
