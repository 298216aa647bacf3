package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Sets a system property to where a service is, for as long as the tests of a class run: for
 * frameworks that read their configuration from there when they start, after this.
 *
 * <p>System properties belong to the whole JVM. Classes that run in parallel share one hub ({@link
 * HubLifecycle#PER_SUITE}), or have properties of different names.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE})
@Repeatable(HubProperty.HubProperties.class)
public @interface HubProperty {
  /** The name of the property. */
  String name();

  /** Which service. */
  Service service();

  /** What of it. */
  Part part() default Part.URL;

  /** Which hub, as {@link FromHub#value()}. */
  String hub() default "";

  /** What a property can say. */
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
  @interface HubProperties {
    /** The annotations. */
    HubProperty[] value();
  }
}
