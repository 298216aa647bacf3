package dev.hubkit.nats.jetstream.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestBacklogTest {
  private final RequestBacklog backlog = new RequestBacklog(3);

  @Test
  void countsThoseThatWait() {
    for (int i = 0; i < 10; i++) {
      long one = backlog.enter();
      long two = backlog.enter();
      assertThat(backlog.leave(one)).isTrue();
      assertThat(backlog.leave(two)).isTrue();
    }
  }

  @Test
  void dropsAllWhenThereAreTooMany() {
    long one = backlog.enter();
    long two = backlog.enter();
    assertThat(backlog.enter()).isEqualTo(RequestBacklog.DROPPED);
    long next = backlog.enter();
    assertThat(backlog.leave(one)).isFalse();
    assertThat(backlog.leave(two)).isFalse();
    assertThat(backlog.leave(next)).isTrue();
  }

  @Test
  void dropsEveryRequestWhereOneIsTooMany() {
    RequestBacklog none = new RequestBacklog(1);
    assertThat(none.enter()).isEqualTo(RequestBacklog.DROPPED);
    assertThat(none.enter()).isEqualTo(RequestBacklog.DROPPED);
  }
}
