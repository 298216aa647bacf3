package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.JulianDay;
import dev.hubkit.fossil.content.RepositoryException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the files of a check-in as one file to download, with the entries of C fossil's archives.
 * The same check-in always gives the same bytes. One file at a time is in memory.
 */
public final class Archive {
  private static final double DAY_OF_EPOCH = 2_440_587.5;

  private final Snapshot snapshot;
  private final ArtifactName checkIn;
  private final String root;

  /**
   * Prepares an archive of a check-in.
   *
   * @param root the directory that holds all files in the archive; empty for none
   */
  public Archive(Snapshot snapshot, ArtifactName checkIn, String root) {
    this.snapshot = snapshot;
    this.checkIn = checkIn;
    this.root = root.isEmpty() || root.endsWith("/") ? root : root + "/";
  }

  private byte[] content(ManifestFile file) {
    ArtifactName name = file.content();
    byte[] content = name == null ? null : snapshot.content().read(name);
    if (content == null) {
      throw new RepositoryException("the content of \"" + file.name() + "\" is missing");
    }
    return content;
  }

  /** Writes a gzipped tar archive, and leaves {@code out} open. */
  public void tarball(OutputStream out) throws IOException {
    GZIPOutputStream gzip = new GZIPOutputStream(out, 1 << 16);
    double day = JulianDay.of(snapshot.checkIn(checkIn).date());
    // C fossil computes it like this, and may fall short of the second.
    TarWriter tar = new TarWriter(gzip, Math.max(0, (long) ((day - DAY_OF_EPOCH) * 86_400.0)));
    for (ManifestFile file : snapshot.checkInFiles(checkIn).all()) {
      tar.add(root + file.name(), file.permission(), content(file));
    }
    tar.finish();
    gzip.finish();
  }

  /** Writes a zip archive, and leaves {@code out} open. */
  public void zip(OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    LocalDateTime time = LocalDateTime.ofInstant(snapshot.checkIn(checkIn).date(), ZoneOffset.UTC);
    Set<String> directories = new HashSet<>();
    for (ManifestFile file : snapshot.checkInFiles(checkIn).all()) {
      String path = root + file.name();
      for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
        if (directories.add(path.substring(0, slash))) {
          ZipEntry directory = new ZipEntry(path.substring(0, slash + 1));
          directory.setTimeLocal(time);
          zip.putNextEntry(directory);
          zip.closeEntry();
        }
      }
      ZipEntry entry = new ZipEntry(path);
      entry.setTimeLocal(time);
      zip.putNextEntry(entry);
      zip.write(content(file));
      zip.closeEntry();
    }
    zip.finish();
  }
}
