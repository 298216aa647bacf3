package dev.hubkit.nats.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.time.ManualTimeSource;
import dev.hubkit.work.MemoryBudget;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ReplyPermissionsTest {
  private final ManualTimeSource time = new ManualTimeSource(Instant.EPOCH);
  private final MemoryBudget memory = new MemoryBudget(256 * 1024);

  private ReplyPermissions permissions(int most, Duration expires) {
    return new ReplyPermissions(new ResponsePermission(most, expires.toNanos()), time, memory);
  }

  @Test
  void forgetTheOldestWhenThereIsNoMemoryForMore() {
    ReplyPermissions hoarding = permissions(-1, Duration.ofHours(-1));
    ReplyPermissions other = permissions(1, Duration.ofMinutes(1));
    for (int i = 0; i < 20_000; i++) {
      hoarding.grant("reply." + i);
    }
    assertThat(memory.used()).isLessThanOrEqualTo(memory.limit());
    assertThat(hoarding.count()).isBetween(500, 2000);
    assertThat(hoarding.use("reply.19999")).isTrue();
    assertThat(hoarding.use("reply.0")).isFalse();
    // A client with few permissions is not affected by what another one has used up.
    other.grant("mine");
    assertThat(other.use("mine")).isTrue();
    assertThat(other.use("mine")).isFalse();
    hoarding.close();
    assertThat(memory.used()).isZero();
    hoarding.grant("late");
    assertThat(hoarding.use("late")).isFalse();
  }

  @Test
  void giveBackTheMemoryOfThoseThatHaveEnded() {
    ReplyPermissions permissions = permissions(1, Duration.ofSeconds(1));
    for (int i = 0; i < 500; i++) {
      permissions.grant("reply." + i);
    }
    assertThat(memory.used()).isPositive();
    time.advance(Duration.ofMinutes(1));
    for (int i = 0; i < 10_000; i++) {
      permissions.grant("again");
    }
    assertThat(permissions.count()).isOne();
    assertThat(memory.used()).isZero();
  }
}
