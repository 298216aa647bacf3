package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Starts the NATS server with a configuration file of nats-server: accounts, users, limits, TLS,
 * WebSocket and the rest. The hub keeps its own address, port and store directory.
 *
 * <p>Put it on the class whose hub is started for it, or beside {@link WithHub} on a method.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(HubExtension.class)
public @interface WithNatsConfig {
  /** A file, relative to the working directory; or {@code classpath:} and a resource. */
  String value();

  /**
   * Whether what nats-server has and Hub has not (gateways, MQTT, OCSP and the like) is left out of
   * the file, with a warning in the log for each part; otherwise such a file is refused.
   */
  boolean tolerate() default false;

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";
}
