package dev.hubkit.nats.security;

import dev.hubkit.nats.config.ResolverConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CredentialException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens of accounts, kept in memory and behind that in a directory or on a server that answers
 * over HTTP. Looking one up can take long. Thread-safe.
 */
final class AccountDirectory {
  private static final Logger log = LoggerFactory.getLogger(AccountDirectory.class);
  private static final Duration FETCH_TIMEOUT = Duration.ofMillis(1900);

  private final ResolverConfig resolver;
  private final Map<String, AccountClaims> known = new ConcurrentHashMap<>();
  private @Nullable HttpClient http;

  AccountDirectory(ResolverConfig resolver, Map<String, String> preloaded) {
    this.resolver = resolver;
    if (directory() != null) {
      try {
        Files.createDirectories(Path.of(resolver.location()));
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
      Path file = directory.resolve(key + ".jwt");
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

  /** Takes in a new or changed account. */
  AccountClaims store(String token) throws CredentialException {
    AccountClaims claims = AccountClaims.parse(token);
    String key = claims.jwt().subject();
    Path directory = directory();
    if (directory != null) {
      try {
        Path temporary = Files.createTempFile(directory, key, ".tmp");
        Files.writeString(temporary, token);
        Files.move(
            temporary,
            directory.resolve(key + ".jwt"),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new UncheckedIOException("could not store account: " + e.getMessage(), e);
      }
    }
    known.put(key, claims);
    return claims;
  }
}
