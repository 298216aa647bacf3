package dev.hubkit.nats.security;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.log.Log;
import dev.hubkit.nats.config.ResolverConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of accounts, kept in memory and behind that in a directory or on a server that answers
 * over HTTP. Looking one up can take long. Thread-safe.
 */
public final class AccountResolver {
  private static final Log log = Log.of(AccountResolver.class);
  private static final String FILE_END = ".jwt";
  private static final int MAX_FILE = 1 << 20;
  private static final Duration FETCH_TIMEOUT = Duration.ofMillis(1900);

  private final ResolverConfig resolver;
  // What a resolver without files and without a server knows.
  private final Map<String, AccountClaims> preloaded = new ConcurrentHashMap<>();
  // Of the files in the directory, by account: what was found right, and what was reported.
  private final Map<String, AccountClaims> checked = new ConcurrentHashMap<>();
  private final Map<String, String> reported = new ConcurrentHashMap<>();
  // When each file in the directory was stored or asked for, where that matters.
  private final Map<String, Long> used = new ConcurrentHashMap<>();
  private final TimeSource time;
  private final @Nullable TlsContext tls;
  private @Nullable HttpClient http;

  /**
   * Knows the accounts that are preloaded, and those in the directory of a resolver.
   *
   * @param time tells how long nobody has asked for an account
   * @param tls what a resolver that asks a server connects with; null for the JVM's certificates
   */
  AccountResolver(
      ResolverConfig resolver,
      Map<String, String> preload,
      TimeSource time,
      @Nullable TlsContext tls) {
    this.resolver = resolver;
    this.time = time;
    this.tls = tls;
    if (directory() != null) {
      try {
        PrivateFiles.createDirectories(Path.of(resolver.location()));
      } catch (IOException e) {
        throw new UncheckedIOException("could not create storage directory: " + e.getMessage(), e);
      }
      readAll()
          .keySet()
          .forEach(
              this::markUsed); // so that what is damaged is reported before somebody asks for it
    }
    preload.forEach(this::preload);
  }

  // Files that are newer stay: somebody has pushed them since (saveIfNewer of nats-server).
  private void preload(String key, String token) {
    try {
      AccountClaims claims = AccountClaims.parse(token);
      Path directory = directory();
      if (directory == null) {
        preloaded.put(key, claims);
        return;
      }
      AccountClaims stored = read(directory, key);
      if (stored == null
          || (stored.jwt().issuedAt() <= claims.jwt().issuedAt()
              && !stored.jwt().id().equals(claims.jwt().id())
              && claims.jwt().subject().equals(key))) {
        store(key, token);
      }
    } catch (CredentialException e) {
      log.warn("Preloaded account {} cannot be used: {}", key, e.getMessage());
    }
  }

  // Without a time to live, accounts stay until they are deleted.
  private void markUsed(String key) {
    if (resolver.ttlNanos() > 0) {
      used.put(key, time.nanoTime());
    }
  }

  /** Deletes the files of accounts that nobody has asked for in their time to live. */
  private void forgetUnused(Path directory) {
    long now = used.isEmpty() ? 0 : time.nanoTime();
    used.forEach(
        (key, since) -> {
          if (now - since >= resolver.ttlNanos() && used.remove(key, since)) {
            checked.remove(key);
            try {
              Files.deleteIfExists(directory.resolve(key + FILE_END));
            } catch (IOException e) {
              log.warn("The account {} has had its time, and cannot be deleted: {}", key, e);
            }
          }
        });
  }

  private @Nullable Path directory() {
    return resolver.kind() == ResolverConfig.Kind.FULL
            || resolver.kind() == ResolverConfig.Kind.CACHE
        ? Path.of(resolver.location())
        : null;
  }

  /** Returns whether {@link #find} answers from memory. */
  boolean isInMemory() {
    return resolver.kind() == ResolverConfig.Kind.MEMORY;
  }

  /** Returns the claims of an account; null when they are nowhere to be found. */
  @Nullable AccountClaims find(String key) {
    AccountClaims claims = preloaded.get(key);
    if (claims != null) {
      return claims.jwt().subject().equals(key) ? claims : null;
    }
    if (!NKey.isValid(key, NKey.Role.ACCOUNT)) {
      return null; // a file or an address is made of it
    }
    Path directory = directory();
    if (directory != null) {
      return load(directory, key);
    }
    try {
      String token = fetch(key);
      if (token == null) {
        return null;
      }
      return parse(key, token);
    } catch (IOException | CredentialException e) {
      log.debug("Account JWT lookup error: {}: {}", key, e.getMessage());
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private @Nullable AccountClaims load(Path directory, String key) {
    forgetUnused(directory);
    AccountClaims claims = read(directory, key);
    if (claims != null) {
      markUsed(key);
    }
    return claims;
  }

  private static AccountClaims parse(String key, String token) throws CredentialException {
    AccountClaims claims = AccountClaims.parse(token);
    if (!claims.jwt().subject().equals(key)) {
      throw new CredentialException("it is the JWT of " + claims.jwt().subject());
    }
    return claims;
  }

  /** Returns the claims in the directory; null when there are none or the file is damaged. */
  private @Nullable AccountClaims read(Path directory, String key) {
    Path file = directory.resolve(key + FILE_END);
    String problem;
    try {
      if (Files.size(file) > MAX_FILE) {
        throw new CredentialException("it has more than " + MAX_FILE + " bytes");
      }
      String token = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
      AccountClaims before = checked.get(key);
      AccountClaims claims =
          before != null && before.jwt().token().equals(token) ? before : parse(key, token);
      checked.put(key, claims);
      reported.remove(key);
      return claims;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      problem = e.toString();
    } catch (CredentialException e) {
      problem = String.valueOf(e.getMessage());
    }
    if (!problem.equals(reported.put(key, problem))) {
      log.warn(
          "{} is not the JWT of its account, and is left alone: {}. Push the JWT again, or put the"
              + " file back",
          file,
          problem);
    }
    return null;
  }

  private @Nullable String fetch(String key) throws IOException, InterruptedException {
    if (resolver.kind() != ResolverConfig.Kind.URL) {
      return null;
    }
    String base = resolver.location();
    URI uri = URI.create(base.endsWith("/") ? base + key : base + "/" + key);
    HttpResponse<String> response =
        client()
            .send(
                HttpRequest.newBuilder(uri).timeout(timeout()).build(),
                HttpResponse.BodyHandlers.ofString());
    return response.statusCode() == 200 ? response.body() : null;
  }

  private Duration timeout() {
    return resolver.fetchTimeoutNanos() > 0
        ? Duration.ofNanos(resolver.fetchTimeoutNanos())
        : FETCH_TIMEOUT;
  }

  private synchronized HttpClient client() {
    HttpClient client = http;
    if (client == null) {
      HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(timeout());
      if (tls != null) {
        builder.sslContext(tls.clientContext());
      }
      client = builder.build();
      http = client;
    }
    return client;
  }

  /** The token that is in the directory; null when there is none. */
  public @Nullable String stored(String key) {
    Path directory = directory();
    if (directory == null || !NKey.isValid(key, NKey.Role.ACCOUNT)) {
      return null;
    }
    AccountClaims claims = load(directory, key);
    return claims == null ? null : claims.jwt().token();
  }

  /**
   * The tokens in the directory by account, in their order. A file that holds no token of the
   * account it is named after is reported, and left out.
   *
   * @throws UncheckedIOException if the directory can't be read
   */
  public SortedMap<String, String> all() {
    SortedMap<String, String> all = new TreeMap<>();
    Path directory = directory();
    if (directory != null) {
      forgetUnused(directory);
    }
    readAll().forEach((key, claims) -> all.put(key, claims.jwt().token()));
    return all;
  }

  private SortedMap<String, AccountClaims> readAll() {
    SortedMap<String, AccountClaims> all = new TreeMap<>();
    Path directory = directory();
    if (directory == null) {
      return all;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(each -> each.toString().endsWith(FILE_END)).toList()) {
        String name = file.getFileName().toString();
        String key = name.substring(0, name.length() - FILE_END.length());
        AccountClaims claims = read(directory, key);
        if (claims != null) {
          all.put(key, claims);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
    return all;
  }

  /**
   * Returns the exclusive or of the tokens' SHA-256: servers with the same tokens have the same.
   */
  public static byte[] digest(Collection<String> tokens) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      byte[] whole = new byte[sha.getDigestLength()];
      for (String token : tokens) {
        byte[] one = sha.digest(token.getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < whole.length; i++) {
          whole[i] ^= one[i];
        }
      }
      return whole;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Whether accounts can be deleted: from a cache always. */
  public boolean mayDelete() {
    return resolver.allowDelete() || resolver.kind() == ResolverConfig.Kind.CACHE;
  }

  /**
   * Forgets an account. Its file is removed, or renamed where that is configured.
   *
   * @throws UncheckedIOException if it can't be
   */
  public void delete(String key) {
    Path directory = directory();
    if (directory == null) {
      return;
    }
    Path file = directory.resolve(key + FILE_END);
    try {
      if (resolver.hardDelete() || resolver.kind() == ResolverConfig.Kind.CACHE) {
        Files.deleteIfExists(file);
      } else if (Files.exists(file)) {
        Files.move(
            file,
            directory.resolve(key + FILE_END + ".deleted"),
            StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /**
   * Stores the token of a new or changed account in the directory.
   *
   * @throws CredentialException if it can't be stored, in nats-server's words
   * @throws IllegalStateException if this resolver has no directory
   */
  public void store(String key, String token) throws CredentialException {
    Path directory = directory();
    if (directory == null) {
      throw new IllegalStateException("This resolver has no directory");
    }
    try {
      NKey.parse(key);
    } catch (CredentialException e) {
      throw new CredentialException("invalid public key");
    }
    SortedMap<String, AccountClaims> all = resolver.limit() > 0 ? readAll() : new TreeMap<>();
    if (resolver.limit() > 0 && !all.containsKey(key) && all.size() >= resolver.limit()) {
      makeRoom(directory, all.keySet());
    }
    try {
      Path temporary = Files.createTempFile(directory, key, ".tmp");
      Files.writeString(temporary, token);
      Files.move(
          temporary,
          directory.resolve(key + FILE_END),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("could not store account: " + e.getMessage(), e);
    }
    markUsed(key);
  }

  // A cache gives up what has not been looked at for longest; what is to hold all holds no more.
  private void makeRoom(Path directory, Collection<String> keys) throws CredentialException {
    if (resolver.kind() != ResolverConfig.Kind.CACHE) {
      throw new CredentialException("jwt store is full");
    }
    try {
      Path oldest =
          keys.stream()
              .map(key -> directory.resolve(key + FILE_END))
              .min(Comparator.comparingLong(each -> each.toFile().lastModified()))
              .orElseThrow();
      Files.delete(oldest);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
