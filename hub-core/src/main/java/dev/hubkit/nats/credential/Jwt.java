package dev.hubkit.nats.credential;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.text.GoBase64;
import dev.hubkit.text.GoQuote;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A NATS JWT (version 1 or 2) whose signature is that of the issuer it names. Callers decide
 * whether that issuer may issue it.
 *
 * @param token the text it was read from
 * @param id its {@code jti}
 * @param issuer public key of the issuer
 * @param subject public key it is about
 * @param name for people
 * @param audience the intended audience; empty for anyone
 * @param issuedAt seconds since the epoch
 * @param notBefore seconds since the epoch; 0 when valid from the beginning
 * @param expires seconds since the epoch; 0 for never
 * @param version of the form of its claims
 * @param type {@code operator}, {@code account}, {@code user} or another
 * @param issuerAccount the account that a user belongs to, when a signing key of it has signed;
 *     else empty
 * @param claims the NATS part
 * @see <a href="https://github.com/nats-io/nats-architecture-and-design">ADR-14</a>
 */
public record Jwt(
    String token,
    String id,
    String issuer,
    String subject,
    String name,
    String audience,
    long issuedAt,
    long notBefore,
    long expires,
    long version,
    String type,
    String issuerAccount,
    List<String> tags,
    JsonObject claims) {
  private static final int MAX_BYTES = 1 << 20;
  private static final String ALGORITHM = "ed25519-nkey";
  // Of the tokens of version 1, which are still in use.
  private static final String OLD_ALGORITHM = "ed25519";
  private static final int NEWEST = 2;
  private static final String RESPONSE = "authorization_response";
  // ExpectedPrefixes of the kinds: whose keys may sign them.
  private static final Map<String, Set<NKey.Role>> ISSUERS =
      Map.of(
          "user",
          Set.of(NKey.Role.ACCOUNT),
          "account",
          Set.of(NKey.Role.ACCOUNT, NKey.Role.OPERATOR),
          "operator",
          Set.of(NKey.Role.OPERATOR),
          "activation",
          Set.of(NKey.Role.ACCOUNT, NKey.Role.OPERATOR),
          RESPONSE,
          Set.of(NKey.Role.ACCOUNT));
  private static final String HEADER = "{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}";

  /**
   * Reads a token and checks its signature, as {@code Decode} of the JWT library of NATS.
   *
   * @throws CredentialException if it is malformed, of another version, or its signature is wrong
   */
  public static Jwt parse(String token) throws CredentialException {
    if (token.length() > MAX_BYTES) {
      throw new CredentialException(
          "token size "
              + token.length()
              + " exceeds maximum of "
              + MAX_BYTES
              + " bytes: token too large");
    }
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      throw new CredentialException("expected 3 chunks");
    }
    try {
      checkHeader(Json.unmarshal(decode(parts[0]), ClaimTypes.HEADER));
      Jwt jwt = read(token, decode(parts[1]), parts);
      if (!ISSUERS.getOrDefault(jwt.type, Set.of()).contains(NKey.role(jwt.issuer))) {
        throw new CredentialException("unable to validate expected prefixes of " + jwt.type);
      }
      return jwt;
    } catch (JsonException e) {
      throw new CredentialException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Reads a token of any kind and checks its signature, as {@code DecodeGeneric} of the JWT library
   * of NATS.
   *
   * @throws CredentialException if it is malformed, or its signature is wrong
   */
  public static Jwt parseGeneric(String token) throws CredentialException {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      throw new CredentialException("expected 3 chunks");
    }
    try {
      JsonObject header = Json.unmarshal(decode(parts[0]), ClaimTypes.HEADER);
      checkHeader(header);
      JsonObject body = Json.unmarshal(decode(parts[1]), ClaimTypes.GENERIC_CLAIMS);
      Jwt jwt = of(token, body, body.integer("version", 0), body.string("type", ""), body);
      jwt.verify(parts, header.string("alg", "").equals(OLD_ALGORITHM));
      return jwt;
    } catch (JsonException e) {
      throw new CredentialException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Jwt of(
      String token, JsonObject body, long version, String type, JsonObject general) {
    return new Jwt(
        token,
        body.string("jti", ""),
        body.string("iss", ""),
        body.string("sub", ""),
        body.string("name", ""),
        body.string("aud", ""),
        body.integer("iat", 0),
        body.integer("nbf", 0),
        body.integer("exp", 0),
        version,
        type,
        general.string("issuer_account", ""),
        general.strings("tags"),
        body.objectOrEmpty("nats"));
  }

  private static Jwt read(String token, byte[] text, String[] parts) throws CredentialException {
    JsonObject identifier = Json.unmarshal(text, ClaimTypes.IDENTIFIER);
    // Version 1 has beside the NATS part what later versions have in it, and does not sign the
    // header.
    boolean first = !identifier.string("type", "").isEmpty();
    JsonObject said = first ? identifier : identifier.objectOrEmpty("nats");
    long version = first ? 1 : said.integer("version", 0);
    if (version > NEWEST) {
      throw new CredentialException("JWT was generated by a newer version ");
    }
    String type = said.string("type", "");
    JsonStruct struct = ClaimTypes.of(type, version == 1);
    if (struct == null) {
      throw new CredentialException("unknown claim type " + GoQuote.quote(type));
    }
    if (version < 1 && !type.equals(RESPONSE)) {
      throw new CredentialException(
          "library supports version " + NEWEST + " or less - received " + version);
    }
    JsonObject body = Json.unmarshal(text, struct);
    Jwt jwt = of(token, body, version, type, first ? body : body.objectOrEmpty("nats"));
    jwt.verify(parts, version <= 1);
    return jwt;
  }

  private static void checkHeader(JsonObject header) throws CredentialException {
    if (!header.string("typ", "").toUpperCase(Locale.ROOT).equals("JWT")) {
      throw new CredentialException(
          "not supported type " + GoQuote.quote(header.string("typ", "")));
    }
    String algorithm = header.string("alg", "").toLowerCase(Locale.ROOT);
    if (!algorithm.equals(ALGORITHM) && !algorithm.equals(OLD_ALGORITHM)) {
      throw new CredentialException(
          "unexpected " + GoQuote.quote(header.string("alg", "")) + " algorithm");
    }
  }

  private void verify(String[] parts, boolean old) throws CredentialException {
    byte[] signed = (old ? parts[1] : parts[0] + "." + parts[1]).getBytes(StandardCharsets.UTF_8);
    byte[] signature = decode(parts[2]);
    boolean verified;
    try {
      verified = NKey.parse(issuer).verify(signed, signature);
    } catch (CredentialException e) {
      verified = false; // the issuer is no key
    }
    if (!verified) {
      throw new CredentialException(
          "claim failed V" + (old ? 1 : NEWEST) + " signature verification");
    }
  }

  /** Signs the JSON text of claims. */
  public static String sign(NKeyPair issuer, byte[] claims) {
    Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
    String signed =
        encoder.encodeToString(HEADER.getBytes(StandardCharsets.US_ASCII))
            + "."
            + encoder.encodeToString(claims);
    byte[] signature = issuer.sign(signed.getBytes(StandardCharsets.US_ASCII));
    return signed + "." + encoder.encodeToString(signature);
  }

  /** Returns whether it is not valid yet, or no longer, at a time in seconds since the epoch. */
  public boolean isOutsideOfTime(long now) {
    return (expires > 0 && now > expires) || (notBefore > 0 && now < notBefore);
  }

  private static byte[] decode(String part) throws CredentialException {
    try {
      return GoBase64.rawUrl(part);
    } catch (IllegalArgumentException e) {
      throw new CredentialException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Leaves out the token, which may be a bearer's. */
  @Override
  public String toString() {
    return type + " JWT " + subject;
  }
}
