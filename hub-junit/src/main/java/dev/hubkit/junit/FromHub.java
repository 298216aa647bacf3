package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Injects something of a hub. A field needs it, unless it has another of these annotations; a
 * parameter needs it where a test has several hubs, or where the type alone does not name a hub's
 * part, as with {@link java.nio.file.Path}, the hub's root.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.PARAMETER, ElementType.ANNOTATION_TYPE})
public @interface FromHub {
  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String value() default "";
}
