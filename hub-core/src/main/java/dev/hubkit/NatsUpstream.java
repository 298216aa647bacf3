package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.workspace.Endpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * The cluster whose leaf node a hub's NATS server is.
 *
 * @param url where it accepts leaf nodes: {@code nats-leaf://host:7422}, {@code tls://} for a
 *     connection that has to be secured; commas separate the URLs of several servers of one cluster
 * @param credentials what the leaf node logs in with, unless the URL has it: {@code name:password},
 *     a token, or the path of a file that ends with {@code .creds}; null for nothing
 */
public record NatsUpstream(String url, @Nullable String credentials) {
  private static final Set<String> SCHEMES = Set.of("nats-leaf", "nats", "tls", "ws", "wss");

  /**
   * Checks the URL.
   *
   * @throws IllegalArgumentException if it is not a URL of this kind
   */
  public NatsUpstream {
    for (String one : urls(url)) {
      if (!isOfLeafNodes(one)) {
        throw new IllegalArgumentException(
            "Not a URL of a server for leaf nodes, such as nats-leaf://hub.example.org:7422: "
                + Endpoint.shown(one));
      }
    }
  }

  private static List<String> urls(String url) {
    return Arrays.stream(url.split(",", -1)).map(String::strip).toList();
  }

  private static boolean isOfLeafNodes(String url) {
    try {
      URI parsed = new URI(url);
      return parsed.getHost() != null && SCHEMES.contains(parsed.getScheme());
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /**
   * Adds the upstream to the options of a NATS server.
   *
   * @throws HubException if the server can't be a leaf node there
   */
  void addTo(NatsOptions.Builder options) {
    String given = credentials;
    boolean file = given != null && given.endsWith(".creds");
    try {
      if (given != null && file) {
        // A name that is mistyped should not first show when the upstream refuses the leaf node.
        ClientCredentials.credentialsFile(Path.of(given));
      }
      String login = given == null || file ? "" : escaped(given) + "@";
      options.leafOf(
          urls(url).stream().map(one -> withLogin(one, login)).toList(),
          given != null && file ? Path.of(given).toAbsolutePath() : null);
    } catch (CredentialException | ConfigException e) {
      throw new HubException(
          Reason.UNSUPPORTED,
          "the upstream " + Endpoint.shown(url) + " cannot be used: " + e.getMessage(),
          e);
    }
  }

  private static String withLogin(String url, String login) {
    return URI.create(url).getRawUserInfo() == null
        ? url.replaceFirst("//", "//" + Matcher.quoteReplacement(login))
        : url;
  }

  private static String escaped(String login) {
    int colon = login.indexOf(':');
    return colon < 0
        ? encoded(login)
        : encoded(login.substring(0, colon)) + ":" + encoded(login.substring(colon + 1));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return Endpoint.shown(url);
  }
}
