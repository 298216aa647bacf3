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
  /** The value of the configuration parameter {@code hub.junit.isolation}, or {@link #NONE}. */
  DEFAULT,
  /** All tests use one account and one repository. */
  NONE,
  /**
   * Each test gets a NATS account, on a port of its own, and a repository, at a URL of its own. The
   * extension creates both, with the declared state, when the test first uses them, and deletes
   * them afterwards. Outside of a test nothing of the hub can be injected.
   */
  PER_TEST
}
