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
 * Starts a hub for tests: a Fossil server and a NATS server with JetStream in the test's own JVM,
 * on free ports and in a temporary directory, which the extension deletes afterwards.
 *
 * <p>On a class, the annotation holds for the tests of the class, for its {@code @Nested} classes
 * and for subclasses; on a method, for that test alone; as a meta-annotation, for whatever the
 * composed annotation is put on. {@link HubExtension} lists what can be injected. To declare what
 * the hub contains before the tests, add {@link WithStream}, {@link WithConsumer}, {@link
 * WithBucket}, {@link WithObjectStore}, {@link WithUser}, {@link WithSeed} and {@link
 * WithNatsConfig}.
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
 * hub.fossil.url}, the same tests run against servers that are already running. A test that needs
 * what only a server of this JVM can do is skipped, with the reason.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(WithHub.WithHubs.class)
@ExtendWith(HubExtension.class)
public @interface WithHub {
  /** The name that tells several hubs of a test apart; {@link FromHub} selects by it. */
  String name() default "";

  /** How long the hub lives; on a method always {@link HubLifecycle#PER_METHOD}. */
  HubLifecycle lifecycle() default HubLifecycle.DEFAULT;

  /** Whether the hub serves Fossil; if not, it does not load SQLite. */
  boolean fossil() default true;

  /** Whether the hub serves NATS. */
  boolean nats() default true;

  /** Whether the extension resets the hub between tests. */
  Reset reset() default Reset.DEFAULT;

  /** Whether each test gets servers of its own. */
  Isolation isolation() default Isolation.DEFAULT;

  /**
   * Whether the extension saves the state of the hub when a test fails, to a file that {@code hub
   * open} starts. The configuration parameter {@code hub.junit.keep-on-failure} sets the default.
   */
  boolean keepOnFailure() default false;

  /**
   * When the extension writes the trace of a test, a page that shows step by step what happened in
   * the hub. The configuration parameter {@code hub.junit.trace} sets the default, which otherwise
   * is {@link Trace#ON_FAILURE}.
   */
  Trace trace() default Trace.DEFAULT;

  /**
   * Whether the hub's NATS server takes streams, buckets and consumers of up to five replicas,
   * which a server without a cluster refuses with error 10074. It keeps one copy, and tells of the
   * other replicas that they are up to date: for tests of code that asks for replicas in
   * production.
   */
  boolean acceptReplicas() default false;

  /**
   * The release of nats-server that the hub's NATS server behaves like, such as {@code "2.14"}: in
   * the version that it tells, and in what it takes and refuses. Empty for the newest that Hub
   * follows. Without effect on a server that is already running.
   */
  String compat() default "";

  /**
   * The name of another hub of the test, the upstream: this hub's NATS server becomes its leaf
   * node, so that messages pass between the two. Both have JetStream domains of their own, named as
   * the hubs are. The extension starts the upstream first and stops it last, so it must live as
   * long as this hub or longer. Empty for none.
   */
  String upstream() default "";

  /**
   * How many NATS servers the hub has, from 1 to 5. Several make up a cluster; {@link
   * HubResource#cluster()} kills, stops and cuts off each of them. Such a hub has no snapshots, and
   * so no reset, and no stubs. Without effect on servers that are already running.
   */
  int servers() default 1;

  /** The seed of what is left to chance in a cluster, such as who is elected. */
  long electionSeed() default 1;

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
