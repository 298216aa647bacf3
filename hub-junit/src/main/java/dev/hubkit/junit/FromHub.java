package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Asks for something of a hub: on a field, always; on a parameter, where there are several hubs or
 * where the type alone does not say so, as with {@link java.nio.file.Path}, the hub's root.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.PARAMETER, ElementType.ANNOTATION_TYPE})
public @interface FromHub {
  /** The {@linkplain WithHub#name() name} of the hub; empty for the only one, or the nameless. */
  String value() default "";
}
