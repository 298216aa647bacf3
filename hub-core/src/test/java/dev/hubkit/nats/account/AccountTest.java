package dev.hubkit.nats.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AccountTest {
  private final Account account = new Account("A");
  private final WorkBatch batch = new WorkBatch();
  private final List<String> delivered = new ArrayList<>();

  private int publish(String subject) {
    delivered.clear();
    return account.publish(Message.of(subject, null, new byte[0]), batch);
  }

  private Subscriber recorder(String tag) {
    return (subscription, message, b) -> delivered.add(tag);
  }

  @Test
  void deliversToEveryMatchAndOneOfEachGroup() {
    account.subscribe("a.*", null, recorder("plain"));
    account.subscribe("a.b", "g", recorder("g"));
    account.subscribe("a.>", "g", recorder("g"));
    account.subscribe("a.b", "h", recorder("h"));
    assertThat(publish("a.b")).isEqualTo(3);
    assertThat(delivered).containsExactlyInAnyOrder("plain", "g", "h");
  }

  @Test
  void saysThatNobodyTookIt() {
    assertThat(publish("a.b")).isZero();
  }

  @Test
  void seesSubscriptionsThatComeAndGoAfterARouteIsKnown() {
    assertThat(publish("a.b")).isZero();
    Subscription literal = account.subscribe("a.b", null, recorder("literal"));
    Subscription wildcard = account.subscribe("*.b", null, recorder("wildcard"));
    assertThat(publish("a.b")).isEqualTo(2);
    account.unsubscribe(literal);
    assertThat(publish("a.b")).isEqualTo(1);
    account.unsubscribe(wildcard);
    account.unsubscribe(wildcard);
    assertThat(publish("a.b")).isZero();
    assertThat(account.interest().subscriptionCount()).isZero();
  }

  @Test
  void keepsFromThePublisherWhatItDoesNotWantBack() {
    Subscriber self = recorder("self");
    account.subscribe("a", null, self);
    account.subscribe("a", "g", self);
    account.subscribe("a", "g", recorder("other"));
    assertThat(account.publish(Message.of("a", null, new byte[0]), self, batch)).isEqualTo(1);
    assertThat(delivered).containsExactly("other");
  }

  @Test
  void deliversUnderAnotherSubjectThanItRoutesBy() {
    account.subscribe("inbox", null, (s, message, b) -> delivered.add(message.subject()));
    account.subscribe("orders", null, recorder("not this one"));
    Message message = Message.of("orders", null, new byte[0]);
    assertThat(account.publishTo("inbox", message, batch)).isEqualTo(1);
    assertThat(delivered).containsExactly("orders");
    assertThat(account.publishTo("nobody", message, batch)).isZero();
  }

  @Test
  void tellsWhenInterestBeginsAndEnds() {
    List<Boolean> told = new ArrayList<>();
    Handle watch = account.interest().watch("a.b", told::add);
    Subscription first = account.subscribe("a.b", null, recorder("1"));
    Subscription second = account.subscribe("a.>", null, recorder("2"));
    account.subscribe("c", null, recorder("3"));
    assertThat(told).containsExactly(true);
    account.unsubscribe(first);
    assertThat(told).containsExactly(true);
    account.unsubscribe(second);
    assertThat(told).containsExactly(true, false);
    watch.close();
    account.subscribe("a.b", null, recorder("4"));
    assertThat(told).containsExactly(true, false);
  }

  @Test
  void remembersOnlySoManyRoutes() {
    account.subscribe(">", null, recorder("all"));
    for (int i = 0; i < 5000; i++) {
      assertThat(publish("s." + i)).isEqualTo(1);
    }
    assertThat(account.interest().knownRoutes()).isLessThanOrEqualTo(1024);
  }
}
