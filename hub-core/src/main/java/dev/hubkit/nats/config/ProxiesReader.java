package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.NKey;
import java.util.ArrayList;
import java.util.List;

/** Reads the {@code proxies} block: which proxies are trusted (ADR-55). */
final class ProxiesReader {
  private static final FieldTable<ProxiesReader> FIELDS =
      new FieldTable<ProxiesReader>().field("trusted", ProxiesReader::trusted);

  private static final FieldTable<ProxiesReader> ENTRY =
      new FieldTable<ProxiesReader>().field("key", "public_key", ProxiesReader::key);

  private final Problems problems;
  private final List<String> keys = new ArrayList<>();
  private String key = "";

  ProxiesReader(Problems problems) {
    this.problems = problems;
  }

  /** Returns the public keys of the proxies that are trusted. */
  List<String> read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("expected proxies to be a map/struct, got " + value.type());
    }
    FIELDS.readAll(this, value, problems);
    return List.copyOf(keys);
  }

  private void trusted(ConfigValue value) {
    if (!value.isList()) {
      throw value.error("expected proxies' trusted field to be an array, got " + value.type());
    }
    for (ConfigValue entry : value.list()) {
      if (entry.isMap()) {
        key = "";
        ENTRY.readAll(this, entry, problems);
        keys.add(key);
      } else {
        problems.add(
            entry, "expected proxies' trusted entry to be a map/struct, got " + entry.type());
      }
    }
  }

  private void key(ConfigValue value) {
    key = value.string();
    if (!isPublicKey(key)) {
      throw value.error("invalid proxy key " + quoted(key));
    }
  }

  /** Returns whether the text is a public key of any role. */
  static boolean isPublicKey(String text) {
    try {
      NKey.parse(text);
      return true;
    } catch (CredentialException e) {
      return false;
    }
  }
}
