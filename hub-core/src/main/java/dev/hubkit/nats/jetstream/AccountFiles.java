package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.jetstream.api.AccountPurge;
import dev.hubkit.nats.jetstream.store.StoreOptions;
import dev.hubkit.nats.jetstream.store.StreamDirectory;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of the accounts of a server, also of those without JetStream. Thread-safe. */
final class AccountFiles implements AccountPurge.Accounts {
  private final Path directory;
  private final StoreOptions storeOptions;
  private final Map<String, AccountJetStream> accounts;

  /**
   * Looks at a directory.
   *
   * @param accounts the accounts that have JetStream, by name
   */
  AccountFiles(Path directory, StoreOptions storeOptions, Map<String, AccountJetStream> accounts) {
    this.directory = directory;
    this.storeOptions = storeOptions;
    this.accounts = accounts;
  }

  @Override
  public @Nullable AccountJetStream jetStreamOf(String account) {
    return accounts.get(account);
  }

  @Override
  public void deleteFiles(String account) {
    Path own = StreamDirectory.pathOf(directory, account, storeOptions);
    Path streams = own.resolve("streams");
    for (String name : StreamDirectory.list(streams, storeOptions)) {
      new StreamDirectory(streams.resolve(name), storeOptions).delete();
    }
    StreamDirectory.deleteBlank(own, storeOptions);
  }
}
