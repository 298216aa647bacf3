package dev.hubkit.nats.security;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.log.Log;
import dev.hubkit.nats.config.ResolverConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.NKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
  private static final Duration FETCH_TIMEOUT = Duration.ofMillis(1900);

  private final ResolverConfig resolver;
  private final Map<String, AccountClaims> known = new ConcurrentHashMap<>();
  private @Nullable HttpClient http;

  AccountResolver(ResolverConfig resolver, Map<String, String> preloaded) {
    this.resolver = resolver;
    if (directory() != null) {
      try {
        PrivateFiles.createDirectories(Path.of(resolver.location()));
      } catch (IOException e) {
        throw new UncheckedIOException("could not create storage directory: " + e.getMessage(), e);
      }
    }
    preloaded.forEach(
        (key, token) -> {
          try {
            store(token);
          } catch (CredentialException e) {
            log.warn("Preloaded account {} cannot be used: {}", key, e.getMessage());
          }
        });
  }

  private @Nullable Path directory() {
    return resolver.kind() == ResolverConfig.Kind.FULL
            || resolver.kind() == ResolverConfig.Kind.CACHE
        ? Path.of(resolver.location())
        : null;
  }

  /** Whether {@link #find} would have to go and look. */
  boolean isKnown(String key) {
    return known.containsKey(key);
  }

  /** The claims of an account; null when there are none to be had. */
  @Nullable AccountClaims find(String key) {
    AccountClaims claims = known.get(key);
    if (claims != null) {
      return claims;
    }
    if (!NKey.isValid(key, NKey.Role.ACCOUNT)) {
      return null; // a file or an address is made of it
    }
    try {
      String token = fetch(key);
      if (token == null) {
        return null;
      }
      AccountClaims fetched = AccountClaims.parse(token);
      if (!fetched.jwt().subject().equals(key)) {
        return null;
      }
      known.put(key, fetched);
      return fetched;
    } catch (IOException | CredentialException e) {
      log.debug("Account JWT lookup error: {}: {}", key, e.getMessage());
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private @Nullable String fetch(String key) throws IOException, InterruptedException {
    Path directory = directory();
    if (directory != null) {
      Path file = directory.resolve(key + FILE_END);
      return Files.exists(file) ? Files.readString(file) : null;
    }
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
      client = HttpClient.newBuilder().connectTimeout(timeout()).build();
      http = client;
    }
    return client;
  }

  /** The token that is in the directory; null when there is none. */
  public @Nullable String stored(String key) {
    return NKey.isValid(key, NKey.Role.ACCOUNT) ? all().get(key) : null;
  }

  /**
   * The tokens in the directory by account, in their order; those that have expired are left out.
   *
   * @throws UncheckedIOException if they can't be read
   */
  public SortedMap<String, String> all() {
    SortedMap<String, String> all = new TreeMap<>();
    Path directory = directory();
    if (directory == null) {
      return all;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(each -> each.toString().endsWith(FILE_END)).toList()) {
        String name = file.getFileName().toString();
        String token = Files.readString(file).strip();
        if (!token.isEmpty()) {
          all.put(name.substring(0, name.length() - FILE_END.length()), token);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
    return all;
  }

  /** Tells whether two servers have the same tokens: the exclusive or of their SHA-256. */
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
    known.remove(key);
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

  /** Takes in a new or changed account. */
  AccountClaims store(String token) throws CredentialException {
    AccountClaims claims = AccountClaims.parse(token);
    String key = claims.jwt().subject();
    Path directory = directory();
    if (directory != null) {
      if (resolver.limit() > 0 && !all().containsKey(key) && all().size() >= resolver.limit()) {
        makeRoom();
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
    }
    known.put(key, claims);
    return claims;
  }

  // A cache gives up what has not been looked at for longest; what is to hold all holds no more.
  private void makeRoom() throws CredentialException {
    if (resolver.kind() != ResolverConfig.Kind.CACHE) {
      throw new CredentialException("jwt store is full");
    }
    Path directory = Path.of(resolver.location());
    try (Stream<Path> files = Files.list(directory)) {
      Path oldest =
          files
              .filter(each -> each.toString().endsWith(FILE_END))
              .min(Comparator.comparingLong(each -> each.toFile().lastModified()))
              .orElseThrow();
      Files.delete(oldest);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
