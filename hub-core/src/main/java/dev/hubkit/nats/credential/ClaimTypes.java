package dev.hubkit.nats.credential;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.text.GoQuote;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The structs of the JWT library of NATS that claims are read as. */
final class ClaimTypes {
  private static final JsonType SUBJECT = JsonType.text("jwt.Subject");
  private static final JsonType STRINGS = JsonType.slice("jwt.StringList", JsonType.STRING);
  private static final JsonType TAGS = JsonType.slice("jwt.TagList", JsonType.STRING);
  private static final JsonType REVOCATIONS = JsonType.map("jwt.RevocationList", JsonType.INT64);
  private static final JsonType EXPORT_TYPE =
      JsonType.custom("jwt.ExportType", JsonType.text(ClaimTypes::exportType));

  private static final JsonStruct DATA =
      JsonStruct.of("jwt.ClaimsData")
          .fields(JsonType.STRING, "aud", "jti", "iss", "name", "sub")
          .fields(JsonType.INT64, "exp", "iat", "nbf")
          .build();
  private static final JsonStruct GENERIC =
      JsonStruct.of("jwt.GenericFields")
          .field("tags", TAGS)
          .field("type", JsonType.text("jwt.ClaimType"))
          .field("version", JsonType.INT)
          .build();

  private static final JsonStruct PERMISSION =
      JsonStruct.of("jwt.Permission").fields(STRINGS, "allow", "deny").build();
  private static final JsonStruct PERMISSIONS =
      JsonStruct.of("jwt.Permissions")
          .fields(PERMISSION, "pub", "sub")
          .field(
              "resp",
              JsonType.pointer(
                  JsonStruct.of("jwt.ResponsePermission")
                      .field("max", JsonType.INT)
                      .field("ttl", JsonType.DURATION)
                      .build()))
          .build();
  private static final JsonStruct NATS_LIMITS =
      JsonStruct.of("jwt.NatsLimits").fields(JsonType.INT64, "subs", "data", "payload").build();
  private static final JsonStruct TIME_LIMITS =
      JsonStruct.of("jwt.UserLimits")
          .field("src", JsonType.custom("jwt.CIDRList", ClaimTypes::networks))
          .field(
              "times",
              JsonType.slice(
                  JsonStruct.of("jwt.TimeRange").fields(JsonType.STRING, "start", "end").build()))
          .field("times_location", JsonType.STRING)
          .build();
  private static final JsonStruct LIMITS =
      JsonStruct.of("jwt.Limits")
          .embed("UserLimits", TIME_LIMITS)
          .embed("NatsLimits", NATS_LIMITS)
          .build();
  private static final JsonStruct USER_LIMITS =
      JsonStruct.of("jwt.UserPermissionLimits")
          .embed("Permissions", PERMISSIONS)
          .embed("Limits", LIMITS)
          .fields(JsonType.BOOL, "bearer_token", "proxy_required")
          .field("allowed_connection_types", STRINGS)
          .build();

  private static final JsonStruct SCOPE =
      JsonStruct.of("jwt.UserScope")
          .field("kind", JsonType.ANY)
          .fields(JsonType.STRING, "key", "role", "description")
          .field("template", USER_LIMITS)
          .build();

  private static final JsonStruct JETSTREAM_LIMITS =
      JsonStruct.of("jwt.JetStreamLimits")
          .fields(
              JsonType.INT64,
              "mem_storage",
              "disk_storage",
              "streams",
              "consumer",
              "max_ack_pending",
              "mem_max_stream_bytes",
              "disk_max_stream_bytes")
          .field("max_bytes_required", JsonType.BOOL)
          .build();
  private static final JsonStruct COUNT_LIMITS =
      JsonStruct.of("jwt.AccountLimits")
          .fields(JsonType.INT64, "imports", "exports", "conn", "leaf")
          .fields(JsonType.BOOL, "wildcards", "disallow_bearer")
          .build();
  private static final JsonStruct ACCOUNT_LIMITS =
      JsonStruct.of("jwt.OperatorLimits")
          .embed("NatsLimits", NATS_LIMITS)
          .embed("AccountLimits", COUNT_LIMITS)
          .embed("JetStreamLimits", JETSTREAM_LIMITS)
          .field("tiered_limits", JsonType.map("jwt.JetStreamTieredLimits", JETSTREAM_LIMITS))
          .build();
  private static final JsonStruct IMPORT =
      JsonStruct.of("jwt.Import")
          .fields(JsonType.STRING, "name", "account", "token")
          .fields(SUBJECT, "subject", "to")
          .field("local_subject", JsonType.text("jwt.RenamingSubject"))
          .field("type", EXPORT_TYPE)
          .fields(JsonType.BOOL, "share", "allow_trace")
          .build();
  private static final JsonStruct EXPORT =
      JsonStruct.of("jwt.Export")
          .fields(JsonType.STRING, "name", "description", "info_url")
          .field("subject", SUBJECT)
          .field("type", EXPORT_TYPE)
          .fields(JsonType.BOOL, "token_req", "advertise", "allow_trace")
          .field("revocations", REVOCATIONS)
          .field("response_type", JsonType.text("jwt.ResponseType"))
          .field("response_threshold", JsonType.DURATION)
          .field(
              "service_latency",
              JsonType.pointer(
                  JsonStruct.of("jwt.ServiceLatency")
                      .field("sampling", JsonType.custom("jwt.SamplingRate", ClaimTypes::sampling))
                      .field("results", SUBJECT)
                      .build()))
          .field("account_token_position", JsonType.UINT)
          .build();
  private static final JsonStruct WEIGHTED_MAPPING =
      JsonStruct.of("jwt.WeightedMapping")
          .field("subject", SUBJECT)
          .field("weight", JsonType.UINT8)
          .field("cluster", JsonType.STRING)
          .build();

  /** The first part of a token. */
  static final JsonStruct HEADER =
      JsonStruct.of("jwt.Header").fields(JsonType.STRING, "typ", "alg").build();

  /** What tells the kind and version of claims; those of version 1 have their kind outside. */
  static final JsonStruct IDENTIFIER =
      JsonStruct.of("jwt.identifier")
          .field("type", JsonType.text("jwt.ClaimType"))
          .field("nats", GENERIC)
          .build();

  /** Claims of any kind. */
  static final JsonStruct GENERIC_CLAIMS =
      JsonStruct.of("jwt.GenericClaims")
          .embed("ClaimsData", DATA)
          .field("nats", JsonType.map(JsonType.ANY))
          .embed("GenericFields", GENERIC)
          .build();

  private static final JsonStruct USER =
      JsonStruct.of("jwt.User")
          .embed("UserPermissionLimits", USER_LIMITS)
          .field("issuer_account", JsonType.STRING)
          .embed("GenericFields", GENERIC)
          .build();
  private static final JsonStruct ACCOUNT =
      JsonStruct.of("jwt.Account")
          .field("imports", JsonType.slice("jwt.Imports", JsonType.pointer(IMPORT)))
          .field("exports", JsonType.slice("jwt.Exports", JsonType.pointer(EXPORT)))
          .field("limits", ACCOUNT_LIMITS)
          .field("signing_keys", JsonType.custom("jwt.SigningKeys", ClaimTypes::signingKeys))
          .field("revocations", REVOCATIONS)
          .field("default_permissions", PERMISSIONS)
          .field("mappings", JsonType.map("jwt.Mapping", JsonType.slice(WEIGHTED_MAPPING)))
          .field(
              "authorization",
              JsonStruct.of("jwt.ExternalAuthorization")
                  .fields(STRINGS, "auth_users", "allowed_accounts")
                  .field("xkey", JsonType.STRING)
                  .build())
          .field(
              "trace",
              JsonType.pointer(
                  JsonStruct.of("jwt.MsgTrace")
                      .field("dest", SUBJECT)
                      .field("sampling", JsonType.INT)
                      .build()))
          .field("cluster_traffic", JsonType.text("jwt.ClusterTraffic"))
          .fields(JsonType.STRING, "description", "info_url")
          .embed("GenericFields", GENERIC)
          .build();
  private static final JsonStruct OPERATOR =
      JsonStruct.of("jwt.Operator")
          .fields(STRINGS, "signing_keys", "operator_service_urls")
          .fields(JsonType.STRING, "account_server_url", "system_account", "assert_server_version")
          .field("strict_signing_key_usage", JsonType.BOOL)
          .embed("GenericFields", GENERIC)
          .build();
  private static final JsonStruct ACTIVATION =
      JsonStruct.of("jwt.Activation")
          .field("subject", SUBJECT)
          .field("kind", EXPORT_TYPE)
          .field("issuer_account", JsonType.STRING)
          .embed("GenericFields", GENERIC)
          .build();
  // Of the claims of version 1 (decoder_account.go, decoder_activation.go).
  private static final JsonStruct ACCOUNT_V1 =
      JsonStruct.of("jwt.v1NatsAccount")
          .field("imports", JsonType.slice("jwt.Imports", JsonType.pointer(IMPORT)))
          .field("exports", JsonType.slice("jwt.Exports", JsonType.pointer(EXPORT)))
          .field(
              "limits",
              JsonStruct.of("")
                  .embed("NatsLimits", NATS_LIMITS)
                  .embed("AccountLimits", COUNT_LIMITS)
                  .build())
          .field("signing_keys", STRINGS)
          .field("revocations", REVOCATIONS)
          .build();
  private static final JsonStruct ACTIVATION_V1 =
      JsonStruct.of("jwt.v1NatsActivation")
          .field("subject", SUBJECT)
          .field("type", EXPORT_TYPE)
          .build();
  private static final JsonStruct RESPONSE =
      JsonStruct.of("jwt.AuthorizationResponse")
          .fields(JsonType.STRING, "jwt", "error", "issuer_account")
          .embed("GenericFields", GENERIC)
          .build();

  private ClaimTypes() {}

  /**
   * Returns the struct of the claims of a kind, or null if the library knows no such kind.
   *
   * @param first whether they are of version 1
   */
  static @Nullable JsonStruct of(String kind, boolean first) {
    return switch (kind) {
      case "user" -> claims("jwt.UserClaims", USER);
      case "account" ->
          first ? claims("jwt.v1AccountClaims", ACCOUNT_V1) : claims("jwt.AccountClaims", ACCOUNT);
      case "operator" -> claims("jwt.OperatorClaims", OPERATOR);
      case "activation" ->
          first
              ? claims("jwt.v1ActivationClaims", ACTIVATION_V1)
              : claims("jwt.ActivationClaims", ACTIVATION);
      case "authorization_response" -> claims("jwt.AuthorizationResponseClaims", RESPONSE);
      default -> null;
    };
  }

  private static JsonStruct claims(String name, JsonStruct part) {
    return JsonStruct.of(name)
        .embed("ClaimsData", DATA)
        .field("nats", part)
        // Those of version 1.
        .field("type", JsonType.text("jwt.ClaimType"))
        .field("tags", TAGS)
        .field("issuer_account", JsonType.STRING)
        .build();
  }

  private static String exportType(String text) {
    if (!text.equals("stream") && !text.equals("service")) {
      throw new JsonException("unknown export type " + GoQuote.quote(text));
    }
    return text;
  }

  private static @Nullable Object sampling(byte[] json) {
    String text = new String(json, StandardCharsets.UTF_8);
    return text.toLowerCase(Locale.ROOT).equals("\"headers\"")
        ? "headers"
        : Json.unmarshalValue(json, JsonType.INT);
  }

  // An array, or one text with commas.
  private static @Nullable Object networks(byte[] json) {
    try {
      return Json.unmarshalValue(json, JsonType.STRINGS);
    } catch (JsonException e) {
      Object text = Json.unmarshalValue(json, JsonType.STRING);
      return Arrays.stream(String.valueOf(text).split(",", -1))
          .map(network -> network.strip().toLowerCase(Locale.ROOT))
          .filter(network -> !network.isEmpty())
          .distinct()
          .toList();
    }
  }

  private static @Nullable Object signingKeys(byte[] json) {
    Object read =
        Json.unmarshalValue(
            json, JsonType.slice(JsonType.custom("interface {}", ClaimTypes::signingKey)));
    if (!(read instanceof List<?> list)) {
      return null;
    }
    // What is neither a key nor a scope is passed over.
    return list.stream()
        .filter(element -> element instanceof String || element instanceof JsonObject)
        .toList();
  }

  private static @Nullable Object signingKey(byte[] json) {
    Object read = Json.unmarshalValue(json, JsonType.ANY);
    if (!(read instanceof JsonObject scope)) {
      return read;
    }
    if (!"user_scope".equals(scope.get("kind"))) {
      // The library names another field than the one it has looked at.
      Object type = scope.get("type");
      throw new JsonException(
          "unknown signing key scope "
              + (type instanceof String text ? GoQuote.quote(text) : "%!q(<nil>)"));
    }
    return Json.unmarshalValue(json, SCOPE);
  }
}
