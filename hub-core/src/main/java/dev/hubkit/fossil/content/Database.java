package dev.hubkit.fossil.content;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/**
 * A repository file: one writer at a time, readers beside it, each on a snapshot of its own
 * (SQLite's write-ahead log). Another process, such as C fossil, may use the file at the same time;
 * the second process waits up to ten seconds. Thread-safe.
 */
public final class Database implements AutoCloseable {
  private static final Duration BUSY_WAIT = Duration.ofSeconds(10);

  /** SQLite's number for "this is a Fossil repository" (its magic.txt). */
  private static final int APPLICATION_ID = 252006673;

  private final Path file;
  private final TimeSource time;
  private final ContentCache cache = new ContentCache();
  private final DbTransaction writer;
  private final ReentrantLock writing = new ReentrantLock(true);
  private final ReaderPool readers;

  @SuppressWarnings("ThreadLocalUsage") // each repository has transactions of its own
  private final ThreadLocal<@Nullable DbTransaction> current = new ThreadLocal<>();

  private long commits; // guarded by writing
  private volatile Runnable observer = () -> {};
  private volatile boolean closed;
  private volatile boolean abandoned;

  private Database(Path file, DbTransaction writer, TimeSource time) {
    this.file = file;
    this.writer = writer;
    this.readers = new ReaderPool(this::connectReader, time);
    this.time = time;
  }

  /** Work inside a transaction. */
  @FunctionalInterface
  public interface Work<R extends @Nullable Object, X extends Exception> {
    /** Does the work; an exception undoes what it wrote. */
    R run(DbTransaction session) throws X;
  }

  /**
   * Makes an empty file with the tables of a repository.
   *
   * @param time the clock that stamps what is written
   * @throws RepositoryException if the file exists or cannot be written
   */
  public static Database create(Path file, TimeSource time) {
    SqliteDriver.require();
    if (Files.exists(file)) {
      throw new RepositoryException(file + " exists already");
    }
    try {
      // SQLite gives its log and journal the mode of this file.
      PrivateFiles.writeNew(file, new byte[0]);
    } catch (IOException e) {
      throw new RepositoryException("cannot make " + file + ": " + e.getMessage(), e);
    }
    DbTransaction session = connect(file, time);
    try {
      session.script("PRAGMA application_id=" + APPLICATION_ID);
      session.begin(true);
      Schema.create(session);
      session.commit();
      return open(file, session, time);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /**
   * Opens a file.
   *
   * @param time the clock that stamps what is written
   * @throws RepositoryException if the file is missing, cannot be written or is not a repository
   */
  public static Database open(Path file, TimeSource time) {
    SqliteDriver.require();
    if (!Files.isRegularFile(file)) {
      throw new RepositoryException("no repository at " + file);
    }
    DbTransaction session = connect(file, time);
    try {
      if (!session.exists("SELECT 1 FROM sqlite_schema WHERE type='table' AND name='blob'")) {
        throw new RepositoryException(file + " is not a Fossil repository");
      }
      return open(file, session, time);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static Database open(Path file, DbTransaction session, TimeSource time) {
    String mode = session.text("PRAGMA journal_mode=WAL");
    if (!"wal".equals(mode)) {
      throw new RepositoryException(
          file + " cannot be switched to write-ahead logging (journal mode is " + mode + ")");
    }
    return new Database(file, session, time);
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** Resolved content of this repository, shared by all transactions. */
  ContentCache cache() {
    return cache;
  }

  /**
   * Runs {@code work} on a snapshot of the repository. Inside a transaction of the same thread it
   * runs in that one.
   */
  public <R extends @Nullable Object, X extends Exception> R read(Work<R, X> work) throws X {
    DbTransaction outer = current.get();
    if (outer != null) {
      return work.run(outer);
    }
    DbTransaction session = readers.borrow();
    boolean intact = false;
    current.set(session);
    try {
      session.begin(false);
      try {
        return work.run(session);
      } finally {
        session.rollback();
        intact = true;
      }
    } finally {
      current.remove();
      if (intact) {
        readers.release(session);
      } else {
        readers.discard(session);
      }
    }
  }

  /**
   * Runs {@code work} as the one writer and commits, or undoes everything if it throws. Inside a
   * write transaction of the same thread it becomes part of that one.
   *
   * @throws IllegalStateException inside a read transaction of the same thread
   */
  public <R extends @Nullable Object, X extends Exception> R write(Work<R, X> work) throws X {
    DbTransaction outer = current.get();
    if (outer == writer) {
      return work.run(outer);
    }
    if (outer != null) {
      throw new IllegalStateException("a read transaction cannot turn into a write transaction");
    }
    R result;
    writing.lock();
    try {
      ensureOpen();
      current.set(writer);
      writer.begin(true);
      boolean committed = false;
      try {
        result = work.run(writer);
        if (abandoned) {
          throw new RepositoryException(file + " was abandoned before this was committed");
        }
        writer.commit();
        committed = true;
        commits++;
      } finally {
        if (!committed) {
          writer.rollback();
        }
      }
    } finally {
      current.remove();
      writing.unlock();
    }
    observer.run();
    return result;
  }

  /** Has {@code told} called after each commit, on the thread of the transaction. */
  public void onCommit(Runnable told) {
    observer = told;
  }

  /**
   * Returns an image of the file, taken between two transactions.
   *
   * @throws IllegalStateException inside a transaction of the same thread
   */
  public RepositoryImage image() {
    writing.lock();
    try {
      ensureBetweenTransactions();
      return new RepositoryImage(writer.image(), moment());
    } finally {
      writing.unlock();
    }
  }

  /**
   * Puts the file back to an image, in one step for everyone that has it open. Waits for running
   * transactions, and does nothing when nothing was written since.
   *
   * @throws IllegalStateException inside a transaction of the same thread
   * @throws RepositoryException if this fails; then nothing has changed
   */
  public void rewind(RepositoryImage image) {
    writing.lock();
    try {
      ensureBetweenTransactions();
      if (image.isStill(moment())) {
        return;
      }
      Path copy = file.resolveSibling(file.getFileName() + "-rewind");
      try {
        image.writeReadOnly(copy);
        writer.restore(copy);
      } catch (IOException e) {
        throw new RepositoryException("cannot write " + copy + ": " + e.getMessage(), e);
      } finally {
        Files.deleteIfExists(copy);
      }
      commits++;
      image.is(moment());
    } catch (IOException e) {
      throw new RepositoryException("cannot delete a copy: " + e.getMessage(), e);
    } finally {
      writing.unlock();
    }
  }

  private void ensureBetweenTransactions() {
    ensureOpen();
    if (current.get() != null) {
      throw new IllegalStateException("not inside a transaction");
    }
  }

  private RepositoryImage.Moment moment() {
    return new RepositoryImage.Moment(this, commits, writer.number("PRAGMA data_version", 0));
  }

  /** Closes as {@link #close()} does, but undoes a running write transaction, as a crash would. */
  public void abandon() {
    abandoned = true;
    close();
  }

  /**
   * Waits for the running write transaction, then closes the file. Running reads end by themselves.
   */
  @Override
  public void close() {
    writing.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      readers.close();
      writer.close();
    } finally {
      writing.unlock();
    }
  }

  private DbTransaction connectReader() {
    ensureOpen();
    return connect(file, time);
  }

  private void ensureOpen() {
    if (closed) {
      throw new RepositoryException(file + " is closed");
    }
  }

  private static DbTransaction connect(Path file, TimeSource time) {
    SQLiteConfig config = new SQLiteConfig();
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    config.setBusyTimeout((int) BUSY_WAIT.toMillis());
    config.enforceForeignKeys(false);
    // With a write-ahead log this survives the death of the process; a power cut may lose the last
    // transactions but never the file.
    config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
    config.setTempStore(SQLiteConfig.TempStore.MEMORY);
    config.setCacheSize(-16_000);
    // Otherwise the driver would prepare and run a statement of its own after each INSERT.
    config.setGetGeneratedKeys(false);
    try {
      Connection connection = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
      return new DbTransaction(connection, time);
    } catch (SQLException e) {
      throw new RepositoryException("cannot open " + file + ": " + e.getMessage(), e);
    }
  }
}
