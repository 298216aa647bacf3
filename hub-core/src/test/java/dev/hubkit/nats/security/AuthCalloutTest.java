package dev.hubkit.nats.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.NKey;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthCalloutTest {
  @TempDir Path directory;

  private static Options as(NatsServer hub, String user, String password) {
    return Options.builder()
        .server(hub.clientUrl())
        .maxReconnects(0)
        .userInfo(user, password)
        .build();
  }

  /** Accepts users whose password is their name, into account APP. */
  private static void answer(Connection service, NKey issuer, Message request) {
    try {
      String token = new String(request.getData(), StandardCharsets.UTF_8);
      String body = token.split("\\.", -1)[1];
      JsonObject nats = Json.parseObject(Base64.getUrlDecoder().decode(body)).object("nats");
      JsonObject options = nats.object("connect_opts");
      String userKey = nats.string("user_nkey", "");
      String serverId = nats.object("server_id").string("id", "");
      NKey subject = NKey.fromPublicKey(userKey.toCharArray());
      String claims;
      if (options.string("user", "").equals(options.string("pass", "x"))) {
        String user =
            OperatorTest.token(
                issuer,
                subject,
                ",\"aud\":\"APP\"",
                "\"type\":\"user\",\"pub\":{\"allow\":[\"ok\"]},\"subs\":-1,\"payload\":-1");
        claims = "\"type\":\"authorization_response\",\"jwt\":\"" + user + "\"";
      } else {
        claims = "\"type\":\"authorization_response\",\"error\":\"no\"";
      }
      String response =
          OperatorTest.token(issuer, subject, ",\"aud\":\"" + serverId + "\"", claims);
      service.publish(request.getReplyTo(), response.getBytes(StandardCharsets.UTF_8));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void refused(NatsServer hub, String fields) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), hub.port())) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      assertThat(in.readLine()).startsWith("INFO ");
      String connect = "CONNECT {\"verbose\":false," + fields + "}\r\nPING\r\n";
      socket.getOutputStream().write(connect.getBytes(StandardCharsets.UTF_8));
      assertThat(in.readLine()).isEqualTo("-ERR 'Authorization Violation'");
    }
  }

  @Test
  void asksTheServiceWhoMayComeIn() throws Exception {
    NKey issuer = NKey.createAccount(null);
    String text =
        "accounts { AUTH { users: [{user: auth, password: pw}] }, APP {} }\n"
            + "authorization { timeout: 10, auth_callout { issuer: "
            + OperatorTest.key(issuer)
            + ", account: AUTH, auth_users: [auth] } }\n";
    try (NatsServer hub = ConfiguredServer.start(directory, text)) {
      try (Connection service = Nats.connect(as(hub, "auth", "pw"))) {
        Dispatcher dispatcher = service.createDispatcher(m -> answer(service, issuer, m));
        dispatcher.subscribe("$SYS.REQ.USER.AUTH");
        service.flush(Duration.ofSeconds(5));
        try (Connection client = Nats.connect(as(hub, "a", "a"))) {
          Subscription subscription = client.subscribe("ok");
          client.publish("ok", new byte[1]);
          assertThat(subscription.nextMessage(Duration.ofSeconds(5)).getData()).hasSize(1);
        }
        refused(hub, "\"user\":\"a\",\"pass\":\"b\"");
        refused(hub, "\"user\":\"auth\",\"pass\":\"wrong\"");
      }
    }
  }
}
