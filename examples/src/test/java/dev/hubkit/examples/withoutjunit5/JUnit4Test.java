package dev.hubkit.examples.withoutjunit5;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.Subscription;
import java.time.Duration;
import org.junit.Rule;
import org.junit.jupiter.api.Test;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;

/** Runs the tests with JUnit 4. */
class JUnit4Test {
  /** Fails, because it waits for the wrong subject. */
  public static final class Waiting {
    @Rule public final NatsRule rule = new NatsRule();

    @org.junit.Test
    public void waits() throws Exception {
      try (Connection nats = rule.nats().connect()) {
        Subscription orders = nats.subscribe("order.*");
        nats.publish("orders.42", "two coffees".getBytes(UTF_8));
        assertThat(orders.nextMessage(Duration.ofMillis(100))).isNotNull();
      }
    }
  }

  @Test
  void eachTestHasAServerThatExplainsItsFailure() {
    Result result = JUnitCore.runClasses(KitchenRuleTest.class, Waiting.class);
    assertThat(result.getRunCount()).isEqualTo(2);
    Failure failure = result.getFailures().get(0);
    assertThat(failure.getDescription().getMethodName()).isEqualTo("waits");
    assertThat(failure.getException().getSuppressed()).hasSize(1);
    assertThat(failure.getException().getSuppressed()[0].toString())
        .startsWith("What the hub saw in waits(")
        .contains("SUB order.*", "PUB orders.42", "nearest: ");
    assertThat(result.getFailures()).hasSize(1);
  }
}
