package dev.hubkit;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/** Where one of the two services of a hub comes from. */
public sealed interface Backend {
  /**
   * A server in the hub's own process.
   *
   * @param port the TCP port, 0 for a free one (the one the last run got, if that is still free)
   */
  record Embedded(int port) implements Backend {
    /**
     * Checks the port.
     *
     * @throws IllegalArgumentException if it is not from 0 to 65535
     */
    public Embedded {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("Not a TCP port: " + port);
      }
    }
  }

  /** No server: the hub does without it and loads none of its classes. */
  record Off() implements Backend {}

  /**
   * A server that runs elsewhere. The hub neither starts nor stops it.
   *
   * @param url where it is; commas separate the URLs of several servers of one cluster
   * @param credentials what a NATS client needs to connect: {@code name:password}, a token, or the
   *     path of a file that ends with {@code .creds}. The hub tries them when it starts, and passes
   *     them on ({@link Hub#natsCredentials}), but writes them nowhere. Null for none
   */
  record External(String url, @Nullable String credentials) implements Backend {
    /**
     * Checks the URL.
     *
     * @throws IllegalArgumentException if it is not a URL, or has no host
     */
    public External {
      for (String one : url.split(",", -1)) {
        if (!hasHost(one.strip())) {
          throw new IllegalArgumentException("Not a URL with a host: " + one);
        }
      }
    }
  }

  private static boolean hasHost(String url) {
    try {
      return new URI(url).getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** A server in the hub's own process. */
  static Backend embedded(int port) {
    return new Embedded(port);
  }

  /** No server at all. */
  static Backend off() {
    return new Off();
  }

  /** A server that runs elsewhere and asks for no credentials. */
  static Backend external(String url) {
    return new External(url, null);
  }

  /** A server that runs elsewhere. */
  static Backend external(String url, @Nullable String credentials) {
    return new External(url, credentials);
  }
}
