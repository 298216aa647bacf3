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
 *     // A port and a repository of its own: what is started with these URLs meets nobody else.
 *     assertThat(nats.getServerInfo().getPort()).isEqualTo(hub.natsPort());
 *     assertThat(hub.fossilUrl()).contains("/test-");
 *   }
 * }
 * }
 */
public enum Isolation {
  /** What the configuration parameter {@code hub.junit.isolation} says; without, {@link #NONE}. */
  DEFAULT,
  /** All are in one account and on one repository. */
  NONE,
  /**
   * Each test has a NATS account, on a port of its own, and a repository, at a URL of its own. Both
   * are made when first asked for, with what is declared, and are gone after the test. Nothing of
   * the hub can be injected outside a test then.
   */
  PER_TEST
}
