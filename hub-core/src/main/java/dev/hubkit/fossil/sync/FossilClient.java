package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.RepositoryException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Clones from, pulls from and pushes to a Fossil server: C fossil's or Hub's, over HTTP or HTTPS,
 * or one in the same JVM. One exchange at a time; {@link #cancel()} may be called from any thread.
 */
public final class FossilClient implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration READ_TIMEOUT = Duration.ofMinutes(5);

  private final SyncTransport transport;
  private final @Nullable ClientLogin login;
  private volatile Consumer<SyncProgress> listener = progress -> {};
  private volatile boolean cancelled;

  private FossilClient(SyncTransport transport, @Nullable ClientLogin login) {
    this.transport = transport;
    this.login = login;
  }

  /**
   * Makes a client of the server at an address.
   *
   * @param server http or https; {@code user:password@} in it names the user to log in
   * @throws IllegalArgumentException if the address is not of this form
   */
  public static FossilClient of(URI server) {
    return of(server, null);
  }

  /**
   * {@link #of(URI)} for servers whose certificates the JDK does not trust.
   *
   * @param tls decides which servers to trust over HTTPS, null for the JDK's own decision
   */
  public static FossilClient of(URI server, @Nullable SSLContext tls) {
    String scheme = server.getScheme();
    if (!"http".equals(scheme) && !"https".equals(scheme)) {
      throw new IllegalArgumentException("Not an http or https address: " + server);
    }
    try {
      // The user must not appear in requests and messages.
      URI address =
          new URI(
              scheme,
              null,
              server.getHost(),
              server.getPort(),
              server.getPath() == null || server.getPath().isEmpty() ? "/" : server.getPath(),
              server.getQuery(),
              null);
      return new FossilClient(
          new HttpTransport(address, tls, CONNECT_TIMEOUT, READ_TIMEOUT),
          login(server.getUserInfo()));
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("Not an address of a server: " + server.getHost(), e);
    }
  }

  private static @Nullable ClientLogin login(@Nullable String userInfo) {
    if (userInfo == null || userInfo.isEmpty()) {
      return null;
    }
    int colon = userInfo.indexOf(':');
    return colon < 0
        ? new ClientLogin(userInfo, "")
        : new ClientLogin(userInfo.substring(0, colon), userInfo.substring(colon + 1));
  }

  /** Makes a client of a server in the same JVM, without sockets. */
  public static FossilClient of(SyncServer server) {
    return new FossilClient(new LocalTransport(server), null);
  }

  /**
   * Makes a client that uses the caller's transport, and closes the transport when it is closed.
   */
  public static FossilClient over(SyncTransport transport) {
    return new FossilClient(transport, null);
  }

  /** Returns this client, logged in as a user. */
  public FossilClient loggedIn(String user, String password) {
    FossilClient client = new FossilClient(transport, new ClientLogin(user, password));
    client.listener = listener;
    return client;
  }

  /**
   * Reports every round trip to {@code progress}, on the thread of the exchange. Returns this
   * client.
   */
  public FossilClient onProgress(Consumer<SyncProgress> progress) {
    listener = progress;
    return this;
  }

  /**
   * Makes a clone, or continues one that was interrupted at the same place.
   *
   * @param file the file of the clone
   * @param administrator its first user
   * @return the clone, open
   * @throws RepositoryException if the file exists and is not an interrupted clone
   * @throws SyncRefusedException if the server does not allow it
   * @throws IOException if the exchange fails; call again to continue
   * @throws CancellationException after {@link #cancel()}; call again, on another client, to
   *     continue
   */
  public FossilRepository cloneTo(Path file, String administrator) throws IOException {
    return cloneTo(file, administrator, false);
  }

  /**
   * {@link #cloneTo(Path, String)}, with private content if {@code withPrivate} is set and the
   * server allows it.
   */
  public FossilRepository cloneTo(Path file, String administrator, boolean withPrivate)
      throws IOException {
    FossilRepository repository = Files.exists(file) ? resume(file) : begin(file, administrator);
    boolean done = false;
    try {
      SyncOptions options = SyncOptions.cloning();
      exchange(repository, withPrivate ? options.withPrivate() : options);
      repository.update(
          transaction -> {
            transaction.rebuildVerifying(count -> {});
            transaction.unset(ClientSession.CLONE_PROGRESS);
          });
      done = true;
      return repository;
    } finally {
      if (!done) {
        repository.close();
      }
    }
  }

  private static FossilRepository begin(Path file, String administrator) {
    FossilRepository repository =
        FossilRepository.create(file, CreateOptions.withAdministrator(administrator));
    repository.update(
        transaction -> {
          transaction.unset("project-code");
          transaction.unset("hash-policy");
          transaction.set(ClientSession.CLONE_PROGRESS, "1");
        });
    return repository;
  }

  private static FossilRepository resume(Path file) {
    FossilRepository repository = FossilRepository.open(file);
    boolean unfinished =
        repository.<Boolean, RuntimeException>read(
            snapshot -> snapshot.setting(ClientSession.CLONE_PROGRESS) != null);
    if (!unfinished) {
      repository.close();
      throw new RepositoryException(file + " exists already");
    }
    return repository;
  }

  /**
   * Returns the code of the project of the server, which both sides of a sync have to agree on.
   *
   * @throws IOException if the server can't be reached or does not tell
   */
  public String projectCode() throws IOException {
    return ProjectQuestion.ask(transport);
  }

  /** Receives what the server has. */
  public SyncResult pull(FossilRepository repository) throws IOException {
    return exchange(repository, SyncOptions.pull());
  }

  /** Sends what the server lacks. */
  public SyncResult push(FossilRepository repository) throws IOException {
    return exchange(repository, SyncOptions.push());
  }

  /** Pulls and pushes. */
  public SyncResult sync(FossilRepository repository) throws IOException {
    return exchange(repository, SyncOptions.sync());
  }

  /**
   * Exchanges what the options select.
   *
   * @throws SyncRefusedException if the server does not allow it
   * @throws IOException if the exchange fails; what was received so far is kept
   * @throws CancellationException after {@link #cancel()}
   */
  public SyncResult exchange(FossilRepository repository, SyncOptions options) throws IOException {
    try {
      return new ClientSession(repository, transport, options, login, () -> cancelled, listener)
          .run();
    } catch (IOException e) {
      if (cancelled) {
        CancellationException cancellation =
            new CancellationException("The exchange was cancelled");
        cancellation.initCause(e);
        throw cancellation;
      }
      throw e;
    }
  }

  /** Cancels the running exchange and all later ones. */
  public void cancel() {
    cancelled = true;
    transport.cancel();
  }

  /** Closes the connections. */
  @Override
  public void close() {
    transport.close();
  }
}
