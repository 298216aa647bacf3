package dev.hubkit.fossil.content;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Content that took work to restore; drops the least recently used first. The key is the name, so
 * an entry is never wrong, whatever happens to its row. Thread-safe.
 */
final class ContentCache {
  private static final long MOST_BYTES = 48L << 20;
  private static final int LARGEST = 8 << 20;

  private final Map<ArtifactName, byte[]> entries = new LinkedHashMap<>(256, 0.75f, true);
  private long bytes;

  synchronized byte @Nullable [] get(ArtifactName name) {
    return entries.get(name);
  }

  synchronized void put(ArtifactName name, byte[] content) {
    if (content.length > LARGEST) {
      return;
    }
    byte[] replaced = entries.put(name, content);
    bytes += cost(content) - (replaced == null ? 0 : cost(replaced));
    Iterator<byte[]> oldest = entries.values().iterator();
    while (bytes > MOST_BYTES && oldest.hasNext()) {
      bytes -= cost(oldest.next());
      oldest.remove();
    }
  }

  private static long cost(byte[] content) {
    return content.length + 200L;
  }
}
