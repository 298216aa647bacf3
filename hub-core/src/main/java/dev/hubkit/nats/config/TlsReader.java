package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.tls.CipherSuites;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsException;
import dev.hubkit.nats.tls.TlsSettings;
import dev.hubkit.time.GoDuration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** Reads a {@code tls} block and loads the keys and certificates it names. */
final class TlsReader {
  private static final long FALLBACK_NANOS = 50_000_000;
  private static final Set<String> STORE_MATCHES = Set.of("issuer", "subject", "thumbprint");
  private static final String FORM = "hex-encoded sha256 of DER encoded SubjectPublicKeyInfo";

  private static final FieldTable<TlsReader> FIELDS =
      new FieldTable<TlsReader>()
          .field("cert_file", (block, value) -> block.certFile = file("cert_file", value))
          .field("key_file", (block, value) -> block.keyFile = file("key_file", value))
          .field("ca_file", (block, value) -> block.caFile = file("ca_file", value))
          .field("insecure", flag("insecure", (block, on) -> block.insecure = on))
          .field("verify", TlsReader::verify)
          .field("verify_and_map", flag("verify_and_map", TlsReader::verifyAndMap))
          .field("verify_cert_and_check_known_urls", TlsReader::checkKnownUrls)
          .field(
              "allow_insecure_cipher_suites",
              flag("allow_insecure_cipher_suites", (block, on) -> block.allowInsecureSuites = on))
          .field("cipher_suites", TlsReader::cipherSuites)
          .field("curve_preferences", TlsReader::curves)
          .field("timeout", (block, value) -> block.timeout = Problems.seconds(value, "tls"))
          .field("connection_rate_limit", (block, value) -> block.rateLimit = rateLimit(value))
          .field("pinned_certs", TlsReader::pinned)
          .named(List.of("handshake_first", "first", "immediate"), TlsReader::handshakeFirst)
          .field("certs", "certificates", TlsReader::certificates)
          .field("min_version", (block, value) -> block.minVersion = version(value))
          .field("cert_store", TlsReader::certStore)
          .field("cert_match_by", (block, value) -> matchBy(value))
          .field("cert_match", (block, value) -> nonEmpty("cert_match", value))
          .field("ca_certs_match", (block, value) -> certificateNames(value))
          .field("cert_match_skip_invalid", (block, value) -> skipInvalid(value))
          .field("ocsp_peer", (block, value) -> OcspReader.peer(value, block.problems));

  private final boolean client;
  private final Problems problems;
  private String certFile = "";
  private String keyFile = "";
  private String caFile = "";
  private boolean insecure;
  private boolean verify;
  private boolean verifyOptional;
  private boolean store;
  private boolean map;
  private boolean allowInsecureSuites;
  private final List<String> suites = new ArrayList<>();
  private final List<String> curves = new ArrayList<>();
  private double timeout;
  private long rateLimit;
  private final Set<String> pinned = new HashSet<>();
  private boolean handshakeFirst;
  private long fallback;
  private boolean listed;
  private final List<TlsSettings.Certificate> certificates = new ArrayList<>();
  private String minVersion = "TLSv1.2";

  private TlsReader(boolean client, Problems problems) {
    this.client = client;
    this.problems = problems;
  }

  /**
   * Reads the block of a listener for clients, or ({@code client} false) of one for servers.
   *
   * @throws ConfigException for the first thing wrong with it
   */
  static TlsContext read(ConfigValue value, boolean client, Problems problems) {
    TlsReader reader = new TlsReader(client, problems);
    for (Map.Entry<String, ConfigValue> field : value.map().entrySet()) {
      if (!FIELDS.read(reader, field.getKey(), field.getValue())) {
        throw field
            .getValue()
            .error("error parsing tls config, unknown field " + quoted(field.getKey()));
      }
    }
    TlsSettings settings = reader.settings(value);
    try {
      return TlsContext.load(settings);
    } catch (TlsException e) {
      throw value.error(reader.numbered(String.valueOf(e.getMessage())));
    }
  }

  // Tells which certificate of a list is meant, even if it has only one.
  private String numbered(String problem) {
    return listed && certificates.size() == 1
        ? problem.replaceFirst("certificate/key pair: ", "certificate/key pair 1/1: ")
        : problem;
  }

  private static BiConsumer<TlsReader, ConfigValue> flag(
      String name, BiConsumer<TlsReader, Boolean> setter) {
    return (block, value) -> setter.accept(block, bool(name, value));
  }

  private void verifyAndMap(boolean wanted) {
    map = wanted;
    verify |= wanted;
  }

  private void checkKnownUrls(ConfigValue value) {
    boolean check = bool("verify_cert_and_check_known_urls", value);
    if (check && client) {
      throw value.error("verify_cert_and_check_known_urls not supported in this context");
    }
    if (check) {
      verify = true;
      problems.unsupported(
          "verify_cert_and_check_known_urls",
          "Hub checks the certificates of other servers, not whether their URLs are known",
          value);
    }
  }

  private void cipherSuites(ConfigValue value) {
    for (ConfigValue suite : nonEmptyList("cipher_suites", value)) {
      if (!CipherSuites.isKnown(suite.string())) {
        throw suite.error("unrecognized cipher " + suite.string());
      }
      suites.add(suite.string());
    }
  }

  private void curves(ConfigValue value) {
    for (ConfigValue curve : nonEmptyList("curve_preferences", value)) {
      String known = CipherSuites.curve(curve.string());
      if (known == null) {
        throw curve.error("unrecognized curve preference " + curve.string());
      }
      curves.add(known);
    }
  }

  private static long rateLimit(ConfigValue value) {
    if (!value.isInteger()) {
      throw value.error("error parsing tls config, 'connection_rate_limit' wrong type");
    }
    return value.integer();
  }

  private void verify(ConfigValue value) {
    if (value.isBool()) {
      verify = value.bool();
      return;
    }
    boolean canBeOptional = problems.compatibility().atLeast(Compatibility.V2_15);
    if (canBeOptional && value.isString() && value.string().equalsIgnoreCase("optional")) {
      verifyOptional = true;
      return;
    }
    throw value.error(
        "error parsing tls config, expected 'verify' to be a boolean"
            + (canBeOptional ? " or 'optional'" : ""));
  }

  // Every system but Windows refuses it in nats-server, too.
  private void certStore(ConfigValue value) {
    nonEmpty("cert_store", value);
    store = true;
    problems.unsupported(
        "cert_store", "Hub reads certificates from files, not from the store of Windows", value);
  }

  private static void nonEmpty(String name, ConfigValue value) {
    if (!value.isString() || value.string().isEmpty()) {
      throw value.error("expected '" + name + "' to be a valid non-empty string");
    }
  }

  private static void matchBy(ConfigValue value) {
    nonEmpty("cert_match_by", value);
    if (!STORE_MATCHES.contains(value.string().toLowerCase(Locale.ROOT))) {
      throw value.error("cert match by type not implemented");
    }
  }

  private static void certificateNames(ConfigValue value) {
    if (value.isList() && !value.list().stream().allMatch(ConfigValue::isString)) {
      throw value.error(
          "error parsing ca_cert_match: unsupported type *conf.token where string is expected");
    }
  }

  private static void skipInvalid(ConfigValue value) {
    if (!value.isBool()) {
      throw value.error("expected 'cert_match_skip_invalid' to be a boolean");
    }
  }

  private static String file(String name, ConfigValue value) {
    if (!value.isString()) {
      throw value.error("error parsing tls config, expected '" + name + "' to be filename");
    }
    return value.string();
  }

  private static boolean bool(String name, ConfigValue value) {
    if (!value.isBool()) {
      throw value.error("error parsing tls config, expected '" + name + "' to be a boolean");
    }
    return value.bool();
  }

  private static List<ConfigValue> nonEmptyList(String name, ConfigValue value) {
    if (value.list().isEmpty()) {
      throw value.error("error parsing tls config, '" + name + "' cannot be empty");
    }
    return value.list();
  }

  private void pinned(ConfigValue value) {
    if (!value.isList()) {
      throw value.error(
          "error parsing tls config, expected 'pinned_certs' to be a list of " + FORM);
    }
    for (ConfigValue element : value.list()) {
      String key = element.string().toLowerCase(Locale.ROOT);
      if (!key.matches("[a-f0-9]{64}")) {
        throw element.error(
            "error parsing tls config, 'pinned_certs' key " + key + " does not look like " + FORM);
      }
      pinned.add(key);
    }
  }

  private void handshakeFirst(String name, ConfigValue value) {
    if (value.isBool()) {
      handshakeFirst = value.bool();
      return;
    }
    if (!value.isString()) {
      throw value.error(
          "field " + quoted(name) + " should be a boolean or a string, got " + value.type());
    }
    handshakeFirst = true;
    switch (value.string().toLowerCase(Locale.ROOT)) {
      case "true", "on" -> fallback = 0;
      case "false", "off" -> handshakeFirst = false;
      case "auto", "auto_fallback" -> fallback = FALLBACK_NANOS;
      default -> {
        fallback =
            GoDuration.parse(value.string())
                .orElseThrow(
                    () ->
                        value.error(
                            "field "
                                + quoted(name)
                                + "'s value "
                                + quoted(value.string())
                                + " is invalid"));
      }
    }
  }

  private void certificates(ConfigValue value) {
    if (!value.isList()) {
      // nats-server tells the type of the block that it stands in.
      throw value.error(
          "error parsing certificates config: unsupported type map[string]interface {}");
    }
    listed = true;
    for (ConfigValue element : value.list()) {
      if (!element.isMap()) {
        throw unsupported(element);
      }
      String cert = "";
      String key = "";
      ConfigValue last = element;
      for (Map.Entry<String, ConfigValue> field : element.map().entrySet()) {
        last = field.getValue();
        if (!last.isString()) {
          throw unsupported(last);
        }
        switch (field.getKey()) {
          case "cert_file" -> cert = last.string();
          case "key_file" -> key = last.string();
          default ->
              throw last.error(
                  "error parsing tls certs config, unknown field " + quoted(field.getKey()));
        }
      }
      if (cert.isEmpty() || key.isEmpty()) {
        throw last.error(
            "error parsing certificates config: both 'cert_file' and 'cert_key' options are"
                + " required");
      }
      certificates.add(new TlsSettings.Certificate(cert, key));
    }
  }

  private static ConfigException unsupported(ConfigValue value) {
    return value.error("error parsing certificates config: unsupported type " + value.type());
  }

  private static String version(ConfigValue value) {
    String complaint = "error parsing tls config: ";
    if (!value.isString()) {
      throw value.error(complaint + "'min_version' wrong type: " + value.formatted());
    }
    return switch (value.string()) {
      case "1.2" -> "TLSv1.2";
      case "1.3" -> "TLSv1.3";
      case "1.0", "1.1" ->
          throw value.error(complaint + "unsupported TLS version: TLS " + value.string());
      default -> throw value.error(complaint + "unknown version: " + value.string());
    };
  }

  private TlsSettings settings(ConfigValue block) {
    if (!certificates.isEmpty() && !certFile.isEmpty()) {
      throw block.error(
          "error parsing tls config, cannot combine 'cert_file' option with 'certs' option");
    }
    if (verify && verifyOptional) {
      throw block.error(
          "error parsing tls config, cannot combine 'verify: optional' with options requiring"
              + " client certificates");
    }
    List<String> insecureSuites = suites.stream().filter(CipherSuites::isInsecure).toList();
    if (!allowInsecureSuites && !insecureSuites.isEmpty()) {
      throw block.error(
          "insecure cipher suites configured without 'allow_insecure_cipher_suites' option set: "
              + String.join(", ", insecureSuites));
    }
    if (store && !certFile.isEmpty()) {
      throw block.error("'cert_file' and 'cert_store' may not both be configured");
    }
    if (store && certificates.isEmpty() && problems.isTolerant()) {
      throw block.error(
          "no certificate is left without 'cert_store': set 'cert_file' and 'key_file'");
    }
    if (!certFile.isEmpty() && keyFile.isEmpty()) {
      throw block.error("missing 'key_file' in TLS configuration");
    }
    if (certFile.isEmpty() && !keyFile.isEmpty()) {
      throw block.error("missing 'cert_file' in TLS configuration");
    }
    if (!certFile.isEmpty()) {
      certificates.add(new TlsSettings.Certificate(certFile, keyFile));
    }
    return new TlsSettings(
        certificates,
        caFile,
        verify,
        verifyOptional,
        map,
        suites,
        curves,
        timeout,
        rateLimit,
        pinned,
        handshakeFirst,
        fallback,
        minVersion,
        insecure);
  }
}
