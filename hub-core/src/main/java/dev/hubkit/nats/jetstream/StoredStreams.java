package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.jetstream.store.StreamDirectory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams that a server finds in its files, and whether they are there to be used. A health
 * check looks at the directories, as nats-server's does: what is not in files is not looked for.
 * Thread-safe.
 */
public final class StoredStreams {
  private static final Logger log = LoggerFactory.getLogger(StoredStreams.class);

  private final Path directory;
  private final Function<String, @Nullable JetStream> accounts;

  StoredStreams(Path directory, Function<String, @Nullable JetStream> accounts) {
    this.directory = directory;
    this.accounts = accounts;
  }

  /** The names of accounts that have files, in alphabetical order. */
  public List<String> accounts() {
    return list(directory);
  }

  /** The names of the streams of an account that have files, in alphabetical order. */
  public List<String> of(String account) {
    return list(directory.resolve(account).resolve("streams"));
  }

  // What is being removed has a name that no account and no stream has.
  private static List<String> list(Path parent) {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(parent)) {
      try (DirectoryStream<Path> children = Files.newDirectoryStream(parent)) {
        children.forEach(child -> names.add(String.valueOf(child.getFileName())));
        names.removeIf(StreamDirectory::isRemoved);
      } catch (IOException e) {
        log.warn("{} can't be read", parent, e);
      }
    }
    Collections.sort(names);
    return names;
  }

  /** Whether a stream with files could be brought back. */
  public boolean isThere(String account, String stream) {
    return find(account, stream) != null;
  }

  /** Why the last write to a stream failed; empty when it did not. */
  public String writeError(String account, String stream) {
    Stream found = find(account, stream);
    return found == null ? "" : found.writeError();
  }

  /** Whether a stream has a consumer of that name. */
  public boolean hasConsumer(String account, String stream, String consumer) {
    Stream found = find(account, stream);
    return found != null && found.consumers().has(consumer);
  }

  /** The consumers of a stream that have files and could not be brought back. */
  public List<String> unrecovered(String account, String stream) {
    Stream found = find(account, stream);
    return found == null ? List.of() : List.copyOf(found.consumers().unrecovered());
  }

  private @Nullable Stream find(String account, String stream) {
    JetStream jetStream = accounts.apply(account);
    return jetStream == null ? null : jetStream.stream(stream);
  }
}
