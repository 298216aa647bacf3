package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.math.BigInteger;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the claims about an account as the JWT library of NATS writes the struct that it has read
 * them into: without what it does not know and without what is empty.
 */
final class DecodedClaims {
  private static final String[] LIMITS = {
    "subs", "data", "payload", "imports", "exports", "wildcards", "disallow_bearer", "conn", "leaf"
  };
  private static final String[] STORAGE = {
    "mem_storage",
    "disk_storage",
    "streams",
    "consumer",
    "max_ack_pending",
    "mem_max_stream_bytes",
    "disk_max_stream_bytes",
    "max_bytes_required"
  };
  private static final int ALL = 100;

  private final JsonWriter json;

  private DecodedClaims(JsonWriter json) {
    this.json = json;
  }

  /** Writes claims as the field {@code name} of an object. */
  static void write(JsonWriter json, String name, Jwt jwt) {
    new DecodedClaims(json).claims(name, jwt);
  }

  private void claims(String name, Jwt jwt) {
    json.beginObject(name)
        .fieldIfSet("aud", jwt.audience())
        .fieldIfSet("exp", jwt.expires())
        .fieldIfSet("jti", jwt.id())
        .fieldIfSet("iat", jwt.issuedAt())
        .fieldIfSet("iss", jwt.issuer())
        .fieldIfSet("name", jwt.name())
        .fieldIfSet("nbf", jwt.notBefore())
        .fieldIfSet("sub", jwt.subject())
        .beginObject("nats");
    JsonObject account = jwt.claims();
    imports(account);
    exports(account);
    limits(account.objectOrEmpty("limits"));
    signingKeys(account);
    copy(account, "revocations");
    permissions(account.objectOrEmpty("default_permissions"), "default_permissions");
    mappings(account.objectOrEmpty("mappings"));
    json.beginObject("authorization");
    copy(account.objectOrEmpty("authorization"), "auth_users", "allowed_accounts", "xkey");
    json.endObject();
    JsonObject trace = account.object("trace");
    if (trace != null) {
      json.beginObject("trace");
      copy(trace, "dest");
      // The check of the claims puts in what is meant.
      long sampling = trace.integer("sampling", 0);
      json.field("sampling", sampling == 0 ? ALL : sampling).endObject();
    }
    copy(account, "cluster_traffic", "description", "info_url");
    json.fieldIfSet("tags", jwt.tags())
        .fieldIfSet("type", jwt.type())
        .fieldIfSet("version", jwt.version())
        .endObject()
        .endObject();
  }

  private void imports(JsonObject account) {
    if (account.get("imports") instanceof List<?> imports && !imports.isEmpty()) {
      json.beginArray("imports");
      for (Object each : imports) {
        if (each instanceof JsonObject said) {
          json.beginObject();
          copy(said, "name", "subject", "account", "token", "to", "local_subject", "type");
          copy(said, "share", "allow_trace");
          json.endObject();
        } else {
          json.any(each);
        }
      }
      json.endArray();
    }
  }

  private void exports(JsonObject account) {
    if (account.get("exports") instanceof List<?> exports && !exports.isEmpty()) {
      json.beginArray("exports");
      for (Object each : exports) {
        if (each instanceof JsonObject said) {
          json.beginObject();
          copy(said, "name", "subject", "type", "token_req", "revocations");
          copy(said, "response_type", "response_threshold");
          latency(said.object("service_latency"));
          copy(said, "account_token_position", "advertise", "allow_trace");
          copy(said, "description", "info_url");
          json.endObject();
        } else {
          json.any(each);
        }
      }
      json.endArray();
    }
  }

  private void latency(@Nullable JsonObject said) {
    if (said == null) {
      return;
    }
    Object sampling = said.get("sampling");
    boolean headers = isEmpty(sampling) || "headers".equals(sampling);
    json.beginObject("service_latency")
        .any("sampling", headers ? "headers" : sampling)
        .field("results", said.string("results", ""))
        .endObject();
  }

  private void limits(JsonObject said) {
    json.beginObject("limits");
    copy(said, LIMITS);
    JsonObject tiers = said.objectOrEmpty("tiered_limits");
    if (tiers.names().isEmpty()) {
      copy(said, STORAGE);
    } else {
      json.beginObject("tiered_limits");
      for (String tier : tiers.names()) {
        json.beginObject(tier);
        copy(tiers.objectOrEmpty(tier), STORAGE);
        json.endObject();
      }
      json.endObject();
    }
    json.endObject();
  }

  private void signingKeys(JsonObject account) {
    TreeMap<String, Object> keys = new TreeMap<>();
    if (account.get("signing_keys") instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof JsonObject scope) {
          keys.put(scope.string("key", ""), scope);
        } else if (each instanceof String key) {
          keys.put(key, key);
        }
      }
    }
    if (keys.isEmpty()) {
      return;
    }
    json.beginArray("signing_keys");
    keys.forEach(
        (key, said) -> {
          if (said instanceof JsonObject scope) {
            scope(key, scope);
          } else {
            json.value(key);
          }
        });
    json.endArray();
  }

  private void scope(String key, JsonObject scope) {
    json.beginObject()
        .field("kind", scope.string("kind", ""))
        .field("key", key)
        .field("role", scope.string("role", ""));
    JsonObject template = scope.objectOrEmpty("template");
    json.beginObject("template");
    permissionFields(template);
    copy(template, "src", "times", "times_location");
    for (String limit : List.of("subs", "data", "payload")) {
      json.fieldIfSet(limit, template.integer(limit, -1));
    }
    copy(template, "bearer_token", "proxy_required", "allowed_connection_types");
    json.endObject();
    json.field("description", scope.string("description", "")).endObject();
  }

  private void permissions(JsonObject said, String name) {
    json.beginObject(name);
    permissionFields(said);
    json.endObject();
  }

  private void permissionFields(JsonObject said) {
    for (String direction : List.of("pub", "sub")) {
      json.beginObject(direction);
      copy(said.objectOrEmpty(direction), "allow", "deny");
      json.endObject();
    }
    JsonObject responses = said.object("resp");
    if (responses != null) {
      json.beginObject("resp")
          .field("max", responses.integer("max", 0))
          .field("ttl", responses.integer("ttl", 0))
          .endObject();
    }
  }

  private void mappings(JsonObject said) {
    if (said.names().isEmpty()) {
      return;
    }
    json.beginObject("mappings");
    for (String source : said.names()) {
      if (said.get(source) instanceof List<?> destinations) {
        json.beginArray(source);
        for (Object each : destinations) {
          JsonObject destination =
              each instanceof JsonObject object ? object : JsonObject.of(new TreeMap<>());
          json.beginObject().field("subject", destination.string("subject", ""));
          copy(destination, "weight", "cluster");
          json.endObject();
        }
        json.endArray();
      } else {
        json.any(source, null);
      }
    }
    json.endObject();
  }

  private void copy(JsonObject from, String... names) {
    for (String name : names) {
      Object value = from.get(name);
      if (!isEmpty(value)) {
        json.any(name, value);
      }
    }
  }

  private static boolean isEmpty(@Nullable Object value) {
    return value == null
        || value.equals("")
        || value.equals(0L)
        || value.equals(false)
        || value.equals(BigInteger.ZERO)
        || (value instanceof List<?> list && list.isEmpty())
        || (value instanceof JsonObject object && object.names().isEmpty());
  }
}
