package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;

/**
 * Where assertions about a hub begin. To be imported statically, beside AssertJ's own:
 *
 * <pre>{@code
 * assertThat(hub).stream("ORDERS").hasMessages(3).lastMessage().hasHeader("Nats-Msg-Id", "42");
 * }</pre>
 */
public final class HubAssertions {
  private HubAssertions() {}

  /** Begins an assertion about a hub. */
  public static HubAssert assertThat(HubResource hub) {
    return new HubAssert(hub);
  }
}
