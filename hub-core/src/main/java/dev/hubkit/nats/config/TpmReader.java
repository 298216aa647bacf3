package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import java.util.List;
import java.util.Locale;

/**
 * Reads the {@code tpm} block of JetStream: a trusted platform module that has the key of the
 * store. Hub can use none.
 */
final class TpmReader {
  private static final List<String> CIPHERS = List.of("chacha", "chachapoly", "aes");

  private static final FieldTable<Problems> FIELDS =
      new FieldTable<Problems>()
          .field(
              List.of("keys_file", "encryption_password", "srk_password"),
              (problems, value) -> value.string())
          .field("pcr", (problems, value) -> value.integer())
          .field("cipher", (problems, value) -> cipher(value));

  private TpmReader() {}

  static void read(ConfigValue value, Problems problems) {
    if (!value.isMap()) {
      throw value.error("Expected a map to define JetStreamLimits, got " + value.type());
    }
    FIELDS.readAll(problems, value, problems);
    if (!value.map().isEmpty()) {
      problems.unsupported(
          "tpm", "Hub has no access to a TPM, and stores nothing encrypted by one", value);
    }
  }

  private static void cipher(ConfigValue value) {
    if (!CIPHERS.contains(value.string().toLowerCase(Locale.ROOT))) {
      throw value.error("Unknown cipher type: " + quoted(value.string()));
    }
  }
}
