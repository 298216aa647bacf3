package dev.hubkit.nats.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.CryptoPrimitive;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CurveConstraintsTest {
  private static final Set<CryptoPrimitive> AGREEMENT = Set.of(CryptoPrimitive.KEY_AGREEMENT);

  @Test
  void allowsTheGroupsOfTheListAndAllThatIsNoGroup() throws TlsException {
    CurveConstraints constraints = CurveConstraints.of(List.of("secp384r1", "X25519MLKEM768"));
    assertThat(constraints.permits(AGREEMENT, "secp384r1", null)).isTrue();
    assertThat(constraints.permits(AGREEMENT, "x25519", null)).isFalse();
    assertThat(constraints.permits(AGREEMENT, "secp256r1", null)).isFalse();
    assertThat(constraints.permits(AGREEMENT, "ffdhe2048", null)).isFalse();
    assertThat(constraints.permits(AGREEMENT, "EC", null)).isTrue();
    assertThat(constraints.permits(AGREEMENT, "SHA256withRSA", null)).isTrue();
  }

  @Test
  void refusesAListOfWhichThisJvmHasNothing() {
    assertThatThrownBy(() -> CurveConstraints.of(List.of("X25519MLKEM768")))
        .isInstanceOf(TlsException.class)
        .hasMessageContaining("X25519MLKEM768");
  }
}
