package dev.hubkit.nats.credential;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientCredentialsTest {
  @TempDir Path directory;

  private static JsonObject shown(String text, String nonce) throws Exception {
    JsonWriter connect = JsonWriter.compact().beginObject();
    ClientCredentials.parse(text).show(connect, nonce);
    return Json.parseObject(connect.endObject().toBytes());
  }

  private String file(String text) throws Exception {
    return Files.writeString(directory.resolve("user.creds"), text).toString();
  }

  @Test
  void aNameAndAPasswordOrAToken() throws Exception {
    JsonObject login = shown("ada:s3:cret", "n");
    assertThat(login.string("user")).isEqualTo("ada");
    assertThat(login.string("pass")).isEqualTo("s3:cret");
    assertThat(shown("t0ken", "n").string("auth_token")).isEqualTo("t0ken");
  }

  @Test
  void aCredentialsFileSignsWithItsSeed() throws Exception {
    io.nats.client.NKey user = io.nats.client.NKey.createUser(null);
    // This is the format of nsc: it has a warning in between, and six dashes before the heading of
    // the seed.
    String file =
        file(
            "-----BEGIN NATS USER JWT-----\neyJ0.eyJq.c2ln\n------END NATS USER JWT------\n\n"
                + "************************* IMPORTANT *************************\n"
                + "NKEY Seed printed below can be used to sign and prove identity.\n\n"
                + "-----BEGIN USER NKEY SEED-----\n"
                + new String(user.getSeed())
                + "\n------END USER NKEY SEED------\n");
    JsonObject login = shown(file, "a nonce");
    assertThat(login.string("jwt")).isEqualTo("eyJ0.eyJq.c2ln");
    byte[] signature = Base64.getUrlDecoder().decode(login.string("sig"));
    assertThat(user.verify("a nonce".getBytes(UTF_8), signature)).isTrue();
  }

  @Test
  void whatIsNoCredentialsFileIsRefused() throws Exception {
    assertThatThrownBy(() -> ClientCredentials.parse(directory.resolve("no.creds").toString()))
        .isInstanceOf(CredentialException.class)
        .hasMessageContaining("no.creds");
    String empty = file("nothing");
    assertThatThrownBy(() -> ClientCredentials.parse(empty))
        .hasMessageContaining("has no JWT or no seed");
    String wrong =
        file("-----BEGIN A-----\nx\n------END A------\n-----BEGIN B-----\ny\n------END B------");
    assertThatThrownBy(() -> ClientCredentials.parse(wrong)).hasMessageContaining("seed");
  }
}
