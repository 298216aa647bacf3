package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.Database;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.fossil.crosslink.Manifests;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A Fossil repository file that C fossil can use as its own.
 *
 * <p>Everything happens in transactions: {@link #read} on a snapshot, {@link #write} as the one
 * writer. Thread-safe; another process may use the file at the same time.
 */
public final class FossilRepository implements AutoCloseable {
  private final Database database;
  private final TimeSource time;
  private final Manifests manifests = new Manifests();

  private FossilRepository(Database database, TimeSource time) {
    this.database = database;
    this.time = time;
  }

  /** Work that reads from a snapshot. */
  @FunctionalInterface
  public interface Reading<R extends @Nullable Object, X extends Exception> {
    /** Does the work. */
    R run(Snapshot snapshot) throws X;
  }

  /** Work that writes. */
  @FunctionalInterface
  public interface Writing<R extends @Nullable Object, X extends Exception> {
    /** Does the work; an exception undoes what it wrote. */
    R run(Transaction transaction) throws X;
  }

  /**
   * Makes a new repository.
   *
   * @throws RepositoryException if the file exists or cannot be written
   */
  public static FossilRepository create(Path file, CreateOptions options) {
    return create(file, options, new SystemTimeSource("fossil"));
  }

  /** {@link #create(Path, CreateOptions)} with the clock that stamps new check-ins. */
  public static FossilRepository create(Path file, CreateOptions options, TimeSource time) {
    FossilRepository repository = new FossilRepository(Database.create(file, time), time);
    boolean done = false;
    try {
      repository.update(
          transaction -> options.apply(transaction.session(), transaction.settings(), time.now()));
      done = true;
      return repository;
    } finally {
      if (!done) {
        repository.close();
      }
    }
  }

  /**
   * Opens a repository.
   *
   * @throws RepositoryException if the file is missing, cannot be written or is not a repository
   */
  public static FossilRepository open(Path file) {
    return open(file, new SystemTimeSource("fossil"));
  }

  /** {@link #open(Path)} with the clock that stamps new check-ins. */
  public static FossilRepository open(Path file, TimeSource time) {
    return new FossilRepository(Database.open(file, time), time);
  }

  /** The clock of this repository. */
  public TimeSource time() {
    return time;
  }

  /** The repository file. */
  public Path file() {
    return database.file();
  }

  /** Runs {@code work} on a snapshot, or in the transaction in which the thread already is. */
  public <R extends @Nullable Object, X extends Exception> R read(Reading<R, X> work) throws X {
    return database.read(session -> work.run(new Snapshot(database, session, manifests)));
  }

  /**
   * Runs {@code work} as the one writer, checks everything it wrote, and commits; undoes everything
   * if it throws. Inside a write transaction of the same thread it becomes part of that one.
   *
   * @throws IllegalStateException inside a {@link #read} of the same thread
   */
  public <R extends @Nullable Object, X extends Exception> R write(Writing<R, X> work) throws X {
    return database.write(
        session -> {
          Transaction transaction = new Transaction(database, session, manifests, time);
          R result = work.run(transaction);
          transaction.finish();
          return result;
        });
  }

  /** {@link #write} for work without a result. */
  public void update(Consumer<Transaction> work) {
    this.<Boolean, RuntimeException>write(
        transaction -> {
          work.accept(transaction);
          return true;
        });
  }

  /**
   * Makes a check-in in a transaction of its own.
   *
   * @return its name
   * @throws IOException if the content of a file cannot be read
   * @throws RepositoryException if the check-in is impossible: an unknown parent, a fork, no change
   */
  public ArtifactName commit(Commit commit) throws IOException {
    return this.<ArtifactName, IOException>write(transaction -> transaction.commit(commit));
  }

  /**
   * Has {@code told} called after each transaction that is committed through this object, on the
   * thread of the transaction; it must be quick. Transactions of other processes are not told of.
   */
  public void onCommit(Runnable told) {
    database.onCommit(told);
  }

  /**
   * Returns an image of the repository file, to keep or to {@link #rewind} to.
   *
   * @throws IllegalStateException inside a transaction of the same thread
   */
  public RepositoryImage image() {
    return database.image();
  }

  /**
   * Puts the whole repository back to an image: check-ins, users, settings and everything else.
   * Waits for a running write transaction; running reads go on with what they see. The server and
   * other processes that have the file open see the image from then on. Takes a millisecond for
   * some hundred kilobytes, and no time when nothing was written since.
   *
   * @throws IllegalStateException inside a transaction of the same thread
   * @throws RepositoryException if this fails; then nothing has changed
   */
  public void rewind(RepositoryImage image) {
    database.rewind(image);
  }

  /** Rebuilds all derived tables from the content, as {@code fossil rebuild} does. */
  public void rebuild() {
    update(transaction -> transaction.rebuild(done -> {}));
  }

  /**
   * Closes the file as a crash does: undoes a running write transaction instead of letting it
   * commit. Its work still ends before this returns.
   */
  public void abandon() {
    database.abandon();
  }

  /** Waits for the running write transaction and closes the file. Closing twice does nothing. */
  @Override
  public void close() {
    database.close();
  }
}
