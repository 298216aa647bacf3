package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.log.Log;
import dev.hubkit.nats.jetstream.config.EncryptionOptions;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.jetstream.runtime.StreamFiles;
import dev.hubkit.nats.jetstream.runtime.StreamState;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.jetstream.store.MemoryStore;
import dev.hubkit.nats.jetstream.store.StoreCipher;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoreKeys;
import dev.hubkit.nats.jetstream.store.StoreOptions;
import dev.hubkit.nats.jetstream.store.StoreState;
import dev.hubkit.nats.jetstream.store.StreamDirectory;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.GoDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes the streams of an account: new ones, and those recovered from files, a snapshot or a
 * backup. Confined to the account's executor.
 */
public final class StreamFactory {
  private static final Log log = Log.of(StreamFactory.class);

  /**
   * The name of a staged stream: {@code restore}, or in earlier versions the name of the stream,
   * and a {@link Nuid}.
   */
  private static final Pattern STAGED = Pattern.compile(".+-[0-9A-Za-z]{22}");

  private final AccountContext jetStream;
  private final Path directory;
  private final Path streamsDirectory;
  private final StoreOptions storeOptions;
  private final String cipher;

  /**
   * Makes the factory of an account.
   *
   * @param directory the directory of the account
   * @param faults makes disk operations fail in tests; null for none
   */
  StreamFactory(AccountContext jetStream, Path directory, @Nullable FaultyFileSystem faults) {
    this.jetStream = jetStream;
    this.directory = directory;
    this.streamsDirectory = directory.resolve("streams");
    JetStreamOptions options = jetStream.options();
    StoreKeys keys = keys(options.encryption());
    cipher = String.valueOf(keys == null ? null : keys.cipher());
    this.storeOptions =
        StoreOptions.of(jetStream.time(), jetStream.workers())
            .withSyncInterval(syncInterval(options))
            .withFaults(faults)
            .withKeys(keys == null ? null : keys.forAccount(jetStream.account().name()));
  }

  // An interval that is over before it begins never lets anything wait.
  private static Duration syncInterval(JetStreamOptions options) {
    Duration interval = options.syncInterval();
    return options.syncAlways() || interval.isNegative() ? Duration.ZERO : interval;
  }

  /**
   * Makes a new stream, in files or in memory. Like nats-server, a stream in files takes over
   * messages and consumers that it finds there: those of a stream whose description is damaged.
   *
   * @throws ApiException {@link ApiError#STREAM_CREATE} if its files can't be made
   */
  public Stream create(StreamConfig config, long created) {
    if (config.storage() == StorageType.FILE && !StreamDirectory.canHold(config.name())) {
      throw storeFailed();
    }
    try {
      return make(config, created);
    } catch (StoreException.Encrypted e) {
      log.warn("Stream create failed for '{} > {}': {}", account(), config.name(), e.getMessage());
      throw storeFailed();
    } catch (StoreException e) {
      log.error("Stream create failed for '{} > {}'", account(), config.name(), e);
      throw storeFailed();
    }
  }

  private String account() {
    return jetStream.account().name();
  }

  // errStreamStoreFailed of nats-server; the cause goes into the log.
  private static ApiException storeFailed() {
    return ApiError.STREAM_CREATE.exception("error creating store for stream");
  }

  private Path pathOf(StreamConfig config) {
    return StreamDirectory.pathOf(streamsDirectory, config.name(), storeOptions);
  }

  private Stream make(StreamConfig config, long created) {
    StreamStore store;
    StreamFiles files = null;
    if (config.storage() == StorageType.MEMORY) {
      store = MemoryStore.create(StreamFiles.limits(config));
    } else {
      Path path = pathOf(config);
      files = new StreamFiles(path, storeOptions);
      boolean isFound = files.holdAnything();
      encrypt(files);
      files.write(config, created);
      store = files.open(config);
      if (isFound) {
        log.warn(
            "Stream {} takes over the messages in {}: {} of them, last sequence {}",
            config.name(),
            path,
            store.state().messages(),
            store.lastSequence());
      }
    }
    begin(store, config);
    return new Stream(jetStream, config, store, files, created);
  }

  /**
   * Has an empty store begin at the configured sequence, as newFileStoreWithCreated and
   * newMemStoreWithMode of nats-server do whenever they open a store. nats-server also purges
   * messages that are before that sequence, which only a later change of the configuration or files
   * without a description can bring about; here they stay.
   */
  private static void begin(StreamStore store, StreamConfig config) {
    long configured = config.firstSequence();
    StoreState state = store.state();
    if (state.messages() == 0 && configured > state.firstSequence()) {
      store.compact(configured);
    } else if (state.messages() > 0 && configured > state.lastSequence()) {
      log.warn(
          "Stream {} has messages up to sequence {}; they stay, and it does not go on at its"
              + " \"first_seq\" {} before it is empty and opened again",
          config.name(),
          state.lastSequence(),
          configured);
    }
  }

  /**
   * Makes a stream from a snapshot.
   *
   * @param estate what the predecessor has left; null if there is none
   * @throws StoreException if its files can't be made
   */
  public Stream restore(StreamState state, @Nullable StreamHandover estate) {
    StreamConfig config = state.config();
    if (estate != null) {
      estate.store().rewind(state.messages());
      return new Stream(jetStream, config, estate, state.created());
    }
    StreamStore store;
    StreamFiles files = null;
    if (config.storage() == StorageType.MEMORY) {
      store = MemoryStore.create(StreamFiles.limits(config));
    } else {
      files = new StreamFiles(pathOf(config), storeOptions);
      files.requireBlank();
      files.write(config, state.created());
      store = files.open(config);
    }
    state.messages().fill(store);
    return new Stream(jetStream, config, store, files, state.created());
  }

  /**
   * Recovers every stream in the directory of the account. A stream that cannot be read is reported
   * and stays as it is, to be inspected or created again; the others are recovered.
   */
  public List<Stream> recover() {
    Path parent = streamsDirectory;
    finishRemovals(parent);
    List<Stream> recovered = new ArrayList<>();
    String account = jetStream.account().name();
    for (String name : StreamDirectory.list(parent, storeOptions)) {
      StreamFiles files = new StreamFiles(parent.resolve(name), storeOptions);
      try {
        long began = jetStream.time().nanoTime();
        log.info("  Starting restore for stream '{} > {}'", account, files.name());
        Stream stream = open(files);
        recovered.add(stream);
        log.info(
            "  Restored {} messages for stream '{} > {}' in {}",
            String.format(Locale.ROOT, "%,d", stream.store().state().messages()),
            account,
            stream.name(),
            GoDuration.formatMillis(jetStream.time().nanoTime() - began));
      } catch (StoreException.Encrypted e) {
        log.warn(
            "  Error decrypting our stream metafile: {}. The files in {} stay as they are; start the"
                + " server with their key as \"key\" or \"prev_key\" of \"jetstream\"",
            e.reason(),
            files);
      } catch (RuntimeException | Error e) { // a broken stream must not stop the others
        log.error(
            "The stream in {} cannot be recovered: {}. Its files stay; create a stream of that name"
                + " to continue with its messages",
            files,
            e.getMessage(),
            e);
      }
    }
    return recovered;
  }

  private void finishRemovals(Path parent) {
    try {
      StreamDirectory.finishRemovals(parent, storeOptions);
    } catch (StoreException e) {
      log.warn("Files of deleted streams in {} could not be removed and take up space", parent, e);
    }
  }

  /** Deletes the directory of an account without streams, unless there is something else in it. */
  public void deleteDirectory() {
    clearStaged();
    StreamDirectory.deleteBlank(directory, storeOptions);
  }

  /** Returns files in a place of their own for a stream that does not belong to the account yet. */
  public StreamFiles stage(StreamConfig config) {
    Path path = stagingDirectory().resolve("restore-" + Nuid.next());
    return new StreamFiles(path, StreamFiles.nameOf(pathOf(config)), storeOptions);
  }

  private Path stagingDirectory() {
    return streamsDirectory.resolveSibling("restores");
  }

  /** Removes streams that were staged when the server ended. */
  void clearStaged() {
    Path staged = stagingDirectory();
    try {
      StreamDirectory.finishRemovals(staged, storeOptions);
      for (String name : StreamDirectory.list(staged, storeOptions)) {
        if (STAGED.matcher(name).matches()) {
          new StreamDirectory(staged.resolve(name), storeOptions).delete();
        } else {
          log.warn("{} is not a staged stream, and stays", staged.resolve(name));
        }
      }
      StreamDirectory.deleteBlank(staged, storeOptions);
    } catch (StoreException e) {
      log.warn("Directory {} cannot be removed", staged, e);
    }
  }

  /** Moves staged files, which must be closed, to their place and makes a stream of them. */
  public Stream adopt(StreamFiles staged, StreamConfig config) {
    if (!StreamDirectory.canHold(config.name())) {
      throw storeFailed();
    }
    Path path = pathOf(config);
    staged.moveTo(path);
    return open(new StreamFiles(path, storeOptions));
  }

  /** Encrypts what is to be; nats-server tells so in recoverStream of its jetstream.go. */
  private void encrypt(StreamFiles files) {
    String account = account();
    files.encrypt(
        conversion -> {
          switch (conversion) {
            case ENCRYPT -> log.info("  Encrypting stream '{} > {}'", account, files.name());
            case CONVERT ->
                log.info("  Converting to {} for stream '{} > {}'", cipher, account, files.name());
            case NONE -> {}
          }
        });
  }

  private static @Nullable StoreKeys keys(@Nullable EncryptionOptions encryption) {
    if (encryption == null) {
      return null;
    }
    StoreCipher cipher = StoreCipher.named(encryption.cipher());
    if (cipher == null) {
      throw new IllegalArgumentException("there is no cipher " + encryption.cipher());
    }
    return StoreKeys.of(cipher, encryption.key(), encryption.previousKey());
  }

  private Stream open(StreamFiles files) {
    encrypt(files);
    StreamFiles.Description found = files.read();
    StreamStore store = files.open(found.config());
    begin(store, found.config());
    Stream stream = new Stream(jetStream, found.config(), store, files, found.created());
    stream.sources().recover(found.sources());
    return stream;
  }
}
