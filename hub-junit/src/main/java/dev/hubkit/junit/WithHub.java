package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives tests a hub: a Fossil server and a NATS server with JetStream in the test's own JVM, on
 * free ports, with a directory of its own that is gone afterwards.
 *
 * <p>On a class it holds for its tests, for {@code @Nested} classes in it and for classes that
 * extend it; on a method for that test alone; on an annotation for whatever that annotates. What of
 * a hub can be injected is listed at {@link HubExtension}. What is in it beforehand is declared by
 * {@link WithStream}, {@link WithConsumer}, {@link WithBucket}, {@link WithObjectStore}, {@link
 * WithUser}, {@link WithSeed} and {@link WithNatsConfig}.
 *
 * {@snippet id="java/dev/hubkit/examples/docs/DeclaredTest.java#streams" :
 * @WithHub
 * @WithStream(name = "ORDERS", subjects = "orders.>", retention = WithStream.Retention.WORK_QUEUE)
 * @WithConsumer(stream = "ORDERS", name = "kitchen", ackWait = "5s")
 * @WithBucket(name = "prices", history = 5)
 * static class KitchenTest {
 *   @Test
 *   void everyOrderReachesTheKitchen(JetStream jetStream) throws Exception {
 *     jetStream.publish("orders.1", "soup".getBytes(UTF_8));
 *     JetStreamSubscription kitchen =
 *         jetStream.subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
 *     assertThat(kitchen.fetch(1, SOON)).hasSize(1);
 *   }
 *
 *   @Test
 *   @WithStream(name = "COMPLAINTS")
 *   void oneMoreForThisTest(JetStreamManagement management) throws Exception {
 *     assertThat(management.getStreamNames()).contains("ORDERS", "COMPLAINTS");
 *   }
 *
 *   @Test
 *   void whichTheOthersDoNotSee(JetStreamManagement management, @Bucket("prices") KeyValue prices)
 *       throws Exception {
 *     assertThat(management.getStreamNames()).doesNotContain("COMPLAINTS");
 *     assertThat(prices.keys()).isEmpty();
 *   }
 * }
 * }
 *
 * <p>With the configuration parameters or system properties {@code hub.nats.url} and {@code
 * hub.fossil.url} the same tests run against servers that are there already; a test that needs what
 * cannot be done to those is skipped and says why.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(WithHub.WithHubs.class)
@ExtendWith(HubExtension.class)
public @interface WithHub {
  /** Tells the hubs of a test apart; the one without a name is injected unless another is named. */
  String name() default "";

  /** How long one hub lives. On a method always {@link HubLifecycle#PER_METHOD}. */
  HubLifecycle lifecycle() default HubLifecycle.DEFAULT;

  /** Whether it serves Fossil. Without, nothing of SQLite is loaded. */
  boolean fossil() default true;

  /** Whether it serves NATS. */
  boolean nats() default true;

  /** Whether it is put back to its declared state between tests. */
  Reset reset() default Reset.DEFAULT;

  /** Whether each test has an account and a repository of its own. */
  Isolation isolation() default Isolation.DEFAULT;

  /**
   * Whether the hub's directory stays when a test fails, with a line printed that says how to open
   * it. Also by the configuration parameter {@code hub.junit.keep-on-failure}.
   */
  boolean keepOnFailure() default false;

  /** The container for several hubs, each with a name of its own. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @ExtendWith(HubExtension.class)
  @interface WithHubs {
    /** The annotations. */
    WithHub[] value();
  }
}
