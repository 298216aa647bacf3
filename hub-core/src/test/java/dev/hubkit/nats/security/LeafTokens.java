package dev.hubkit.nats.security;

import io.nats.client.Connection;
import io.nats.client.NKey;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Keys and tokens of an operator whose accounts leaf nodes come into. */
public final class LeafTokens {
  private static final String NO_LIMITS = "\"subs\":-1,\"payload\":-1,\"data\":-1";

  private final NKey operator = NKey.createOperator(null);
  private final NKey system = NKey.createAccount(null);
  private final NKey account = NKey.createAccount(null);
  private final NKey scoped = NKey.createAccount(null);

  /** Makes keys that no other has. */
  public LeafTokens() throws Exception {}

  /** Returns the operator, a resolver for pushes, and the tokens it begins with. */
  public String config(int leafNodes) throws Exception {
    return "operator: "
        + OperatorTest.token(operator, operator, "", "\"type\":\"operator\"")
        + "\nsystem_account: "
        + OperatorTest.key(system)
        + "\nresolver: {type: full, dir: \"$STORE/jwt\"}\nresolver_preload: {\n"
        + OperatorTest.key(system)
        + ": "
        + account(system, -1, "")
        + "\n"
        + OperatorTest.key(account)
        + ": "
        + account(leafNodes, "")
        + "\n}\n";
  }

  /** Returns another token for the account; {@code more} of it begins with a comma or is empty. */
  public String account(int leafNodes, String more) throws Exception {
    return account(account, leafNodes, signers() + more);
  }

  /** Returns a token of the account without its signing key. */
  public String accountWithoutSigner(int leafNodes) throws Exception {
    return account(account, leafNodes, "");
  }

  private String signers() throws Exception {
    return ",\"signing_keys\":[{\"kind\":\"user_scope\",\"key\":\""
        + OperatorTest.key(scoped)
        + "\",\"role\":\"r\",\"template\":{"
        + NO_LIMITS
        + ",\"pub\":{\"allow\":[\"up.>\"]},\"sub\":{\"deny\":[\"down\"]}}}]";
  }

  private String account(NKey of, int leafNodes, String more) throws Exception {
    return OperatorTest.token(
        operator,
        of,
        "",
        "\"type\":\"account\",\"limits\":{\"conn\":-1,\"exports\":-1,\"imports\":-1,"
            + "\"wildcards\":true,\"leaf\":"
            + leafNodes
            + ","
            + NO_LIMITS
            + "}"
            + more);
  }

  /** Returns a user's key and token, signed by the account. */
  public User user(String more, String claims) throws Exception {
    NKey user = NKey.createUser(null);
    return new User(
        user, OperatorTest.token(account, user, more, "\"type\":\"user\"," + NO_LIMITS + claims));
  }

  /** Returns a user's key and token, signed by the key with a scope. */
  public User scopedUser() throws Exception {
    NKey user = NKey.createUser(null);
    return new User(
        user,
        OperatorTest.token(
            scoped,
            user,
            "",
            "\"type\":\"user\",\"issuer_account\":\"" + OperatorTest.key(account) + "\""));
  }

  /** Connects as a user of the system account. */
  public Connection connectToSystem(int port) throws Exception {
    return OperatorTest.connect(port, system, "");
  }

  /** Connects as a user of the account. */
  public Connection connect(int port) throws Exception {
    return OperatorTest.connect(port, account, "");
  }

  /** A key and a token. */
  public record User(NKey key, String token) {
    /** Returns the fields of CONNECT that prove it. */
    public String proof(String nonce) throws Exception {
      byte[] signature = key.sign(nonce.getBytes(StandardCharsets.US_ASCII));
      return "\"jwt\":\""
          + token
          + "\",\"sig\":\""
          + Base64.getUrlEncoder().withoutPadding().encodeToString(signature)
          + "\"";
    }

    /** Returns the content of a credentials file. */
    public String credentials() throws Exception {
      return "-----BEGIN NATS USER JWT-----\n"
          + token
          + "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n"
          + new String(key.getSeed())
          + "\n------END USER NKEY SEED------\n";
    }

    /** Returns its public key. */
    public String publicKey() throws Exception {
      return OperatorTest.key(key);
    }
  }
}
