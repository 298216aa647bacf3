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
 * Sets a system property to the address of a service while the tests of a class run, for frameworks
 * that read their configuration from system properties when they start.
 *
 * <p>System properties belong to the whole JVM. Classes that run in parallel have to share one hub
 * ({@link HubLifecycle#PER_SUITE}) or use different property names.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE})
@ExtendWith(HubExtension.class)
@Repeatable(HubProperty.HubProperties.class)
public @interface HubProperty {
  /** The name of the property. */
  String name();

  /** The service. */
  Service service();

  /** The part of the address. */
  Part part() default Part.URL;

  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String hub() default "";

  /** The parts of an address. */
  enum Part {
    /** The URL. */
    URL,
    /** The host. */
    HOST,
    /** The port. */
    PORT
  }

  /** The container for several of these annotations. */
  @Documented
  @Inherited
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE})
  @ExtendWith(HubExtension.class)
  @interface HubProperties {
    /** The annotations. */
    HubProperty[] value();
  }
}
