package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.security.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Leaf nodes whose certificates tell which users they are ({@code verify_and_map}): the same
 * certificates are taken for the same users, or for nobody's, as by the real nats-server.
 */
@ComparedWithNatsServer
class LeafCertificatesDifferenceTest extends LeafServers {
  // Each handshake takes its time.
  private static final int EVERY = Integer.getInteger(LONG) == null ? 3 : 1;

  // Users of every kind that a certificate can name, each in an account of its own.
  private static final List<String> NAMES =
      List.of(
          "mail@example.org",
          "leaf.example.org",
          "CN=plain",
          "CN=ordered,OU=unit,O=org",
          "O=org,OU=unit,CN=reordered",
          "CN=both,OU=a+OU=b",
          "CN=dc,OU=unit,DC=one,DC=two",
          "DC=one,CN=dnonly",
          "CN=a\\\\,comma",
          "cn=lower",
          "SERIALNUMBER=7,CN=serial",
          "CN=secret",
          "CN=both");
  // Subjects and alternative names of certificates.
  private static final List<String[]> CERTIFICATES =
      List.of(
          new String[] {"CN=stranger", "email:mail@example.org,dns:other.example.org"},
          new String[] {"CN=stranger2", "dns:nobody.example.org,dns:leaf.example.org"},
          new String[] {"CN=plain", "dns:nobody.example.org"},
          new String[] {"CN=plain,O=more", "dns:nobody.example.org"},
          new String[] {"CN=ordered,OU=unit,O=org", "dns:nobody.example.org"},
          new String[] {"O=org,CN=ordered,OU=unit", "dns:nobody.example.org"},
          new String[] {"CN=reordered,OU=unit,O=org", "dns:nobody.example.org"},
          new String[] {"CN=both,OU=a,OU=b", "dns:nobody.example.org"},
          new String[] {"CN=both,OU=a+OU=b", "dns:nobody.example.org"},
          new String[] {"DC=two,DC=one,CN=dc,OU=unit", "dns:nobody.example.org"},
          new String[] {"CN=dnonly,DC=one", "dns:nobody.example.org"},
          new String[] {"CN=a\\,comma", "dns:nobody.example.org"},
          new String[] {"CN=lower", "dns:nobody.example.org"},
          new String[] {"CN=serial,SERIALNUMBER=7", "dns:nobody.example.org"},
          new String[] {"UID=unknown,CN=plain", "dns:nobody.example.org"},
          new String[] {"CN=secret", "dns:nobody.example.org"},
          new String[] {"CN=nobody", "dns:nobody.example.org"});

  private final Map<String, TestCertificate> certificates = new LinkedHashMap<>();
  private TestCertificate server;
  private String tls;

  @BeforeEach
  void makeCertificates() throws Exception {
    server = TestCertificate.make(directory, "server", "CN=server", "dns:localhost,ip:127.0.0.1");
    StringBuilder authorities = new StringBuilder();
    for (String[] each : CERTIFICATES) {
      TestCertificate made =
          TestCertificate.make(directory, "c" + certificates.size(), each[0], each[1]);
      authorities.append(Files.readString(made.certFile()));
      certificates.put(each[0] + " " + each[1], made);
    }
    Path file = Files.writeString(directory.resolve("authorities.pem"), authorities);
    tls =
        "tls { cert_file: \"%s\", key_file: \"%s\", ca_file: \"%s\", timeout: 20, "
            .formatted(server.certFile(), server.keyFile(), file);
  }

  private static String accounts(boolean withUsers) {
    StringBuilder text = new StringBuilder("accounts {\n");
    for (int i = 0; i < NAMES.size(); i++) {
      text.append("A").append(i).append(" { users: [");
      text.append(withUsers ? user(i, "") : "").append("] }\n");
    }
    return text.append("}\n").toString();
  }

  private static String user(int index, String account) {
    String name = NAMES.get(index);
    String password = name.equals("CN=secret") ? ", password: s3cret" : "";
    return "{ user: \"" + name + "\"" + password + account + " }\n";
  }

  private static String leafUsers() {
    StringBuilder text = new StringBuilder("authorization { users: [\n");
    for (int i = 0; i < NAMES.size(); i++) {
      text.append(user(i, i == 2 ? "" : ", account: A" + i));
    }
    return text.append("] }\n").toString();
  }

  private void compare(String config, String leafs) throws Exception {
    int port = freePort();
    String text = "%s\nleafnodes { listen: \"127.0.0.1:%d\", %s }\n";
    startReal("hub", text.formatted(config, port, leafs));
    NatsServer ours = start("ours", text.formatted(config, -1, leafs));
    List<String> expected = run(port);
    assertThat(run(ours.leafNodePort())).containsExactlyElementsOf(expected);
    assertThat(expected).anyMatch(line -> line.contains("INFO ")).anyMatch(this::isRefusal);
  }

  private boolean isRefusal(String line) {
    return line.contains("-ERR");
  }

  private List<String> run(int leaf) throws Exception {
    List<String> seen = new ArrayList<>();
    int index = 0;
    for (Map.Entry<String, TestCertificate> each : certificates.entrySet()) {
      if (index++ % EVERY == 0) {
        seen.add(each.getKey() + " " + show(leaf, each.getValue(), ""));
      }
    }
    TestCertificate secret = certificates.get("CN=secret dns:nobody.example.org");
    TestCertificate plain = certificates.get("CN=plain dns:nobody.example.org");
    seen.add("right " + show(leaf, secret, "\"user\":\"any\",\"pass\":\"s3cret\""));
    seen.add("wrong " + show(leaf, secret, "\"user\":\"CN=secret\",\"pass\":\"other\""));
    seen.add("another " + show(leaf, plain, "\"user\":\"CN=secret\",\"pass\":\"s3cret\""));
    seen.add("named " + show(leaf, plain, "\"user\":\"CN=secret\""));
    return seen;
  }

  private String show(int port, TestCertificate certificate, String fields) throws IOException {
    try (RawLeaf leaf = new RawLeaf(port).secure(certificate.trusting(server))) {
      return String.join("|", leaf.connect("leaf", fields).answers());
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  @Test
  void theUsersOfLeafNodesAreTold() throws Exception {
    compare(accounts(false), tls + "verify_and_map: true }\n" + leafUsers());
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void theUsersOfClientsAreToldWhereLeafNodesHaveNone() throws Exception {
    compare(accounts(true), tls + "verify_and_map: true }");
  }
}
