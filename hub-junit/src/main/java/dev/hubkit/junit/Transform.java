package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How a stream changes the subjects of messages; an attribute of other annotations. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({})
public @interface Transform {
  /** The subjects to change, such as {@code orders.*}; with wildcards. */
  String source() default ">";

  /** The new subject, such as {@code shop.{{wildcard(1)}}}; empty for no change. */
  String destination() default "";
}
