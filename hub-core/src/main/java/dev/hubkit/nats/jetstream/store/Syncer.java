package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import dev.hubkit.time.Timer;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Makes what is written to files safe against loss of power: at once, or some time after. Delayed
 * syncs are made by the executor of the options. Thread-safe.
 */
final class Syncer {
  private static final Log logger = Log.of(Syncer.class);

  private final StoreOptions options;
  private final Set<StoreFile> files = new LinkedHashSet<>();
  private final Set<Path> directories = new LinkedHashSet<>();
  private @Nullable Timer timer;
  private boolean closed;

  Syncer(StoreOptions options) {
    this.options = options;
  }

  /** Whether all that is written is safe against loss of power at once. */
  boolean syncsAlways() {
    return options.syncAlways();
  }

  /** A batch was written; with sync always it is safe when this returns. */
  void written(StoreFile file) throws IOException {
    if (options.syncAlways()) {
      file.sync();
    } else {
      changed(file);
    }
  }

  /** A file has changed, and must be safe by the next sync. */
  void changed(StoreFile file) throws IOException {
    if (options.syncAlways()) {
      file.sync();
      return;
    }
    synchronized (this) {
      files.add(file);
      schedule();
    }
  }

  /** Names in a directory have changed. */
  void renamed(Path directory) throws IOException {
    if (options.syncAlways()) {
      options.disk().sync(directory);
      return;
    }
    synchronized (this) {
      directories.add(directory);
      schedule();
    }
  }

  /** Makes a directory, and those above it that are missing; with sync always they are safe. */
  void createDirectories(Path directory) throws IOException {
    FileSystem disk = options.disk();
    List<Path> parents = new ArrayList<>();
    if (options.syncAlways()) {
      for (Path at = directory; at != null && !disk.exists(at); at = at.getParent()) {
        Path parent = at.getParent();
        if (parent != null) {
          parents.add(parent);
        }
      }
    }
    disk.createDirectories(directory);
    for (Path parent : parents) {
      disk.sync(parent);
    }
  }

  /** A file is about to be closed and need not be synced any more. */
  synchronized void closed(StoreFile file) {
    files.remove(file);
  }

  /** Runs work that may wait for the disk on the executor. */
  void execute(Runnable work) {
    options.executor().execute(work);
  }

  private void schedule() {
    if (timer == null && !closed) {
      timer = options.time().schedule(options.syncInterval(), this::onTimer);
    }
  }

  // The thread of the timers.
  private void onTimer() {
    try {
      options.executor().execute(this::syncDue);
    } catch (RejectedExecutionException e) {
      logger.debug("The server is closing", e);
    } catch (Throwable e) {
      retry(e);
    }
  }

  /** Schedules another sync, as this one has failed. */
  private void retry(Throwable failure) {
    logger.error("Can't sync files of a store; the next timer tries again", failure);
    synchronized (this) {
      timer = null;
      schedule();
    }
  }

  private void syncDue() {
    synchronized (this) {
      timer = null;
    }
    try {
      WorkStep.STORE_SYNC.reach();
      syncNow();
    } catch (Throwable e) {
      retry(e);
    }
  }

  /** Makes everything safe. */
  void syncNow() throws IOException {
    List<StoreFile> changedFiles;
    List<Path> changedDirectories;
    synchronized (this) {
      changedFiles = new ArrayList<>(files);
      changedDirectories = new ArrayList<>(directories);
      files.clear();
      directories.clear();
    }
    boolean done = false;
    try {
      sync(changedFiles, changedDirectories);
      done = true;
    } finally {
      if (!done) {
        keep(changedFiles, changedDirectories);
      }
    }
  }

  /** These could not be synced, or not all of them; a sync too many does no harm. */
  private synchronized void keep(List<StoreFile> changedFiles, List<Path> changedDirectories) {
    files.addAll(changedFiles);
    directories.addAll(changedDirectories);
  }

  private void sync(List<StoreFile> changedFiles, List<Path> changedDirectories)
      throws IOException {
    IOException failure = null;
    for (StoreFile file : changedFiles) {
      try {
        file.sync();
      } catch (java.nio.channels.ClosedChannelException e) {
        // Closed meanwhile, by a rewrite that has synced its copy, or because it was deleted.
        logger.debug("Closed before it was synced", e);
      } catch (IOException e) {
        failure = e;
      }
    }
    for (Path directory : changedDirectories) {
      options.disk().sync(directory);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Ends delayed syncs. */
  synchronized void close() {
    closed = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
