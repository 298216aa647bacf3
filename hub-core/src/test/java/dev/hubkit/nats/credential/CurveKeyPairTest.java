package dev.hubkit.nats.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class CurveKeyPairTest {
  private static final HexFormat HEX = HexFormat.of();

  // These values were computed with Go's nacl/box.
  @Test
  void makesTheBoxesOfNacl() throws Exception {
    byte[] secret = new byte[32];
    byte[] nonce = new byte[24];
    byte[] text = new byte[150];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) (i * i);
      if (i < 32) {
        secret[i] = (byte) (i + 1);
      }
      if (i < 24) {
        nonce[i] = (byte) (7 * i);
      }
    }
    byte[] own = HEX.parseHex("07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c");
    byte[] theirs =
        HEX.parseHex("8dafcfeeae9045ee9a78d78a99fcf32e7781e441eb073096c342b8e2dcc3b612");
    assertThat(CurveKeyPair.of(secret, own).box(text, nonce, NKey.encode(NKey.Role.CURVE, theirs)))
        .satisfies(
            box ->
                assertThat(HEX.formatHex(box))
                    .isEqualTo(
                        "91e9d830375f13072f2a2d37de9b80075dacd6c63700501979db07e8853408f20eb86de39de4b31682a4"
                            + "7e67f63cf353a97455881a071ae778178fb470bcc6e34d42a03f624789a0912c426b62a6c9df36"
                            + "c1ec41462d452a2158de76e838b5eee44b04f826d7da4f05097ae693fb1f8169a8ad09d05a4dd1"
                            + "dc01db7d0fd04118946fafe9652f7ace318db9e34a451151e41941396b2bc3c90331e042f5990b"
                            + "d52c632f315eef"));
  }

  @Test
  void opensWhatTheOtherHasSealedAndNothingElse() throws Exception {
    CurveKeyPair one = CurveKeyPair.generate();
    CurveKeyPair other = CurveKeyPair.generate();
    for (int length : new int[] {1, 15, 16, 17, 63, 64, 65, 5000}) {
      byte[] text = "x".repeat(length).getBytes(StandardCharsets.UTF_8);
      byte[] sealed = one.seal(text, other.publicKey());
      assertThat(other.open(sealed, one.publicKey())).isEqualTo(text);
      for (int at : new int[] {5, 28, 44, sealed.length - 1}) {
        byte[] changed = sealed.clone();
        changed[at] ^= 1;
        assertThatThrownBy(() -> other.open(changed, one.publicKey()))
            .isInstanceOf(CredentialException.class)
            .hasMessage("nkeys: could not decrypt input");
      }
      assertThatThrownBy(() -> other.open(sealed, CurveKeyPair.generate().publicKey()))
          .isInstanceOf(CredentialException.class);
    }
  }

  @Test
  void saysWhatIsNoBox() {
    CurveKeyPair one = CurveKeyPair.generate();
    String key = one.publicKey();
    assertThatThrownBy(() -> one.open(new byte[44], key)).hasMessageContaining("not valid");
    assertThatThrownBy(() -> one.open(new byte[99], key)).hasMessageContaining("wrong version");
    assertThatThrownBy(() -> one.seal(new byte[1], "XABC")).isInstanceOf(CredentialException.class);
    String user = NKeyPair.generate(NKey.Role.USER).publicKey();
    assertThatThrownBy(() -> one.seal(new byte[1], user))
        .hasMessage("nkeys: not a valid curve key");
  }
}
