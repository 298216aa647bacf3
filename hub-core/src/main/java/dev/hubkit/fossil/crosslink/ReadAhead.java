package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.FileCards;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.CompressedBlob;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.Database;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.Delta;
import dev.hubkit.fossil.content.MalformedContentException;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.StoredBlob;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the artifacts of a repository on a thread of its own, in the order of {@link Rebuild},
 * which enters them meanwhile: restores them from their deltas, hashes them on request, parses the
 * structural ones, and caches manifests. It sees what was committed before it began; its user reads
 * for itself whatever this does not deliver. For one thread, which closes it.
 */
final class ReadAhead implements AutoCloseable {
  private static final int MOST_WAITING = 512;
  private static final long MOST_BYTES = 16 << 20;

  private final Database database;
  private final Manifests manifests;
  private final boolean verifying;
  private final BitSet done = new BitSet();
  private final FileCards known = new FileCards();
  private final Bases bases = new Bases();
  private final Thread thread = new Thread(this::run, "fossil-rebuild");

  private final Deque<Entry> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private boolean ended;
  private boolean closed;

  /**
   * An artifact.
   *
   * @param statedSize the size that the repository states
   * @param content its content
   * @param artifact the parsed artifact, null when it is a file
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier, compared by nobody
  record Entry(
      long rid, ArtifactName name, long statedSize, byte[] content, @Nullable Artifact artifact) {}

  /** Begins to read. */
  ReadAhead(Database database, Manifests manifests, boolean verifying) {
    this.database = database;
    this.manifests = manifests;
    this.verifying = verifying;
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Returns the artifact of a record if it is the next one, else null: then the order has changed,
   * or there is no more.
   *
   * @param entered the records that are no longer needed
   */
  synchronized @Nullable Entry next(long rid, BitSet entered) {
    while (true) {
      while (waiting.isEmpty() && !ended) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          ended = true;
        }
      }
      Entry next = waiting.peek();
      if (next == null || (next.rid != rid && !entered.get((int) next.rid))) {
        return null;
      }
      waiting.remove();
      waitingBytes -= next.content.length;
      notifyAll();
      if (next.rid == rid) {
        return next;
      }
    }
  }

  private synchronized boolean offer(Entry entry) {
    while (!closed
        && !waiting.isEmpty()
        && (waiting.size() >= MOST_WAITING || waitingBytes + entry.content.length > MOST_BYTES)) {
      try {
        wait();
      } catch (InterruptedException e) {
        return false;
      }
    }
    waiting.add(entry);
    waitingBytes += entry.content.length;
    notifyAll();
    return !closed;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      ended = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- on the thread

  private void run() {
    try {
      database.<Boolean, RuntimeException>read(this::readAll);
    } catch (RepositoryException e) {
      // Its user comes to the same artifact, reads it, and reports what is wrong.
    } finally {
      synchronized (this) {
        ended = true;
        notifyAll();
      }
    }
  }

  private boolean readAll(DbTransaction session) {
    ContentStore content = new ContentStore(database, session);
    for (long root : Rebuild.fullTexts(session)) {
      if (!readTree(session, content, root)) {
        return false;
      }
    }
    return true;
  }

  private record Node(long rid, long base) {}

  /** Returns whether to go on. */
  private boolean readTree(DbTransaction session, ContentStore content, long root) {
    Deque<Node> pending = new ArrayDeque<>();
    pending.push(new Node(root, 0));
    for (Node node = pending.poll(); node != null; node = pending.poll()) {
      if (done.get((int) node.rid)) {
        continue;
      }
      Entry entry = read(content, node);
      if (entry == null) {
        continue;
      }
      done.set((int) node.rid);
      List<Long> children =
          session.list("SELECT rid FROM delta WHERE srcid=?", row -> row.number(1), node.rid);
      children.removeIf(child -> done.get(child.intValue()));
      if (!children.isEmpty()) {
        bases.put(node.rid, entry.content);
      }
      List<Long> order = BagOrder.of(children);
      for (int i = order.size() - 1; i >= 0; i--) {
        pending.push(new Node(order.get(i), node.rid));
      }
      if (!offer(entry)) {
        return false;
      }
    }
    return true;
  }

  private @Nullable Entry read(ContentStore content, Node node) {
    StoredBlob stored = content.stored(node.rid);
    if (stored == null) {
      return null;
    }
    byte[] bytes = CompressedBlob.unpack(stored.packed());
    if (node.base != 0) {
      byte[] base = bases.get(node.base);
      if (base == null) {
        base = content.read(node.base);
      }
      if (base == null) {
        return null;
      }
      bytes = Delta.apply(base, bytes);
    }
    if (verifying && !stored.name().names(bytes)) {
      throw new MalformedContentException("content does not hash to its name " + stored.name());
    }
    Artifact artifact = Artifact.parseIfArtifact(bytes, known);
    if (artifact instanceof Manifest manifest) {
      // This is done now, since it is mostly a parent of what is being entered.
      manifests.put(stored.name(), manifest);
    }
    return new Entry(node.rid, stored.name(), stored.size(), bytes, artifact);
  }

  /** Keeps the bases of deltas, as long as there is room. */
  private static final class Bases {
    private static final long MOST = 24 << 20;

    private final Map<Long, byte[]> contents = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    byte @Nullable [] get(long rid) {
      return contents.get(rid);
    }

    void put(long rid, byte[] content) {
      contents.put(rid, content);
      bytes += content.length;
      Iterator<byte[]> oldest = contents.values().iterator();
      while (bytes > MOST && contents.size() > 1) {
        bytes -= oldest.next().length;
        oldest.remove();
      }
    }
  }
}
