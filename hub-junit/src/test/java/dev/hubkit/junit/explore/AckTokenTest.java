package dev.hubkit.junit.explore;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AckTokenTest {
  private static final AckToken TOKEN = new AckToken("ORDERS", "billing", 17, 2);

  @Test
  void bothFormsOfTheSubjectAreKnown() {
    assertThat(AckToken.parse("$JS.ACK.ORDERS.billing.2.17.40.1796041583518943608.3"))
        .isEqualTo(TOKEN);
    assertThat(AckToken.parse("$JS.ACK._.ACCHASH.ORDERS.billing.2.17.40.1796041583518943608.3"))
        .isEqualTo(TOKEN);
    assertThat(AckToken.parse("$JS.ACK._.ACCHASH.ORDERS.billing.2.17.40.1796041583518.3.random"))
        .isEqualTo(TOKEN);
  }

  @Test
  void otherSubjectsAreNone() {
    assertThat(AckToken.parse("orders.new")).isNull();
    assertThat(AckToken.parse("$JS.ACK.ORDERS.billing.2")).isNull();
    assertThat(AckToken.parse("$JS.ACK.ORDERS.billing.two.17.40.1796041583518943608.3")).isNull();
  }
}
