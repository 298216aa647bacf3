package dev.hubkit.junit;

/**
 * Whether a running hub is put back between tests.
 *
 * {@snippet id="java/dev/hubkit/examples/docs/PutBackTest.java#reset" :
 * @WithHub(reset = Reset.BEFORE_EACH)
 * @WithStream(name = "ORDERS", subjects = "orders.>")
 * static class ResetTest {
 *   @RepeatedTest(3)
 *   void isAlwaysTheFirstOrder(JetStream jetStream, JetStreamManagement management)
 *       throws Exception {
 *     assertThat(management.getStreamNames()).containsExactly("ORDERS");
 *     assertThat(jetStream.publish("orders.new", null).getSeqno()).isEqualTo(1);
 *   }
 * }
 * }
 */
public enum Reset {
  /** What the configuration parameter {@code hub.junit.reset} says; without, {@link #NEVER}. */
  DEFAULT,
  /** Tests see what earlier ones left. */
  NEVER,
  /**
   * Before each test the hub is what it was before the first test of the class: streams, consumers,
   * buckets and the repository. Connections handed out to earlier tests are closed. The servers run
   * on. Tests of one such hub run one after another, even under parallel execution.
   */
  BEFORE_EACH
}
