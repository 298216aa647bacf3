package dev.hubkit.junit.spring;

import dev.hubkit.junit.DefaultHub;
import dev.hubkit.junit.WithHub;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Connects the application that Spring starts for a test class to the hub of the class: to the one
 * of {@link WithHub} or of a {@link dev.hubkit.junit.HubExtension} in a static field, or else to
 * the {@linkplain DefaultHub default hub} of the run. The order of the annotations does not matter.
 *
 * {@snippet id="java/dev/hubkit/examples/spring/ServiceConnectionTest.java#service" :
 * @SpringBootTest(classes = Kitchen.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
 * @HubServiceConnection(properties = "nats.server=${hub.nats.url}")
 * class ServiceConnectionTest {
 *   @Test
 *   void theKitchenAnswers(Connection waiter) throws Exception {
 *     Message answer =
 *         waiter.request("kitchen.orders", "cake".getBytes(UTF_8), Duration.ofSeconds(20));
 *     assertThat(new String(answer.getData(), UTF_8)).isEqualTo("cake is ready");
 *   }
 * }
 * }
 *
 * <p>The application finds
 *
 * <ul>
 *   <li>the properties {@code hub.nats.url} and {@code hub.fossil.url} of the services that the hub
 *       has, and those of {@link #properties()};
 *   <li>the properties that NATS libraries for Spring read: {@code nats.spring.server} of
 *       spring-nats and its Spring Cloud Stream binder, {@code nats.url} of others;
 *   <li>with Spring Boot, a bean of type {@link HubConnectionDetails}, and what each {@code
 *       ConnectionDetailsFactory} of the project makes of a {@link dev.hubkit.junit.HubResource};
 *   <li>the hub itself, as a bean of type {@link dev.hubkit.junit.HubResource}.
 * </ul>
 *
 * <p>These properties take precedence over all others. Spring's context cache shares an application
 * only between classes of the same hub. Before the hub stops, it closes the applications that are
 * connected to it and removes them from that cache.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@DefaultHub
public @interface HubServiceConnection {
  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String value() default "";

  /**
   * More properties for the application, each as {@code name=value}, where placeholders stand for
   * other properties: {@code "orders.nats=${hub.nats.url}"}.
   */
  String[] properties() default {};

  /**
   * The user that the application logs in as, one declared by {@link dev.hubkit.junit.WithUser} or
   * in the configuration file; adds the properties {@code hub.nats.user}, {@code
   * hub.nats.password}, {@code nats.spring.username} and {@code nats.spring.password}. Empty for
   * none.
   */
  String user() default "";
}
