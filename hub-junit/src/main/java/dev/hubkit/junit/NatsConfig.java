package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Starts NATS with a configuration file of nats-server: accounts, users, limits, TLS, WebSocket and
 * the rest. Address, port and store directory stay those of the hub.
 *
 * <p>For the class of a hub that is started for it, or beside {@link WithHub} on a method.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface NatsConfig {
  /** The file, relative to the working directory; or {@code classpath:} and a resource. */
  String value();

  /** Which hub, as {@link FromHub#value()}. */
  String hub() default "";
}
