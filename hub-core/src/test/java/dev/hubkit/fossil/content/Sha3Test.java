package dev.hubkit.fossil.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Sha3Test {
  @Test
  void hashesAsTheStandardSays() {
    assertThat(HexFormat.of().formatHex(Sha3.digest(new byte[0])))
        .isEqualTo("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  }

  @Test
  void hashesContentOfEveryLengthAsTheJdkDoes() throws NoSuchAlgorithmException {
    MessageDigest jdk = MessageDigest.getInstance("SHA3-256");
    Random random = new Random(3);
    for (int length = 0; length < 700; length++) {
      byte[] content = new byte[length];
      random.nextBytes(content);
      assertThat(Sha3.digest(content)).as("%s bytes", length).isEqualTo(jdk.digest(content));
    }
  }
}
