package dev.hubkit.junit;

/**
 * Whether the extension resets a running hub between tests.
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
  /** The value of the configuration parameter {@code hub.junit.reset}, or {@link #NEVER}. */
  DEFAULT,
  /** Tests see what earlier tests left behind. */
  NEVER,
  /**
   * Before each test, the extension rewinds streams, consumers, buckets and the repository to what
   * they were before the first test of the class, and closes the connections of earlier tests. The
   * servers keep running. Tests of one such hub run one after another, even under parallel
   * execution.
   */
  BEFORE_EACH
}
