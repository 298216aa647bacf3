package dev.hubkit.junit;

/**
 * What tests of one hub see of each other.
 *
 * {@snippet id="java/dev/hubkit/examples/docs/PutBackTest.java#isolation" :
 * @WithHub(name = "shop", lifecycle = HubLifecycle.PER_SUITE, isolation = Isolation.PER_TEST)
 * @WithStream(name = "ORDERS", subjects = "orders.>")
 * static class IsolatedTest {
 *   @RepeatedTest(3)
 *   void isAlone(HubResource hub, Connection nats, JetStream jetStream) throws Exception {
 *     assertThat(jetStream.publish("orders.new", null).getSeqno()).isEqualTo(1);
 *     // Servers of its own: what is started with these URLs meets nobody else.
 *     assertThat(nats.getServerInfo().getPort()).isEqualTo(hub.natsPort());
 *   }
 * }
 * }
 */
public enum Isolation {
  /** The value of the configuration parameter {@code hub.junit.isolation}, or {@link #NONE}. */
  DEFAULT,
  /** All tests use one hub. */
  NONE,
  /**
   * Each test gets a hub of its own, with a clock and faults of its own. All begin with the same
   * declared state; the extension stops each after its test. Outside of a test nothing of the hub
   * can be injected.
   */
  PER_TEST
}
