package dev.hubkit;

import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.nats.NatsSnapshot;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What a hub held at one moment: the streams of its NATS server with their messages and consumers,
 * and the whole repository. Immutable; other hubs can be rewound to it too.
 *
 * <p>Saved, it is a ZIP file with the repository as {@code repository.fossil}, which C fossil
 * opens, and the streams as {@code nats}.
 *
 * @see Hub#snapshot()
 */
public final class HubSnapshot {
  private static final String REPOSITORY = "repository.fossil";
  private static final String NATS = "nats";
  private static final long MAX_REPOSITORY = 1L << 30;

  private final @Nullable NatsSnapshot nats;
  private final @Nullable RepositoryImage repository;

  /**
   * Makes a snapshot of its parts.
   *
   * @param nats null for none
   * @param repository null for none
   */
  public HubSnapshot(@Nullable NatsSnapshot nats, @Nullable RepositoryImage repository) {
    this.nats = nats;
    this.repository = repository;
  }

  /** The streams of NATS; null when the hub did not run NATS itself. */
  public @Nullable NatsSnapshot nats() {
    return nats;
  }

  /** The repository; null when the hub did not run Fossil itself. */
  public @Nullable RepositoryImage repository() {
    return repository;
  }

  /**
   * Writes the snapshot to a file and replaces what is there.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  public void save(Path file) {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      writeTo(zip);
    } catch (IOException e) {
      throw new UncheckedIOException("The snapshot cannot be saved to " + file, e);
    }
  }

  /** Adds the parts of the snapshot to a ZIP file, which may have other parts, too. */
  public void writeTo(ZipOutputStream zip) throws IOException {
    if (nats != null) {
      zip.putNextEntry(entry(NATS));
      nats.writeTo(zip);
      zip.closeEntry();
    }
    if (repository != null) {
      zip.putNextEntry(entry(REPOSITORY));
      zip.write(repository.toBytes());
      zip.closeEntry();
    }
  }

  // The same snapshot makes the same file, so that it can be kept under version control.
  private static ZipEntry entry(String name) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(LocalDateTime.of(1980, 2, 1, 0, 0));
    return entry;
  }

  /**
   * Reads what {@link #save} has written. Ignores parts of the file that are not of a snapshot,
   * such as recorded messages.
   *
   * @throws UncheckedIOException if the file cannot be read, or has no snapshot
   */
  public static HubSnapshot load(Path file) {
    return find(file)
        .orElseThrow(
            () -> {
              String why = "it has no snapshot of a hub";
              return new UncheckedIOException(
                  file + " cannot be loaded: " + why, new IOException(why));
            });
  }

  /**
   * Reads the snapshot of a file as {@link #load} does; returns nothing if the file has none.
   *
   * @throws UncheckedIOException if the file cannot be read
   */
  public static Optional<HubSnapshot> find(Path file) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      return read(in);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be loaded: " + reason(e), e);
    } catch (RepositoryException e) {
      throw new UncheckedIOException(
          file + " cannot be loaded: " + e.getMessage(), new IOException(e));
    }
  }

  private static String reason(IOException e) {
    return e instanceof EOFException ? "it ends too early" : String.valueOf(e.getMessage());
  }

  private static Optional<HubSnapshot> read(InputStream in) throws IOException {
    @Nullable NatsSnapshot nats = null;
    @Nullable RepositoryImage repository = null;
    ZipInputStream zip = new ZipInputStream(in);
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      switch (entry.getName()) {
        case NATS -> nats = NatsSnapshot.readFrom(zip);
        case REPOSITORY -> repository = RepositoryImage.of(bytes(zip));
        default -> {
          // Recorded messages, or a part that a later version has added.
        }
      }
    }
    return nats == null && repository == null
        ? Optional.empty()
        : Optional.of(new HubSnapshot(nats, repository));
  }

  private static byte[] bytes(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes((int) MAX_REPOSITORY);
    if (in.read() >= 0) {
      throw new IOException("its repository is larger than " + MAX_REPOSITORY + " bytes");
    }
    return bytes;
  }

  @Override
  public String toString() {
    return "snapshot of "
        + (nats == null ? "no NATS" : nats.accounts().size() + " NATS accounts")
        + " and "
        + (repository == null
            ? "no repository"
            : "a repository of " + repository.size() + " bytes");
  }
}
