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
   * A client of the server at an address.
   *
   * @param server http or https; {@code user:password@} in it names the user to log in
   * @throws IllegalArgumentException if it is not such an address
   */
  public static FossilClient of(URI server) {
    return of(server, null);
  }

  /**
   * {@link #of(URI)} with certificates of one's own, for servers that the JDK does not trust.
   *
   * @param tls whom to trust over HTTPS, null for whom the JDK trusts
   */
  public static FossilClient of(URI server, @Nullable SSLContext tls) {
    String scheme = server.getScheme();
    if (!"http".equals(scheme) && !"https".equals(scheme)) {
      throw new IllegalArgumentException("Not an http or https address: " + server);
    }
    try {
      // Without the user, who must not get into requests and messages.
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

  /** A client of a server in the same JVM, without sockets. */
  public static FossilClient of(SyncServer server) {
    return new FossilClient(new LocalTransport(server), null);
  }

  /** A client that speaks through a transport of the caller's, which it closes in the end. */
  public static FossilClient over(SyncTransport transport) {
    return new FossilClient(transport, null);
  }

  /** The same client, logged in as a user. */
  public FossilClient loggedIn(String user, String password) {
    FossilClient client = new FossilClient(transport, new ClientLogin(user, password));
    client.listener = listener;
    return client;
  }

  /** Has every round trip reported, on the thread of the exchange. Returns this client. */
  public FossilClient onProgress(Consumer<SyncProgress> progress) {
    listener = progress;
    return this;
  }

  /**
   * Makes a clone. One that was broken off at the same place is gone on with.
   *
   * @param file where it is made
   * @param administrator its first user
   * @return the clone, open
   * @throws RepositoryException if there is a file that is not the beginning of a clone
   * @throws SyncRefusedException if the server does not allow it
   * @throws IOException if the exchange breaks off; call again to go on
   * @throws CancellationException after {@link #cancel()}; call again, on another client, to go on
   */
  public FossilRepository cloneTo(Path file, String administrator) throws IOException {
    return cloneTo(file, administrator, false);
  }

  /** {@link #cloneTo(Path, String)}, with private content if that is wanted and allowed. */
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

  /** Gets what the server has. */
  public SyncResult pull(FossilRepository repository) throws IOException {
    return exchange(repository, SyncOptions.pull());
  }

  /** Gives what the server lacks. */
  public SyncResult push(FossilRepository repository) throws IOException {
    return exchange(repository, SyncOptions.push());
  }

  /** Pulls and pushes. */
  public SyncResult sync(FossilRepository repository) throws IOException {
    return exchange(repository, SyncOptions.sync());
  }

  /**
   * Exchanges what the options say.
   *
   * @throws SyncRefusedException if the server does not allow it
   * @throws IOException if the exchange breaks off; what was received so far is kept
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

  /** Breaks off the running exchange and all later ones. */
  public void cancel() {
    cancelled = true;
    transport.cancel();
  }

  /** Lets go of connections. */
  @Override
  public void close() {
    transport.close();
  }
}
