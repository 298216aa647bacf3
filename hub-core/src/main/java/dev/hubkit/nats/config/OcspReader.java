package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.time.GoDuration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Reads {@code ocsp}, {@code ocsp_cache}, and {@code ocsp_peer} of TLS. Hub does not ask for the
 * state of certificates: what switches that on is not supported.
 */
final class OcspReader {
  private static final String WITHOUT = "Hub does not ask certificate authorities (OCSP)";
  private static final String PEER = "error parsing tls peer config, ";
  private static final String CACHE = "error parsing OCSP peer cache config, ";
  private static final Set<String> CACHE_TYPES = Set.of("none", "local");

  private OcspReader() {}

  /** Reads the stapling of the server's own certificate. */
  static void stapling(ConfigValue value, Problems problems) {
    boolean wanted;
    if (value.isBool()) {
      wanted = value.bool();
    } else if (value.isMap()) {
      wanted = fields(value.convertedAt(value));
    } else {
      throw value.error("error parsing ocsp config: unsupported type " + value.type());
    }
    if (wanted) {
      problems.unsupported("ocsp", WITHOUT, value);
    }
  }

  private static boolean fields(ConfigValue map) {
    boolean wanted = true;
    for (var field : map.map().entrySet()) {
      ConfigValue value = field.getValue();
      switch (field.getKey()) {
        case "mode" -> {
          String mode = value.string().toLowerCase(Locale.ROOT);
          if (!List.of("always", "must", "never", "auto").contains(mode)) {
            throw value.error("error parsing ocsp config: unsupported ocsp mode string");
          }
          wanted = !mode.equals("never");
        }
        // nats-server takes no list that a file can have.
        case "urls" ->
            throw map.error(
                "interface conversion: interface {} is " + value.type() + ", not []string");
        case "url" -> value.string();
        default -> throw value.error("error parsing ocsp config: unsupported field string");
      }
    }
    return wanted;
  }

  /** Reads the cache, which has no effect without {@code ocsp_peer}. */
  static void cache(ConfigValue value) {
    if (value.isMap()) {
      value.map().forEach(OcspReader::cacheField);
    }
    if (!value.isMap() && !value.isBool()) {
      throw value.error("error parsing tags: unsupported type " + value.type());
    }
  }

  private static void cacheField(String name, ConfigValue value) {
    String unknown = CACHE + "unknown field [" + quoted(name) + "]";
    switch (name.toLowerCase(Locale.ROOT)) {
      case "type" -> {
        if (!value.isString()) {
          throw value.error(unknown);
        }
        if (!CACHE_TYPES.contains(value.string().toLowerCase(Locale.ROOT))) {
          throw value.error(CACHE + "unknown type [" + value.string() + "]");
        }
      }
      case "local_store" -> require(value.isString(), value, unknown);
      case "preserve_revoked" -> require(value.isBool(), value, unknown);
      case "save_interval" -> {
        if (value.isString()) {
          // nats-server tells a wrong duration in the words of the peer's configuration.
          Problems.duration(PEER + "conversion error: ", value.string(), value);
        } else {
          require(
              value.value() instanceof Number, value, CACHE + "conversion error: unexpected type");
        }
      }
      default -> throw value.error(unknown);
    }
  }

  /** Reads whether the certificates of clients are to be asked for. */
  static void peer(ConfigValue value, Problems problems) {
    boolean wanted = false;
    if (value.isBool()) {
      wanted = value.bool();
    } else if (value.isMap()) {
      try {
        for (var field : value.map().entrySet()) {
          wanted |= peerField(field.getKey(), field.getValue());
        }
      } catch (ConfigException e) {
        throw value.error(String.valueOf(e.getMessage()));
      }
    } else {
      // nats-server tells the type of the block that it stands in.
      throw value.error("error parsing ocsp peer config: unsupported type map[string]interface {}");
    }
    if (wanted) {
      problems.unsupported("ocsp_peer", WITHOUT, value);
    }
  }

  /** Returns whether the field switches the check on. */
  private static boolean peerField(String name, ConfigValue value) {
    String unknown = PEER + "unknown field [" + quoted(name) + "]";
    switch (name.toLowerCase(Locale.ROOT)) {
      case "verify" -> {
        require(value.isBool(), value, unknown);
        return value.bool();
      }
      case "warn_only", "unknown_is_good", "allow_when_ca_unreachable" ->
          require(value.isBool(), value, unknown);
      case "allowed_clockskew" ->
          require(
              value.value() instanceof Number
                  || (value.isString() && GoDuration.parse(value.string()).isPresent()),
              value,
              PEER + "conversion error: unexpected type");
      case "ca_timeout", "cache_ttl_when_next_update_unset" -> {
        if (value.isString()) {
          Problems.duration(PEER + "conversion error: ", value.string(), value);
        } else {
          require(
              value.value() instanceof Number, value, PEER + "conversion error: unexpected type");
        }
      }
      default -> throw value.error(unknown);
    }
    return false;
  }

  private static void require(boolean right, ConfigValue value, String complaint) {
    if (!right) {
      throw value.error(complaint);
    }
  }
}
