package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NKey;
import java.time.Duration;
import java.util.Base64;

/** An auth callout that lets everybody but one named "nobody" into the account APP. */
public final class LeafCallout {
  private final NKey issuer = NKey.createAccount(null);

  /** Makes the key that signs its answers. */
  public LeafCallout() throws Exception {}

  /** Returns the accounts and the block that names the service. */
  public String config() throws Exception {
    return "accounts { APP {}, AUTH { users: [{ user: auth, password: p }] },"
        + " SYS { users: [{ user: sys, password: p }] } }\nsystem_account: SYS\n"
        + "authorization { timeout: 10, auth_callout { issuer: "
        + OperatorTest.key(issuer)
        + ", account: AUTH, auth_users: [auth] } }\n";
  }

  /** Answers what a server asks. */
  public void serve(Connection connection) throws Exception {
    connection
        .createDispatcher(m -> connection.publish(m.getReplyTo(), answer(m)))
        .subscribe("$SYS.REQ.USER.AUTH");
    connection.flush(Duration.ofSeconds(20));
  }

  private byte[] answer(Message request) {
    try {
      String body = new String(request.getData(), UTF_8).split("\\.", -1)[1];
      JsonObject nats = Json.parseObject(Base64.getUrlDecoder().decode(body)).object("nats");
      NKey subject = NKey.fromPublicKey(nats.string("user_nkey", "").toCharArray());
      boolean refused = nats.object("connect_opts").string("user", "").equals("nobody");
      String kind = nats.object("client_info").string("kind", "");
      String user =
          OperatorTest.token(
              issuer,
              subject,
              ",\"aud\":\"APP\"",
              "\"type\":\"user\",\"subs\":-1,\"payload\":-1,\"data\":-1,"
                  + "\"pub\":{\"allow\":[\"of."
                  + kind
                  + "\"]}");
      String decision = refused ? "\"error\":\"go away\"" : "\"jwt\":\"" + user + "\"";
      return OperatorTest.token(
              issuer,
              subject,
              ",\"aud\":\"" + nats.object("server_id").string("id", "") + "\"",
              "\"type\":\"authorization_response\"," + decision)
          .getBytes(UTF_8);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
