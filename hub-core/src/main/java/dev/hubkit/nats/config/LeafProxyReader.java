package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.tls.TlsContext;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code proxy} that a remote of leaf nodes is to be reached through, and checks it as
 * nats-server does (validateLeafNodeProxyOptions in its {@code leafnode.go}).
 */
final class LeafProxyReader {
  private static final Set<String> TLS_FIELDS =
      Set.of(
          "cert_file",
          "key_file",
          "ca_file",
          "insecure",
          "cipher_suites",
          "allow_insecure_cipher_suites",
          "curve_preferences",
          "min_version",
          "timeout",
          "cert_store",
          "cert_match_by",
          "cert_match",
          "cert_match_skip_invalid",
          "ca_certs_match",
          "certs",
          "certificates");

  private static final FieldTable<LeafProxyReader> FIELDS =
      new FieldTable<LeafProxyReader>()
          .field("url", (proxy, value) -> proxy.url = value.string())
          .field("username", (proxy, value) -> proxy.user = value.string())
          .field("password", (proxy, value) -> proxy.password = value.string())
          .field(
              "timeout",
              (proxy, value) -> proxy.timeout = proxy.problems.duration("proxy timeout", value))
          .field("tls", LeafProxyReader::tls)
          .since(Compatibility.V2_15, "tls");

  private final Problems problems;
  private String url = "";
  private String user = "";
  private String password = "";
  private long timeout;
  private boolean secured;
  private @Nullable TlsContext context;

  LeafProxyReader(Problems problems) {
    this.problems = problems;
  }

  /** Returns the proxy; null for none. */
  @Nullable LeafProxyConfig read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected proxy to be a map, got " + value.type());
    }
    FIELDS.readAll(this, value, problems);
    String problem = problem();
    if (!problem.isEmpty()) {
      throw value.error(problem);
    }
    return url.isEmpty()
        ? null
        : new LeafProxyConfig(URI.create(url), user, password, timeout, context);
  }

  private void tls(ConfigValue value) {
    boolean supported = true;
    if (value.isMap()) {
      for (var field : value.map().entrySet()) {
        if (!TLS_FIELDS.contains(field.getKey().toLowerCase(Locale.ROOT))) {
          supported = false;
          problems.add(
              field.getValue(), quoted(field.getKey()) + " is not supported for proxy TLS");
        }
      }
    }
    if (supported) {
      context = TlsReader.read(value, true, problems);
      secured = true;
    }
  }

  private String problem() {
    if (url.isEmpty()) {
      return user.isEmpty() && password.isEmpty() && timeout == 0 && !secured
          ? ""
          : "proxy URL must be specified when other proxy options are set";
    }
    URI parsed;
    try {
      parsed = new URI(url);
    } catch (URISyntaxException e) {
      return "invalid proxy URL: parse " + quoted(url) + ": " + e.getReason();
    }
    String scheme = parsed.getScheme() == null ? "" : parsed.getScheme();
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return "proxy URL scheme must be http or https, got: " + scheme;
    }
    if (parsed.getAuthority() == null) {
      return "proxy URL must specify a host";
    }
    if (secured && !scheme.equals("https")) {
      return "proxy TLS configuration requires an https proxy URL, got: " + scheme;
    }
    if (timeout < 0) {
      return "proxy timeout must be >= 0";
    }
    return user.isEmpty() == password.isEmpty()
        ? ""
        : "proxy username and password must both be specified or both be empty";
  }
}
