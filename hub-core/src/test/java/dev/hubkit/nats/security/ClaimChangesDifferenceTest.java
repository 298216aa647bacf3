package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import dev.hubkit.nats.net.RawClient;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** Changes the token of an account while its clients are connected. */
@ComparedWithNatsServer
class ClaimChangesDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String FREE =
      "\"conn\":-1,\"subs\":-1,\"payload\":-1,\"data\":-1,\"exports\":-1,\"imports\":-1,"
          + "\"wildcards\":true,\"leaf\":-1";
  private static final String UNLIMITED = ",\"subs\":-1,\"data\":-1,\"payload\":-1";

  @TempDir Path directory;
  private NKey operator;
  private NKey system;
  private NKey used;
  private NKey other;
  private NKey signer;
  private NKey scoped;
  private NKey user;

  @BeforeEach
  void makeKeys() throws Exception {
    operator = NKey.createOperator(null);
    system = NKey.createAccount(null);
    used = NKey.createAccount(null);
    other = NKey.createAccount(null);
    signer = NKey.createAccount(null);
    scoped = NKey.createAccount(null);
    user = NKey.createUser(null);
  }

  private static String key(NKey key) throws Exception {
    return OperatorTest.key(key);
  }

  private String account(NKey account, String head, String limits, String more) throws Exception {
    return OperatorTest.token(
        operator, account, head, "\"type\":\"account\",\"limits\":{" + limits + "}" + more);
  }

  private String keys(String template) throws Exception {
    return ",\"signing_keys\":[\""
        + key(signer)
        + "\",{\"kind\":\"user_scope\",\"key\":\""
        + key(scoped)
        + "\",\"template\":{"
        + template
        + "}}]";
  }

  private String config() throws Exception {
    return "operator: "
        + OperatorTest.token(operator, operator, "", "\"type\":\"operator\"")
        + "\nsystem_account: "
        + key(system)
        + "\nresolver: {type: full, dir: \"$STORE\"}\nresolver_preload: {\n"
        + key(system)
        + ": "
        + account(system, "", FREE, "")
        + "\n"
        + key(used)
        + ": "
        + start()
        + "\n}\n";
  }

  private String start() throws Exception {
    return account(used, "", FREE, keys("\"pub\":{\"allow\":[\"a\"]},\"sub\":{\"allow\":[\">\"]}"));
  }

  private static RawClient connect(int port, String token) throws Exception {
    RawClient client = RawClient.connect(port, 0);
    client.send("CONNECT {\"verbose\":false,\"jwt\":\"" + token + "\"}\r\n");
    assertThat(client.roundTrip()).isEmpty();
    return client;
  }

  private static String said(RawClient client) throws Exception {
    List<String> lines = new ArrayList<>();
    client.send("PING\r\n");
    for (String line = client.line(); !"PONG".equals(line); line = client.line()) {
      if (line == null) {
        lines.add("closed");
        break;
      }
      if (!line.startsWith("INFO ") && !line.equals("PING")) {
        lines.add(line);
      }
    }
    return lines.toString();
  }

  private static String push(Connection admin, String token) throws Exception {
    Message answer = admin.request("$SYS.REQ.CLAIMS.UPDATE", token.getBytes(UTF_8), PATIENCE);
    String text = new String(answer.getData(), UTF_8);
    return text.contains("\"code\":200") ? "" : text;
  }

  private List<String[]> tokens() throws Exception {
    String owner = ",\"issuer_account\":\"" + key(used) + "\"";
    String bearer = "\"type\":\"user\",\"bearer_token\":true" + UNLIMITED;
    return List.of(
        new String[] {"of the account", OperatorTest.token(used, user, "", bearer)},
        new String[] {"of a key", OperatorTest.token(signer, user, "", bearer + owner)},
        new String[] {
          "with rights",
          OperatorTest.token(signer, user, "", bearer + owner + ",\"pub\":{\"allow\":[\"x\"]}")
        });
  }

  private List<String[]> changes() throws Exception {
    String kept = keys("\"pub\":{\"allow\":[\"a\"]},\"sub\":{\"allow\":[\">\"]}");
    String revoked = ",\"revocations\":{\"%s\":%d}";
    long later = System.currentTimeMillis() / 1000 + 1000;
    return List.of(
        new String[] {"tags", account(used, "", FREE, kept + ",\"tags\":[\"x\"]")},
        new String[] {"default rights", account(used, "", FREE, kept + defaults("x"))},
        new String[] {
          "revoked", account(used, "", FREE, kept + revoked.formatted(key(user), later))
        },
        new String[] {
          "revoked before", account(used, "", FREE, kept + revoked.formatted(key(user), 5))
        },
        new String[] {"all revoked", account(used, "", FREE, kept + revoked.formatted("*", later))},
        new String[] {"no bearers", account(used, "", FREE + ",\"disallow_bearer\":true", kept)},
        new String[] {"no keys", account(used, "", FREE, "")},
        new String[] {
          "one connection", account(used, "", FREE.replace("\"conn\":-1", "\"conn\":1"), kept)
        },
        new String[] {
          "no connection", account(used, "", FREE.replace("\"conn\":-1", "\"conn\":0"), kept)
        },
        new String[] {
          "two subscriptions", account(used, "", FREE.replace("\"subs\":-1", "\"subs\":2"), kept)
        },
        new String[] {
          "one subscription", account(used, "", FREE.replace("\"subs\":-1", "\"subs\":1"), kept)
        },
        new String[] {
          "small payload", account(used, "", FREE.replace("\"payload\":-1", "\"payload\":3"), kept)
        },
        new String[] {"without limits", account(used, "", "", kept)});
  }

  private static String defaults(String subject) {
    return ",\"default_permissions\":{\"pub\":{\"deny\":[\""
        + subject
        + "\"]},\"sub\":{\"deny\":[\""
        + subject
        + "\"]}}";
  }

  private List<String> change(int port) throws Exception {
    List<String> heard = new ArrayList<>();
    try (Connection admin = OperatorTest.connect(port, system, "")) {
      for (String[] change : changes()) {
        assertThat(push(admin, start())).isEmpty();
        List<RawClient> clients = new ArrayList<>();
        for (String[] token : tokens()) {
          RawClient client = connect(port, token[1]);
          client.send("SUB x 1\r\n");
          assertThat(client.roundTrip()).isEmpty();
          clients.add(client);
        }
        heard.add(change[0] + " " + push(admin, change[1]));
        for (int i = 0; i < clients.size(); i++) {
          RawClient client = clients.get(i);
          // nats-server closes those with too many subscriptions a moment after it has told them.
          boolean later = change[0].equals("one subscription");
          String first = later ? client.untilEnd().toString() : said(client);
          client.send("PUB x 4\r\nabcd\r\nSUB y 2\r\nSUB z 3\r\n");
          heard.add("  " + tokens().get(i)[0] + ": " + first + " " + said(client));
          client.close();
        }
      }
    }
    return heard;
  }

  @Test
  void clientsFollowTheTokenOfTheirAccount() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, config())) {
      assertThat(change(servers.ours().port()))
          .containsExactlyElementsOf(change(servers.real().port()));
    }
  }

  private List<String> scope(int port) throws Exception {
    List<String> heard = new ArrayList<>();
    String claims = "\"type\":\"user\",\"issuer_account\":\"" + key(used) + "\"";
    String bearer = "\"bearer_token\":true" + UNLIMITED;
    try (Connection admin = OperatorTest.connect(port, system, "")) {
      for (String template :
          List.of(bearer, bearer + ",\"pub\":{\"deny\":[\"x\"]}", UNLIMITED.substring(1))) {
        assertThat(push(admin, account(used, "", FREE, keys(bearer)))).isEmpty();
        try (RawClient client = connect(port, OperatorTest.token(scoped, user, "", claims))) {
          heard.add(push(admin, account(used, "", FREE, keys(template))));
          heard.add(said(client));
        }
      }
    }
    return heard;
  }

  @Test
  void clientsGoWhoseScopeChanges() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, config())) {
      assertThat(scope(servers.ours().port())).isEqualTo(scope(servers.real().port()));
    }
  }

  private String exporter(String head, String exports) throws Exception {
    return account(other, head, FREE, ",\"exports\":[" + exports + "]");
  }

  private String importer(String head, String more) throws Exception {
    String imported =
        "{\"subject\":\"x\",\"local_subject\":\"from.x\",\"type\":\"stream\",\"account\":\""
            + key(other)
            + "\""
            + more
            + "}";
    return account(used, head, FREE, ",\"imports\":[" + imported + "]");
  }

  /** What lasts for a while; both servers at once. */
  private List<String> expire(int port) throws Exception {
    List<String> heard = new ArrayList<>();
    String claims = "\"type\":\"user\",\"bearer_token\":true" + UNLIMITED;
    String token = OperatorTest.token(used, user, "", claims);
    String from = OperatorTest.token(other, user, "", claims);
    try (Connection admin = OperatorTest.connect(port, system, "");
        RawClient client = connect(port, token)) {
      client.send("SUB from.x 1\r\n");
      // Imports from an account that nobody knows, until it is pushed and used.
      heard.add(push(admin, importer("", "")));
      heard.add(push(admin, exporter("", "{\"subject\":\"x\",\"type\":\"stream\"}")));
      try (RawClient publisher = connect(port, from)) {
        publisher.send("PUB x 1\r\na\r\n");
        heard.add(said(publisher) + said(client));
        // Only those whom a token activates, which does not last.
        String strict = "{\"subject\":\"x\",\"type\":\"stream\",\"token_req\":true}";
        long soon = System.currentTimeMillis() / 1000 + 2;
        String activation =
            OperatorTest.token(
                other,
                used,
                ",\"exp\":" + soon,
                "\"type\":\"activation\",\"subject\":\"x\",\"kind\":\"stream\"");
        heard.add(push(admin, exporter("", strict)));
        publisher.send("PUB x 1\r\nb\r\n");
        heard.add(said(publisher) + said(client));
        heard.add(push(admin, importer("", ",\"token\":\"" + activation + "\"")));
        // A subscription that is there already nats-server does not join to the import again.
        client.send("UNSUB 1\r\nSUB from.x 2\r\n");
        heard.add(said(client));
        publisher.send("PUB x 1\r\nc\r\n");
        heard.add(said(publisher) + said(client));
        // An account that is about to expire, and is given more time.
        heard.add(push(admin, exporter(",\"exp\":" + soon, strict)));
        heard.add(push(admin, exporter(",\"exp\":" + (soon + 1000), strict)));
        // Another that is not.
        String more = ",\"token\":\"" + activation + "\"";
        heard.add(push(admin, importer(",\"exp\":" + soon, more)));
        publisher.send("PUB x 1\r\nd\r\n");
        heard.add(said(publisher) + said(client));
        if (System.currentTimeMillis() / 1000 >= soon) {
          throw new TestAbortedException("Too slow: the tokens have expired before they were used");
        }
        heard.add(client.untilEnd().toString());
        publisher.send("PUB x 1\r\ne\r\n");
        heard.add(said(publisher));
        RawClient late = RawClient.connect(port, 0);
        late.send("CONNECT {\"verbose\":false,\"jwt\":\"" + token + "\"}\r\nPING\r\n");
        heard.add(late.untilEnd().toString());
        late.close();
        heard.add(push(admin, importer("", more)));
        try (RawClient again = connect(port, token)) {
          again.send("SUB from.x 1\r\n");
          heard.add(said(again));
          publisher.send("PUB x 1\r\nf\r\n");
          heard.add(said(publisher) + said(again));
        }
      }
    }
    return heard;
  }

  @Test
  void accountsAndActivationsExpireWhileClientsAreConnected() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, config())) {
      CompletableFuture<List<String>> real =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return expire(servers.real().port());
                } catch (TestAbortedException e) {
                  throw e;
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      List<String> ours = expire(servers.ours().port());
      try {
        assertThat(ours).containsExactlyElementsOf(real.join());
      } catch (CompletionException e) {
        throw e.getCause() instanceof TestAbortedException slow ? slow : e;
      }
    }
  }
}
