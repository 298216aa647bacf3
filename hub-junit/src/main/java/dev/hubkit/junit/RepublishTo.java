package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Where a stream publishes again what it has stored; an attribute of {@link WithStream} and {@link
 * WithBucket}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({})
public @interface RepublishTo {
  /** The subject to publish on, such as {@code stored.>}; empty for none. */
  String value();

  /** The subjects of the messages to publish; with wildcards. */
  String source() default ">";

  /** Whether to publish only the headers and the size. */
  boolean headersOnly() default false;
}
