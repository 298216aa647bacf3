package dev.hubkit.nats.jetstream;

import dev.hubkit.log.Log;
import dev.hubkit.nats.jetstream.store.StreamDirectory;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The streams that a server has in files, and whether each could be recovered. Like the health
 * check of nats-server, it looks at the directories; streams without a directory are not expected.
 * Thread-safe.
 */
public final class StoredStreams {
  private static final Log log = Log.of(StoredStreams.class);

  private final Path directory;
  private final Map<String, AccountJetStream> accounts;

  /**
   * Looks at a directory.
   *
   * @param accounts the accounts that have JetStream, by name
   */
  StoredStreams(Path directory, Map<String, AccountJetStream> accounts) {
    this.directory = directory;
    this.accounts = accounts;
  }

  /** Returns the names of accounts that have files, in alphabetical order. */
  public List<String> accounts() {
    return List.copyOf(accountDirectories().keySet());
  }

  private SortedMap<String, Path> accountDirectories() {
    Map<Path, String> known = new HashMap<>();
    accounts.forEach((name, jetStream) -> known.put(jetStream.directory(), name));
    return list(directory, known);
  }

  /** Returns the names of the streams of an account that have files, in alphabetical order. */
  public List<String> of(String account) {
    Path own = accountDirectories().get(account);
    if (own == null) {
      return List.of();
    }
    Map<Path, String> known = new HashMap<>();
    AccountJetStream jetStream = accounts.get(account);
    if (jetStream != null) {
      for (Stream stream : jetStream.streams()) {
        Path files = stream.directory();
        if (files != null) {
          known.put(files, stream.name());
        }
      }
    }
    return List.copyOf(list(own.resolve("streams"), known).keySet());
  }

  // Directories that are being removed have names that no account or stream can have.
  private static SortedMap<String, Path> list(Path parent, Map<Path, String> known) {
    SortedMap<String, Path> found = new TreeMap<>();
    if (Files.isDirectory(parent)) {
      try (DirectoryStream<Path> children = Files.newDirectoryStream(parent)) {
        for (Path child : children) {
          String name = known.get(child);
          String own = String.valueOf(child.getFileName());
          if (name != null) {
            found.put(name, child);
          } else if (!StreamDirectory.isRemoved(own)) {
            found.put(StreamDirectory.nameOf(own), child);
          }
        }
      } catch (IOException e) {
        log.warn("Directory {} cannot be read", parent, e);
      }
    }
    return found;
  }

  /** Returns whether a stream with files was recovered, or is just being created or deleted. */
  public boolean isThere(String account, String stream) {
    if (find(account, stream) != null) {
      return true;
    }
    AccountJetStream jetStream = accounts.get(account);
    if (jetStream != null && jetStream.isMaking(stream)) {
      return true;
    }
    // The stream may have been created, or its files deleted, since the first look.
    return find(account, stream) != null || !of(account).contains(stream);
  }

  /** Returns why the last write to a stream failed; empty if it succeeded. */
  public String writeError(String account, String stream) {
    Stream found = find(account, stream);
    return found == null ? "" : found.writeError();
  }

  /** Returns whether a stream has a consumer of that name. */
  public boolean hasConsumer(String account, String stream, String consumer) {
    Stream found = find(account, stream);
    return found != null && found.consumers().has(consumer);
  }

  /** Returns the names of the consumers whose files could not be recovered. */
  public List<String> unrecovered(String account, String stream) {
    Stream found = find(account, stream);
    return found == null ? List.of() : List.copyOf(found.consumers().unrecovered());
  }

  private @Nullable Stream find(String account, String stream) {
    AccountJetStream jetStream = accounts.get(account);
    return jetStream == null ? null : jetStream.stream(stream);
  }
}
