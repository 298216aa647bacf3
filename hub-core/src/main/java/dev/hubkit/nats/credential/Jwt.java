package dev.hubkit.nats.credential;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;

/**
 * A NATS JWT (version 2) whose signature is that of the issuer it names. Whether that issuer may
 * issue it is for others to say.
 *
 * @param token the text it was read from
 * @param id its {@code jti}
 * @param issuer public key of the issuer
 * @param subject public key it is about
 * @param name for people
 * @param audience who it is for; empty for anyone
 * @param issuedAt seconds since the epoch
 * @param notBefore seconds since the epoch; 0 when valid from the beginning
 * @param expires seconds since the epoch; 0 for never
 * @param type {@code operator}, {@code account}, {@code user} or another
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
    String type,
    JsonObject claims) {
  private static final int MAX_BYTES = 1 << 20;
  private static final String ALGORITHM = "ed25519-nkey";
  private static final String HEADER = "{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}";

  /**
   * Reads a token and checks its signature.
   *
   * @throws CredentialException if it is malformed, of another version, or its signature is wrong
   */
  public static Jwt parse(String text) throws CredentialException {
    String token = text.strip();
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3 || token.length() > MAX_BYTES) {
      throw new CredentialException("expected 3 chunks");
    }
    try {
      JsonObject header = Json.parseObject(decode(parts[0]));
      if (!header.string("typ", "").equalsIgnoreCase("JWT")) {
        throw new CredentialException("not supported type " + quoted(header.string("typ", "")));
      }
      if (!header.string("alg", "").equals(ALGORITHM)) {
        throw new CredentialException(
            "unexpected " + quoted(header.string("alg", "")) + " algorithm");
      }
      JsonObject body = Json.parseObject(decode(parts[1]));
      JsonObject claims = Objects.requireNonNullElseGet(body.object("nats"), Jwt::nothing);
      Jwt jwt =
          new Jwt(
              token,
              body.string("jti", ""),
              body.string("iss", ""),
              body.string("sub", ""),
              body.string("name", ""),
              body.string("aud", ""),
              body.integer("iat", 0),
              body.integer("nbf", 0),
              body.integer("exp", 0),
              claims.string("type", ""),
              claims);
      byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
      if (!NKey.parse(jwt.issuer).verify(signed, decode(parts[2]))) {
        throw new CredentialException("claim failed V2 signature verification");
      }
      return jwt;
    } catch (JsonException e) {
      throw new CredentialException("malformed claims: " + e.getMessage(), e);
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

  /** Whether it is not valid yet or no longer, at that many seconds since the epoch. */
  public boolean isOutsideOfTime(long now) {
    return (expires > 0 && now > expires) || (notBefore > 0 && now < notBefore);
  }

  private static JsonObject nothing() {
    return Json.parseObject("{}");
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }

  private static byte[] decode(String part) throws CredentialException {
    try {
      return Base64.getUrlDecoder().decode(part);
    } catch (IllegalArgumentException e) {
      throw new CredentialException("illegal base64 data in token", e);
    }
  }

  /** Not the token, which may be a bearer's. */
  @Override
  public String toString() {
    return type + " JWT " + subject;
  }
}
