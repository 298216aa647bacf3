package dev.hubkit.nats.wire;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import org.jspecify.annotations.Nullable;

/**
 * The options that a client sends in CONNECT. Immutable. The names are those of the JSON fields.
 *
 * @param verbose whether it wants {@code +OK} for every operation
 * @param pedantic whether subjects are checked strictly
 * @param echo whether it gets its own messages back
 * @param headers whether it knows message headers
 * @param noResponders whether it wants a 503 when nobody takes a request
 * @param protocol 0, or 1 when it takes INFO at any time
 * @param proxySignature the signature of the nonce by the proxy that the client comes through
 *     (ADR-55)
 */
public record ConnectOptions(
    boolean verbose,
    boolean pedantic,
    boolean echo,
    boolean headers,
    boolean noResponders,
    boolean tlsRequired,
    long protocol,
    String name,
    String lang,
    String version,
    @Nullable String user,
    @Nullable String password,
    @Nullable String token,
    @Nullable String nkey,
    @Nullable String jwt,
    @Nullable String signature,
    @Nullable String proxySignature,
    @Nullable String account,
    boolean newAccount) {

  private static final JsonStruct PERMISSION =
      JsonStruct.of("server.SubjectPermission").fields(JsonType.STRINGS, "allow", "deny").build();

  /** The struct of {@code client.go} that CONNECT is read as. */
  public static final JsonStruct TYPE =
      JsonStruct.of("server.ClientOpts")
          .fields(
              JsonType.BOOL,
              "echo",
              "verbose",
              "pedantic",
              "tls_required",
              "new_account",
              "headers",
              "no_responders")
          .fields(
              JsonType.STRING,
              "nkey",
              "jwt",
              "sig",
              "auth_token",
              "user",
              "pass",
              "name",
              "lang",
              "version",
              "account",
              "remote_account",
              "proxy_sig")
          .field("protocol", JsonType.INT)
          .fields(JsonType.pointer(PERMISSION), "import", "export")
          .build();

  /** The options of a client that has not sent CONNECT. */
  public static final ConnectOptions DEFAULT =
      new ConnectOptions(
          true, true, true, false, false, false, 0, "", "", "", null, null, null, null, null, null,
          null, null, false);

  /** Returns these options, changed by the fields of {@code json}, which is of {@link #TYPE}. */
  public ConnectOptions merge(JsonObject json) {
    return new ConnectOptions(
        json.bool("verbose", verbose),
        json.bool("pedantic", pedantic),
        json.bool("echo", echo),
        json.bool("headers", headers),
        json.bool("no_responders", noResponders),
        json.bool("tls_required", tlsRequired),
        json.integer("protocol", protocol),
        json.string("name", name),
        json.string("lang", lang),
        json.string("version", version),
        other(json.string("user"), user),
        other(json.string("pass"), password),
        other(json.string("auth_token"), token),
        other(json.string("nkey"), nkey),
        other(json.string("jwt"), jwt),
        other(json.string("sig"), signature),
        other(json.string("proxy_sig"), proxySignature),
        other(json.string("account"), account),
        json.bool("new_account", newAccount));
  }

  /** Returns these options, with other credentials in place of missing ones. */
  public ConnectOptions orElse(
      String otherUser, String otherPassword, String otherToken, String otherJwt) {
    return with(
        headers,
        either(user, otherUser),
        either(password, otherPassword),
        either(token, otherToken),
        either(jwt, otherJwt));
  }

  /** Returns these options without headers, for a server that supports none. */
  public ConnectOptions withoutHeaders() {
    return with(false, user, password, token, jwt);
  }

  /** Returns these options without the JWT, for a server that has no operator. */
  public ConnectOptions withoutToken() {
    return jwt == null ? this : with(headers, user, password, token, null);
  }

  private ConnectOptions with(
      boolean changedHeaders,
      @Nullable String changedUser,
      @Nullable String changedPassword,
      @Nullable String changedToken,
      @Nullable String changedJwt) {
    return new ConnectOptions(
        verbose,
        pedantic,
        echo,
        changedHeaders,
        noResponders,
        tlsRequired,
        protocol,
        name,
        lang,
        version,
        changedUser,
        changedPassword,
        changedToken,
        nkey,
        changedJwt,
        signature,
        proxySignature,
        account,
        newAccount);
  }

  private static @Nullable String either(@Nullable String own, String other) {
    return own == null && !other.isEmpty() ? other : own;
  }

  private static @Nullable String other(@Nullable String given, @Nullable String before) {
    return given == null ? before : given.isEmpty() ? null : given;
  }

  // Without the secrets.
  @Override
  public String toString() {
    return "ConnectOptions[name=" + name + ", lang=" + lang + ", version=" + version + "]";
  }
}
