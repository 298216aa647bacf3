package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.PreparedBlob;
import dev.hubkit.fossil.content.RepositoryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Stores the files of a check-in. Reads, hashes and compresses many files on all processors, and
 * keeps only a few of them in memory.
 */
final class StoredFiles {
  private static final int WORTH_SPREADING = 32;

  private final ContentStore content;
  private final boolean isPrivate;

  StoredFiles(ContentStore content, boolean isPrivate) {
    this.content = content;
    this.isPrivate = isPrivate;
  }

  private record Pending(String path, Future<PreparedBlob> blob) {}

  /** Stores new content and notes its name in {@code files}. */
  void store(Map<String, Commit.Put> puts, Map<String, ManifestFile> files) throws IOException {
    if (puts.size() < WORTH_SPREADING) {
      for (Map.Entry<String, Commit.Put> put : puts.entrySet()) {
        add(files, put.getKey(), content.prepare(put.getValue().content().read()));
      }
      return;
    }
    content.policy(); // read it here: the workers have no connection
    int workers = Runtime.getRuntime().availableProcessors();
    ExecutorService pool =
        Executors.newFixedThreadPool(
            workers,
            task -> {
              Thread thread = new Thread(task, "fossil-commit");
              thread.setDaemon(true);
              return thread;
            });
    try {
      Deque<Pending> pending = new ArrayDeque<>();
      Iterator<Map.Entry<String, Commit.Put>> rest = puts.entrySet().iterator();
      while (rest.hasNext() || !pending.isEmpty()) {
        while (rest.hasNext() && pending.size() < 4 * workers) {
          Map.Entry<String, Commit.Put> put = rest.next();
          pending.add(
              new Pending(
                  put.getKey(),
                  pool.submit(() -> content.prepare(put.getValue().content().read()))));
        }
        Pending next = pending.remove();
        add(files, next.path, result(next));
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static PreparedBlob result(Pending pending) throws IOException {
    try {
      return pending.blob.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RepositoryException("interrupted while storing " + pending.path, e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException io) {
        throw io;
      }
      throw new RepositoryException("cannot store " + pending.path + ": " + cause, e);
    }
  }

  private void add(Map<String, ManifestFile> files, String path, PreparedBlob blob) {
    ArtifactName name = content.put(blob, isPrivate);
    files.computeIfPresent(
        path, (p, file) -> new ManifestFile(p, name, file.permission(), file.priorName()));
  }

  /**
   * The checksum of the R card: MD5 over the name, size and content of each file. Source: Fossil's
   * file-format document.
   */
  String checksum(Collection<ManifestFile> files) {
    MessageDigest md5 = md5();
    for (ManifestFile file : files) {
      ArtifactName name = file.content();
      byte[] bytes = name == null ? null : content.read(name);
      if (bytes == null) {
        throw new RepositoryException(
            "cannot read \"" + file.name() + "\" for the checksum of the check-in");
      }
      md5.update(file.name().getBytes(StandardCharsets.UTF_8));
      md5.update((" " + bytes.length + "\n").getBytes(StandardCharsets.US_ASCII));
      md5.update(bytes);
    }
    return HexFormat.of().formatHex(md5.digest());
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks MD5", e);
    }
  }
}
